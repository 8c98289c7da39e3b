import HelpNumerics
import HelpSpaces

/// The mixture over configurations and mean functions that is left after the measurements.
///
/// For a configuration the latencies of the rows, in units of their mean, are s m + u + noise,
/// with u normal of covariance C = t1 K1 + t2 K2 (the note's sections C to F).
final class BayesPosterior {
  let device: MeasuredDevice
  let settings: BayesSettings
  let means: [BayesSettings.MeanFunction]
  let configurations: [Configuration]
  /// For each mean function, the scale at which its sum over the rows is that of the latencies.
  let scaleGuesses: [Double]

  /// A configuration, and which of the device's covariances its structure is.
  struct Configuration {
    let isProportional: Bool
    let noise, differences, structure: Double
    let kernel: Int
    let logPrior: Double

    /// The noise's variance.
    var variance: Double { noise * noise }
  }

  /// Factors on each row's noise variance: for being far off, and for the latency.
  private(set) var inflation: [Double]
  private(set) var squares: [Double]
  /// Each configuration's weight, over all mean functions; the sum is 1.
  private(set) var configurationWeights: [Double]

  // Of configuration c and mean function j at c * means.count + j: weight; posterior mean and
  // precision of the mean function's scale.
  private let weights, scales, precisions: UnsafeMutablePointer<Double>
  // Of each configuration: L, and L⁻¹ of the latencies and of each base function.
  private let factors, solved: UnsafeMutablePointer<Double>
  // The latencies and base functions on the rows; each mean function's weights on the latter.
  private let sides, meanWeights: UnsafeMutablePointer<Double>
  private let scratch: UnsafeMutablePointer<Double>
  private let workspace = Workspace<Double>()

  var count: Int { device.count }
  /// The latencies and the base functions.
  var columns: Int { 1 + device.base.count }

  /// Nil where numbers leave the finite ones.
  init?(
    _ device: MeasuredDevice, _ settings: BayesSettings, kernels: [BayesSettings.Kernel]
  ) {
    self.device = device
    self.settings = settings
    means = settings.means.filter { device.base.count > 1 || !$0.needsCosts }
    configurations = settings.configurations.map { Configuration($0, kernels) }
    let (count, columns) = (device.count, 1 + device.base.count)
    scaleGuesses = means.map { mean in
      Double(count) / max(device.mean(mean).reduce(0, +), 0.05 * Double(count))
    }
    inflation = [Double](repeating: 1, count: count)
    squares = inflation
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

  private func fill() {
    for (column, values) in ([device.latencies] + device.base).enumerated() {
      for row in 0..<count { sides[column * count + row] = values[row] }
    }
    for (j, mean) in means.enumerated() {
      for place in 0..<device.base.count {
        meanWeights[j * device.base.count + place] = mean.weights[place]
      }
    }
  }

  /// L of a configuration's covariance of the rows.
  func factor(_ c: Int) -> CholeskyFactor { CholeskyFactor(at: matrix(c), size: count) }

  private func matrix(_ c: Int) -> UnsafeMutablePointer<Double> {
    factors + c * count * count
  }

  func solution(_ c: Int, _ column: Int) -> UnsafeMutablePointer<Double> {
    solved + (c * columns + column) * count
  }

  /// The factor on the configuration's noise variance of a row that is not discounted.
  func level(_ configuration: Configuration, _ row: Int) -> Double {
    configuration.isProportional ? squares[row] : 1
  }

  func weight(_ c: Int, _ mean: Int) -> Double { weights[c * means.count + mean] }
  func scale(_ c: Int, _ mean: Int) -> Double { scales[c * means.count + mean] }
  func precision(_ c: Int, _ mean: Int) -> Double { precisions[c * means.count + mean] }
}

extension BayesPosterior {
  convenience init?(
    _ prior: BayesPrior, _ measurements: Measurements, _ settings: BayesSettings
  ) {
    let kernels = settings.kernels
    let basis = FunctionBasis(prior, measurements.architectures.space, kernels, settings)
    self.init(MeasuredDevice(measurements, basis), settings, kernels: kernels)
  }
}

extension BayesPosterior.Configuration {
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
  /// One pass: factors, scales and weights of everything.
  private func weigh() -> Bool {
    for c in configurations.indices {
      guard factorize(c) else { return false }
      solve(c)
      evidence(c)
    }
    return normalizeWeights()
  }

  /// From logarithms to shares.
  private func normalizeWeights() -> Bool {
    let size = configurations.count * means.count
    let most = (0..<size).reduce(-Double.infinity) { max($0, weights[$1]) }
    guard most.isFinite else { return false }
    var total = 0.0
    for place in 0..<size {
      weights[place] = weights[place] > most - 40 ? exponential(weights[place] - most) : 0
      total += weights[place]
    }
    for c in configurations.indices {
      let start = c * means.count
      configurationWeights[c] = 0
      for place in start..<(start + means.count) {
        weights[place] /= total
        configurationWeights[c] += weights[place]
      }
    }
    return total.isFinite
  }

