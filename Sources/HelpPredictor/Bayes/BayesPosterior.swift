import HelpNumerics
import HelpSpaces

/// The mixture over configurations k and mean functions j that is left after n measurements
/// (B9 to B14).
///
/// Under one component the latencies y [n], in units of their mean τ, are normal around s m,
/// with covariance C (B9) and the scale s unknown. Pairs of a configuration and a mean function
/// are called components.
final class BayesPosterior {
  let device: MeasuredDevice
  let settings: BayesSettings
  /// The mean functions m_j that the space has the costs for (B6).
  let means: [BayesSettings.MeanFunction]
  /// The grid (B9).
  let configurations: [Configuration]
  /// s0 of each mean function: the scale at which its sum over the rows is that of y (B5).
  let scaleGuesses: [Double]

  /// A configuration k of the grid (B9), with the number of its kernel.
  struct Configuration {
    /// Whether noise grows with latency (B8).
    let isProportional: Bool
    /// σ, in units of the mean latency.
    let noise: Double
    /// t1, the factor on K1.
    let differences: Double
    /// t2, the factor on K2.
    let structure: Double
    /// Place of K2 among `MeasuredDevice.covariances`, from 1 up.
    let kernel: Int
    /// log π_k, up to a constant.
    let logPrior: Double

    /// σ².
    var variance: Double { noise * noise }
  }

  /// ψ [n]: the factor on each row's noise variance for being an outlier (B14).
  private(set) var inflation: [Double]
  /// q [n]: the factor on each row's noise variance where noise is proportional (B8).
  private(set) var squaredLatencies: [Double]
  /// w_k of each configuration, summed over mean functions; their sum is 1 (B11).
  private(set) var configurationWeights: [Double]

  /// w_kj, row by row [configurations, means]; log evidence L until normalised (B10, B11).
  private let weights: UnsafeMutablePointer<Double>
  /// s_kj = ρ s0, row by row [configurations, means] (B10).
  private let scales: UnsafeMutablePointer<Double>
  /// A, the posterior precision of ρ, row by row [configurations, means] (B10).
  private let precisions: UnsafeMutablePointer<Double>
  /// L with C = L Lᵀ of each configuration, [configurations, n, n].
  private let factors: UnsafeMutablePointer<Double>
  /// L⁻¹ y and L⁻¹ of each base function, [configurations, columns, n].
  private let solved: UnsafeMutablePointer<Double>
  /// y and the base functions m_0, c on the rows, [columns, n].
  private let sides: UnsafeMutablePointer<Double>
  /// W of each mean function, [means, base functions] (B6).
  private let meanWeights: UnsafeMutablePointer<Double>
  /// Products of columns [columns, columns], or a vector [n].
  private let scratch: UnsafeMutablePointer<Double>
  /// Keeps the memory of all these.
  private let workspace = Workspace<Double>()

  /// n, the measured rows.
  var count: Int { device.count }
  /// The right sides of each system: y and the base functions.
  var columns: Int { 1 + device.base.count }

  /// Weighs everything, then discounts outliers and weighs again `robustPasses` times; nil
  /// where a number becomes non-finite.
  init?(
    _ device: MeasuredDevice, _ settings: BayesSettings, kernels: [BayesSettings.Kernel]
  ) {
    self.device = device
    self.settings = settings
    means = settings.means.filter { $0.prior > 0 && (device.base.count > 1 || !$0.needsCosts) }
    configurations = settings.configurations.map { Configuration($0, kernels) }
    let (count, columns) = (device.count, 1 + device.base.count)
    scaleGuesses = means.map { mean in
      Double(count)
        / max(device.mean(mean).reduce(0, +), BayesNumerics.leastRowMean * Double(count))
    }
    inflation = [Double](repeating: 1, count: count)
    squaredLatencies = inflation
    configurationWeights = [Double](repeating: 0, count: configurations.count)
    weights = workspace.take(configurations.count * means.count)
    scales = workspace.take(configurations.count * means.count)
    precisions = workspace.take(configurations.count * means.count)
    factors = workspace.take(configurations.count * count * count)
    solved = workspace.take(configurations.count * columns * count)
    sides = workspace.take(columns * count)
    meanWeights = workspace.take(means.count * device.base.count)
    scratch = workspace.take(max(columns * columns, count))
    fill()
    for pass in 0...settings.robustPasses {
      guard weigh() else { return nil }
      if pass < settings.robustPasses { discount() }
    }
  }

  /// Lays out `sides` and `meanWeights`.
  private func fill() {
    for (column, values) in ([device.latencies] + device.base).enumerated() {
      for row in 0..<count { sides[column * count + row] = values[row] }
    }
    for (j, mean) in means.enumerated() {
      for base in 0..<device.base.count {
        meanWeights[j * device.base.count + base] = mean.weights[base]
      }
    }
  }

