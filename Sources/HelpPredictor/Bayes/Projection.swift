import HelpNumerics

/// From f(a) to features that are fewer: of a folded covariance, its functions themselves.
struct Projection {
  /// Weights on z, feature by feature.
  let weights: [Double]
  let features: Int
  private let device: MeasuredDevice
  private var width: Int { device.basis.regressors.count }

  init(_ device: MeasuredDevice) {
    self.device = device
    let basis = device.basis
    var weights = basis.differences.flatMap { $0 }
    for (covariance, variances) in zip(device.covariances.dropFirst(), basis.kernels) {
      if covariance.isFolded {
        Self.addColumns(variances, to: &weights)
      } else {
        Self.addRows(device, variances, to: &weights)
      }
    }
    for base in basis.base { weights += base }
    self.weights = weights
    features = weights.count / basis.regressors.count
  }

  private static func addColumns(_ variances: [Double], to weights: inout [Double]) {
    for (column, variance) in variances.enumerated() where variance > 0 {
      let start = weights.count
      weights += [Double](repeating: 0, count: variances.count)
      weights[start + column] = variance.squareRoot()
    }
  }

  private static func addRows(
    _ device: MeasuredDevice, _ variances: [Double], to weights: inout [Double]
  ) {
    for row in 0..<device.count {
      let start = row * variances.count
      for place in variances.indices {
        weights.append(variances[place] * device.rows[start + place])
      }
    }
  }

  /// Weights on z of a function with these coefficients on f.
  func unfolded(_ coefficients: [Double]) -> [Double] {
    let width = width
    var result = [Double](repeating: 0, count: width)
    let own = folded(coefficients)
    result.withUnsafeMutableBufferPointer { result in
      weights.withUnsafeBufferPointer { weights in
        guard let target = result.baseAddress, let rows = weights.baseAddress else { return }
        for (feature, coefficient) in own.enumerated() {
          addScaled(coefficient, rows + feature * width, to: target, width)
        }
      }
    }
    return result
  }

  /// Coefficients on the features for those on f.
  private func folded(_ coefficients: [Double]) -> [Double] {
    [Double](unsafeUninitializedCapacity: features) { result, initialized in
      coefficients.withUnsafeBufferPointer { coefficients in
        if let source = coefficients.baseAddress, let target = result.baseAddress {
          fold(source, into: target)
        }
      }
      initialized = features
    }
  }

  private func fold(_ source: UnsafePointer<Double>, into target: UnsafeMutablePointer<Double>) {
    var (source, target) = (source, target)
    let rows = device.count
    for covariance in device.covariances {
      if covariance.isFolded {
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

  /// A quadratic form on the features, all of it, for one on f up to the diagonal; folded
  /// covariances get their prior variance.
  func folded(_ variance: PredictiveVariance) -> [Double] {
    let size = device.covariances.count * device.count + device.base.count
    var half = [Double](repeating: 0, count: features * size)
    var row = [Double](repeating: 0, count: size)
    for i in 0..<size {
      for j in 0..<size { row[j] = variance.form[max(i, j) * size + min(i, j)] }
      for (feature, value) in folded(row).enumerated() { half[feature * size + i] = value }
    }
    var form: [Double] = []
    form.reserveCapacity(features * features)
    for feature in 0..<features {
      form += folded(Array(half[(feature * size)..<((feature + 1) * size)]))
    }
    addPrior(variance, to: &form)
    return form
  }

  private func addPrior(_ variance: PredictiveVariance, to form: inout [Double]) {
    var start = 0
    for (covariance, prior) in zip(device.covariances, variance.prior) {
      let count = covariance.isFolded ? covariance.functions : device.count
      if covariance.isFolded {
        for place in start..<(start + count) { form[place * (features + 1)] += prior }
      }
      start += count
    }
  }

  /// Prior variance of the weight on each number of z that the features do not carry.
  func variances(_ variance: PredictiveVariance) -> [Double] {
    var variances = [Double](repeating: 0, count: width)
    for (kernel, own) in device.basis.kernels.enumerated()
    where !device.covariances[1 + kernel].isFolded {
      for place in variances.indices { variances[place] += variance.prior[1 + kernel] * own[place] }
    }
    return variances
  }
}