  private func factorize(_ c: Int) -> Bool {
    let (matrix, count) = (matrix(c), count)
    let (t1, t2) = (configurations[c].differences, configurations[c].structure)
    device.covariances[0].matrix.withUnsafeBufferPointer { first in
      device.covariances[configurations[c].kernel].matrix.withUnsafeBufferPointer { second in
        for i in 0..<count {
          for place in (i &* count)...(i &* count &+ i) {
            matrix[place] = t1 * first[place] + t2 * second[place]
          }
        }
      }
    }
    addNoise(configurations[c], to: matrix)
    return CholeskyFactor(factorizing: matrix, size: count) != nil
  }

  private static let jitter = 1e-8

  private func addNoise(_ configuration: Configuration, to matrix: UnsafeMutablePointer<Double>) {
    let variance = configuration.variance
    for row in 0..<count {
      let own = inflation[row] * level(configuration, row)
      matrix[row &* (count &+ 1)] += variance * own + Self.jitter
    }
  }

  private func solve(_ c: Int) {
    solution(c, 0).update(from: sides, count: columns * count)
    for column in 0..<columns { factor(c).solveLower(solution(c, column)) }
  }

  /// Each mean function's scale, and the logarithm of what it and the configuration explain.
  private func evidence(_ c: Int) {
    let bases = columns - 1
    for i in 0..<columns {
      for j in 0...i {
        let product = dot(solution(c, i), solution(c, j), count)
        (scratch[i &* columns &+ j], scratch[j &* columns &+ i]) = (product, product)
      }
    }
    let logs = configurations[c].logPrior - factor(c).logDeterminant / 2
    for j in means.indices {
      let own = meanWeights + j &* bases
      let my = dot(own, scratch + 1, bases)
      var mm = 0.0
      for place in 0..<bases where own[place] != 0 {
        mm += own[place] * dot(own, scratch + ((1 &+ place) &* columns &+ 1), bases)
      }
      weigh(c, j, (latency: scratch[0], both: my, mean: mm), logs)
    }
  }

  /// - products: yᵀ C⁻¹ y, mᵀ C⁻¹ y, mᵀ C⁻¹ m.
  private func weigh(
    _ c: Int, _ mean: Int, _ products: (latency: Double, both: Double, mean: Double),
    _ logs: Double
  ) {
    let (guess, prior) = (scaleGuesses[mean], settings.scalePrecision)
    let both = products.both / guess
    let precision = products.mean + prior
    // The scale over its guess.
    let scale = max((both + prior) / precision, 1e-3)
    let misfit =
      products.latency / (guess * guess) - 2 * scale * both + scale * scale * products.mean
      + prior * (scale - 1) * (scale - 1)
    let place = c &* means.count &+ mean
    scales[place] = scale * guess
    precisions[place] = precision
    weights[place] =
      logs - misfit / 2 - logarithm(precision / prior) / 2
      - Double(count) * logarithm(guess) + logarithm(means[mean].prior)
  }
}

// MARK: - Robust weights

extension BayesPosterior {
  /// Discounts rows that are far from the fit, by a t distribution.
  private func discount() {
    let fit = fitted()
    squares = fit.map { max($0, settings.noiseFloor) * max($0, settings.noiseFloor) }
    var (constant, proportional) = (0.0, 0.0)
    for (configuration, weight) in zip(configurations, configurationWeights) {
      let share = weight * configuration.variance
      if configuration.isProportional { proportional += share } else { constant += share }
    }
    let freedom = settings.robustFreedom
    for row in 0..<count {
      let difference = device.latencies[row] - fit[row]
      let variance = constant + proportional * squares[row]
      inflation[row] = (freedom + difference * difference / variance) / (freedom + 1)
    }
  }

  /// The mixture's mean on the rows: what is left of the latencies without the noise.
  private func fitted() -> [Double] {
    var fit = device.latencies
    for (c, configuration) in configurations.enumerated()
    where configurationWeights[c] > Self.leastWeight {
      writeResidual(c, to: scratch)
      for row in 0..<count {
        let own = inflation[row] * level(configuration, row)
        fit[row] -= configuration.variance * own * scratch[row]
      }
    }
    return fit
  }

  /// Configurations that weigh less do not enter means.
  static var leastWeight: Double { 1e-9 }

  /// Σ w C⁻¹ (y - s m) over the mean functions.
  func writeResidual(_ c: Int, to target: UnsafeMutablePointer<Double>) {
    let own = solution(c, 0)
    for row in 0..<count { target[row] = configurationWeights[c] * own[row] }
    for place in 0..<(columns - 1) {
      addScaled(-baseWeight(c, place), solution(c, 1 + place), to: target, count)
    }
    factor(c).solveUpper(target)
  }

  /// Σ w s over the mean functions, for a base function.
  func baseWeight(_ c: Int, _ base: Int) -> Double {
    var share = 0.0
    for j in means.indices {
      let place = c &* means.count &+ j
      share += weights[place] * scales[place] * meanWeights[j &* (columns &- 1) &+ base]
    }
    return share
  }
}