  /// L of configuration c, [n, n] up to the diagonal.
  func factor(_ c: Int) -> CholeskyFactor { CholeskyFactor(at: matrix(c), size: count) }

  /// C of configuration c until it is factorised, L from then on; [n, n].
  private func matrix(_ c: Int) -> UnsafeMutablePointer<Double> {
    factors + c * count * count
  }

  /// L⁻¹ of column 0, the latencies, or of base function column - 1; [n].
  func solution(_ c: Int, _ column: Int) -> UnsafeMutablePointer<Double> {
    solved + (c * columns + column) * count
  }

  /// q_i where noise is proportional, else 1: the factor on σ² of a row that is no outlier (B8).
  func noiseFactor(_ configuration: Configuration, _ row: Int) -> Double {
    configuration.isProportional ? squaredLatencies[row] : 1
  }

  /// w_kj (B11).
  func weight(_ c: Int, _ mean: Int) -> Double { weights[c * means.count + mean] }
  /// s_kj, in units of the mean latency (B10).
  func scale(_ c: Int, _ mean: Int) -> Double { scales[c * means.count + mean] }
  /// A (B10).
  func precision(_ c: Int, _ mean: Int) -> Double { precisions[c * means.count + mean] }
}

extension BayesPosterior {
  /// The posterior of a device under a model's prior.
  convenience init?(
    _ prior: BayesPrior, _ measurements: Measurements, _ settings: BayesSettings
  ) {
    let kernels = settings.kernels
    let basis = FunctionBasis(prior, measurements.architectures.space, kernels, settings)
    self.init(MeasuredDevice(measurements, basis), settings, kernels: kernels)
  }
}

extension BayesPosterior.Configuration {
  /// - kernels: all kernels of the grid, in the order of the device's covariances.
  fileprivate init(
    _ configuration: BayesSettings.Configuration, _ kernels: [BayesSettings.Kernel]
  ) {
    isProportional = configuration.isProportional
    noise = configuration.noise
    differences = configuration.differences
    structure = configuration.structure
    kernel = 1 + (kernels.firstIndex(of: configuration.kernel) ?? 0)
    logPrior = configuration.logPrior
  }
}

// MARK: - Evidence

extension BayesPosterior {
  /// One pass of B9 to B11; false where a number becomes non-finite.
  private func weigh() -> Bool {
    for c in configurations.indices {
      guard factorize(c) else { return false }
      solve(c)
      evidence(c)
    }
    return normalizeWeights()
  }

  /// Turns log evidence L into weights w_kj and sums them to w_k (B11).
  private func normalizeWeights() -> Bool {
    let components = configurations.count * means.count
    let largest = (0..<components).reduce(-Double.infinity) { max($0, weights[$1]) }
    guard largest.isFinite else { return false }
    var total = 0.0
    for component in 0..<components {
      let counts = weights[component] > largest - BayesNumerics.evidenceRange
      weights[component] = counts ? exponential(weights[component] - largest) : 0
      total += weights[component]
    }
    for c in configurations.indices {
      let start = c * means.count
      configurationWeights[c] = 0
      for component in start..<(start + means.count) {
        weights[component] /= total
        configurationWeights[c] += weights[component]
      }
    }
    return total.isFinite
  }

  /// L of C = t1 K1 + t2 K2 + noise (B9); false where C is not positive definite.
  private func factorize(_ c: Int) -> Bool {
    let (matrix, count) = (matrix(c), count)
    let (t1, t2) = (configurations[c].differences, configurations[c].structure)
    device.covariances[0].matrix.withUnsafeBufferPointer { k1 in
      device.covariances[configurations[c].kernel].matrix.withUnsafeBufferPointer { k2 in
        for i in 0..<count {
          for entry in (i &* count)...(i &* count &+ i) {
            matrix[entry] = t1 * k1[entry] + t2 * k2[entry]
          }
        }
      }
    }
    addNoise(configurations[c], to: matrix)
    return CholeskyFactor(factorizing: matrix, size: count) != nil
  }

  /// Adds diag(σ² ψ_i q_i) + 10⁻⁸ I (B9).
  private func addNoise(_ configuration: Configuration, to matrix: UnsafeMutablePointer<Double>) {
    let variance = configuration.variance
    for row in 0..<count {
      let rowFactor = inflation[row] * noiseFactor(configuration, row)
      matrix[row &* (count &+ 1)] += variance * rowFactor + BayesNumerics.jitter
    }
  }

  /// L⁻¹ y and L⁻¹ of each base function.
  private func solve(_ c: Int) {
    solution(c, 0).update(from: sides, count: columns * count)
    for column in 0..<columns { factor(c).solveLower(solution(c, column)) }
  }

