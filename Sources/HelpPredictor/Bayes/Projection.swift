import HelpNumerics

/// From f(a) = [k(a), m(a)] of the posterior to fewer features that are linear in z, so that
/// predicting needs no measured row.
///
/// A covariance K(a, b) = Σ_r u_r(a) u_r(b) of few functions is read by its functions u_r(a);
/// one of more functions than rows by its covariances K(a, a_i) with the n rows. The base
/// functions are features as they are. Both are exact.
struct Projection {
  /// Each feature's weights on z, [features, width].
  let weights: [Double]
  /// Numbers that predictions read instead of f(a).
  let features: Int
  private let device: MeasuredDevice
  /// Numbers in z.
  private var width: Int { device.basis.regressors.count }

  /// The features in the order of f(a): K1, each kernel, base functions.
  init(_ device: MeasuredDevice) {
    self.device = device
    let basis = device.basis
    var weights = basis.differences.flatMap { $0 }
    for (covariance, variances) in zip(device.covariances.dropFirst(), basis.kernels) {
      if covariance.readsFunctions {
        Self.addFunctions(variances, to: &weights)
      } else {
        Self.addCovariances(device, variances, to: &weights)
      }
    }
    for base in basis.base { weights += base }
    self.weights = weights
    features = weights.count / basis.regressors.count
  }

  /// Adds the functions √variance z_c of a kernel, one for each column that varies.
  private static func addFunctions(_ variances: [Double], to weights: inout [Double]) {
    for (column, variance) in variances.enumerated() where variance > 0 {
      let start = weights.count
      weights += [Double](repeating: 0, count: variances.count)
      weights[start + column] = variance.squareRoot()
    }
  }

  /// Adds K(a, a_i) = Σ_c variance_c z_c(a_i) z_c(a) of a kernel, one for each row.
  private static func addCovariances(
    _ device: MeasuredDevice, _ variances: [Double], to weights: inout [Double]
  ) {
    for row in 0..<device.count {
      let start = row * variances.count
      for column in variances.indices {
        weights.append(variances[column] * device.rows[start + column])
      }
    }
  }

  /// Weights on z, [width], of the function with these coefficients on f (B12).
  func weightsOnZ(_ coefficients: [Double]) -> [Double] {
    let width = width
    var result = [Double](repeating: 0, count: width)
    let onFeatures = featureCoefficients(coefficients)
    result.withUnsafeMutableBufferPointer { result in
      weights.withUnsafeBufferPointer { weights in
        guard let target = result.baseAddress, let rows = weights.baseAddress else { return }
        for (feature, coefficient) in onFeatures.enumerated() {
          addScaled(coefficient, rows + feature * width, to: target, width)
        }
      }
    }
    return result
  }

  /// Coefficients on the features, [features], of the function with these on f.
  private func featureCoefficients(_ coefficients: [Double]) -> [Double] {
    [Double](unsafeUninitializedCapacity: features) { result, initialized in
      coefficients.withUnsafeBufferPointer { coefficients in
        if let source = coefficients.baseAddress, let target = result.baseAddress {
          writeFeatureCoefficients(source, to: target)
        }
      }
      initialized = features
    }
  }

  /// Σ_i α_i K(a, a_i) = Σ_r (Σ_i α_i u_r(a_i)) u_r(a) for a covariance that is read by its
  /// functions; a copy for all else.
  private func writeFeatureCoefficients(
    _ source: UnsafePointer<Double>, to target: UnsafeMutablePointer<Double>
  ) {
    var (source, target) = (source, target)
    let rows = device.count
    for covariance in device.covariances {
      if covariance.readsFunctions {
        covariance.values.withUnsafeBufferPointer { values in
          guard let values = values.baseAddress else { return }
          for function in 0..<covariance.functions {
            target[function] = dot(values + function * rows, source, rows)
          }
        }
        target += covariance.functions
      } else {
        target.update(from: source, count: rows)
        target += rows
      }
      source += rows
    }
    target.update(from: source, count: device.base.count)
  }

  /// The variance's form on the features, [features, features], both triangles (B16).
  ///
  /// It includes the prior variance K(a, a) of covariances that are read by their functions;
  /// `remainingVariances` has that of the others.
  func featureForm(_ variance: PredictiveVariance) -> [Double] {
    let size = device.covariances.count * device.count + device.base.count
    var half = [Double](repeating: 0, count: features * size)
    var row = [Double](repeating: 0, count: size)
    for i in 0..<size {
      for j in 0..<size { row[j] = variance.form[max(i, j) * size + min(i, j)] }
      for (feature, value) in featureCoefficients(row).enumerated() {
        half[feature * size + i] = value
      }
    }
    var form: [Double] = []
    form.reserveCapacity(features * features)
    for feature in 0..<features {
      form += featureCoefficients(Array(half[(feature * size)..<((feature + 1) * size)]))
    }
    addPrior(variance, to: &form)
    return form
  }

  /// Adds the prior variance Σ_r u_r(a)² of covariances that are read by their functions.
  private func addPrior(_ variance: PredictiveVariance, to form: inout [Double]) {
    var start = 0
    for (covariance, prior) in zip(device.covariances, variance.prior) {
      let count = covariance.readsFunctions ? covariance.functions : device.count
      if covariance.readsFunctions {
        for feature in start..<(start + count) { form[feature * (features + 1)] += prior }
      }
      start += count
    }
  }

  /// Prior variances of the weights on z, [width], from kernels that are read by their
  /// covariances with the rows.
  func remainingVariances(_ variance: PredictiveVariance) -> [Double] {
    var sums = [Double](repeating: 0, count: width)
    for (kernel, variances) in device.basis.kernels.enumerated()
    where !device.covariances[1 + kernel].readsFunctions {
      for column in sums.indices { sums[column] += variance.prior[1 + kernel] * variances[column] }
    }
    return sums
  }
}
