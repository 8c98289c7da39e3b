import HelpNumerics

/// What each measured row would be predicted to be without it, in closed form (B17, B18).
///
/// Latencies are in units of the mean latency. `add` takes the configurations one after another.
struct LeaveOneOut {
  /// n.
  private let rows: Int
  /// m_j, whose weights on base functions give C⁻¹ m.
  private let means: [BayesSettings.MeanFunction]
  /// y - s0 m of each mean function, [means][n].
  private let errors: [[Double]]
  /// Of each row, [n].
  private var sums: [Sums]

  /// C⁻¹ m of the component at hand, [n].
  private var solution: [Double]

  /// The sums of B18 for one row, with the weights w_kji that the other rows give.
  private struct Sums {
    /// Σ w_kji.
    var weight = 0.0
    /// Σ w_kji e_kji.
    var first = 0.0
    /// Σ w_kji (ν + e²), with the variance of the row as it was discounted.
    var second = 0.0
    /// Σ w_kji (ν' + e²), with the variance of a new row.
    var secondAsNew = 0.0

    /// Adds a component with its w_kji, e_kji, ν and ν'.
    mutating func add(_ weight: Double, _ residual: Double, _ variance: Double, asNew: Double) {
      self.weight += weight
      first += weight * residual
      second += weight * (variance + residual * residual)
      secondAsNew += weight * (asNew + residual * residual)
    }

    /// ē.
    var mean: Double { first / weight }
    /// z for the diagnosis.
    var standardized: Double { mean / deviation(second) }
    /// z for calibration.
    var standardizedAsNew: Double { mean / deviation(secondAsNew) }

    /// √(second moment - ē²), from the sum of weighted second moments.
    private func deviation(_ second: Double) -> Double {
      max(second / weight - mean * mean, BayesNumerics.leastVariance).squareRoot()
    }
  }

  /// Empty sums; `BayesPosterior.forEachConfiguration` is to add to them.
  init(_ posterior: BayesPosterior) {
    rows = posterior.count
    means = posterior.means
    errors = zip(posterior.means, posterior.scaleGuesses).map { mean, guess in
      zip(posterior.device.latencies, posterior.device.mean(mean)).map { $0 - guess * $1 }
    }
    solution = [Double](repeating: 0, count: posterior.count)
    sums = [Sums](repeating: Sums(), count: posterior.count)
  }

  /// ē [n]: latency less prediction (B18).
  var residuals: [Double] { sums.map { $0.mean } }
  /// z [n], in deviations of a prediction for the row as it was discounted (B18).
  var standardized: [Double] { sums.map { $0.standardized } }
  /// z [n], in deviations of a prediction for an architecture that nobody has measured (B18).
  var standardizedAsNew: [Double] { sums.map { $0.standardizedAsNew } }

  /// Adds a configuration's components.
  mutating func add(_ inverted: InvertedConfiguration) {
    for (j, mean) in means.enumerated() {
      let component = inverted.component(j)
      guard component.weight > BayesNumerics.leastComponentWeight else { continue }
      add(component, mean, errors[j], inverted)
    }
  }

  /// Adds one component: e, ν and w_kji of each row (B17), and ν' (B18).
  ///
  /// P = C⁻¹ - (C⁻¹m)(C⁻¹m)ᵀ / A is the rows' precision with the scale integrated out. Only
  /// its diagonal and its product with y - s0 m are needed.
  private mutating func add(
    _ component: InvertedConfiguration.Component, _ mean: BayesSettings.MeanFunction,
    _ errors: [Double],
    _ inverted: InvertedConfiguration
  ) {
    setSolution(mean, inverted)
    let guess = component.guess
    let moment = zip(solution, errors).reduce(0) { $0 + $1.0 * $1.1 }
    // P (y - s0 m) = C⁻¹ y - meanFactor · C⁻¹ m
    let meanFactor = guess + moment * component.variance
    for row in 0..<rows {
      let solvedMean = solution[row]
      let precision =
        inverted.inverse[row &* (rows &+ 1)] - solvedMean * solvedMean * component.variance
      let residual = (inverted.solutions[row] - meanFactor * solvedMean) / precision
      let variance = guess * guess / precision
      // The weight without the row: less what it contributed to the evidence.
      let odds =
        variance.squareRoot()
        * exponential(min(residual * residual / variance / 2, BayesNumerics.largestExponent))
      let discount =
        guess * guess * inverted.configuration.variance
        * inverted.posterior.noiseFactor(inverted.configuration, row)
        * (inverted.posterior.inflation[row] - 1)
      sums[row].add(component.weight * odds, residual, variance, asNew: variance - discount)
    }
  }

  /// C⁻¹ m from C⁻¹ of the base functions and the mean function's W (B6).
  private mutating func setSolution(
    _ mean: BayesSettings.MeanFunction, _ inverted: InvertedConfiguration
  ) {
    for row in 0..<rows { solution[row] = 0 }
    for (base, weight) in mean.weights.enumerated() where weight != 0 {
      let solvedBase = inverted.solutions + (1 + base) * rows
      for row in 0..<rows { solution[row] += weight * solvedBase[row] }
    }
  }
}