  /// ρ, A and L of each mean function under configuration c (B10).
  ///
  /// C⁻¹ enters by products of `solved` alone: aᵀ C⁻¹ b = (L⁻¹ a)ᵀ (L⁻¹ b). They are taken of
  /// y and the base functions once, and combined by each mean function's W.
  private func evidence(_ c: Int) {
    let bases = columns - 1
    for i in 0..<columns {
      for j in 0...i {
        let product = dot(solution(c, i), solution(c, j), count)
        (scratch[i &* columns &+ j], scratch[j &* columns &+ i]) = (product, product)
      }
    }
    let shared = configurations[c].logPrior - factor(c).logDeterminant / 2
    for j in means.indices {
      let mixture = meanWeights + j &* bases
      let meanLatency = dot(mixture, scratch + 1, bases)
      var meanMean = 0.0
      for base in 0..<bases where mixture[base] != 0 {
        meanMean += mixture[base] * dot(mixture, scratch + ((1 &+ base) &* columns &+ 1), bases)
      }
      let forms = QuadraticForms(
        latencyLatency: scratch[0], meanLatency: meanLatency, meanMean: meanMean)
      weigh(c, j, forms, shared)
    }
  }

  /// yᵀ C⁻¹ y, mᵀ C⁻¹ y and mᵀ C⁻¹ m of one component.
  private struct QuadraticForms {
    let latencyLatency, meanLatency, meanMean: Double
  }

  /// Sets s, A and L of one component (B10).
  ///
  /// - shared: log π_k - log|C| / 2, which all mean functions of a configuration share.
  private func weigh(_ c: Int, _ mean: Int, _ forms: QuadraticForms, _ shared: Double) {
    let (guess, prior) = (scaleGuesses[mean], settings.scalePrecision)
    let meanLatency = forms.meanLatency / guess
    let precision = forms.meanMean + prior
    // ρ
    let scale = max((meanLatency + prior) / precision, BayesNumerics.leastScale)
    // E
    let misfit =
      forms.latencyLatency / (guess * guess) - 2 * scale * meanLatency
      + scale * scale * forms.meanMean
      + prior * (scale - 1) * (scale - 1)
    let component = c &* means.count &+ mean
    scales[component] = scale * guess
    precisions[component] = precision
    weights[component] =
      shared - misfit / 2 - logarithm(precision / prior) / 2
      - Double(count) * logarithm(guess) + logarithm(means[mean].prior)
  }
}

// MARK: - Robust weights

extension BayesPosterior {
  /// Sets q from the fit (B8) and ψ as a t distribution with ν degrees of freedom would (B14).
  private func discount() {
    let fit = fitted()
    squaredLatencies = fit.map { max($0, settings.noiseFloor) * max($0, settings.noiseFloor) }
    var (constant, proportional) = (0.0, 0.0)
    for (configuration, weight) in zip(configurations, configurationWeights) {
      let expected = weight * configuration.variance
      if configuration.isProportional { proportional += expected } else { constant += expected }
    }
    let freedom = settings.robustFreedom
    for row in 0..<count {
      let difference = device.latencies[row] - fit[row]
      let variance = constant + proportional * squaredLatencies[row]
      inflation[row] = (freedom + difference * difference / variance) / (freedom + 1)
    }
  }

  /// f [n], the mixture's mean on the rows: latencies less the noise that is expected in them
  /// (B13).
  private func fitted() -> [Double] {
    var fit = device.latencies
    for (c, configuration) in configurations.enumerated()
    where configurationWeights[c] > BayesNumerics.leastMeanWeight {
      writeResidual(c, to: scratch)
      for row in 0..<count {
        let rowFactor = inflation[row] * noiseFactor(configuration, row)
        fit[row] -= configuration.variance * rowFactor * scratch[row]
      }
    }
    return fit
  }

  /// Writes Σ_j w_kj C_k⁻¹ (y - s_kj m_j), [n]: the bracket of B13, and of B12.
  func writeResidual(_ c: Int, to target: UnsafeMutablePointer<Double>) {
    let latencies = solution(c, 0)
    for row in 0..<count { target[row] = configurationWeights[c] * latencies[row] }
    for base in 0..<(columns - 1) {
      addScaled(-baseWeight(c, base), solution(c, 1 + base), to: target, count)
    }
    factor(c).solveUpper(target)
  }

  /// Σ_j w_kj s_kj W_j[base]: how much of a base function is in the mixture's mean (B12).
  func baseWeight(_ c: Int, _ base: Int) -> Double {
    var sum = 0.0
    for j in means.indices {
      let component = c &* means.count &+ j
      sum += weights[component] * scales[component] * meanWeights[j &* (columns &- 1) &+ base]
    }
    return sum
  }
}
