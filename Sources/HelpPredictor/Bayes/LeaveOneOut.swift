import HelpNumerics

/// What each row's latency would be without it, in closed form from the factors.
struct LeaveOneOut {
  private let rows: Int
  private let means: [BayesSettings.MeanFunction]
  /// The mean functions' residuals y - s0 m.
  private let errors: [[Double]]
  private var sums: [Sums]

  /// C⁻¹ m of the component at hand.
  private var solution: [Double]

  /// Over the components, with the weights that the other rows give.
  private struct Sums {
    var weight = 0.0
    /// Of weight · residual.
    var first = 0.0
    /// Of weight · (variance + residual²), as the row was discounted, and as a new row.
    var second = 0.0
    var secondAsNew = 0.0

    mutating func add(_ weight: Double, _ residual: Double, _ variance: Double, asNew: Double) {
      self.weight += weight
      first += weight * residual
      second += weight * (variance + residual * residual)
      secondAsNew += weight * (asNew + residual * residual)
    }

    var mean: Double { first / weight }
    var standardized: Double { mean / deviation(second) }
    var standardizedAsNew: Double { mean / deviation(secondAsNew) }

    private func deviation(_ second: Double) -> Double {
      max(second / weight - mean * mean, 1e-12).squareRoot()
    }
  }

  init(_ posterior: BayesPosterior) {
    rows = posterior.count
    means = posterior.means
    errors = zip(posterior.means, posterior.scaleGuesses).map { mean, guess in
      zip(posterior.device.latencies, posterior.device.mean(mean)).map { $0 - guess * $1 }
    }
    solution = [Double](repeating: 0, count: posterior.count)
    sums = [Sums](repeating: Sums(), count: posterior.count)
  }

  /// Latency less prediction, in units of the mean latency, and as deviations of the prediction.
  var residuals: [Double] { sums.map { $0.mean } }
  var standardized: [Double] { sums.map { $0.standardized } }
  /// As deviations of a prediction for an architecture that is not measured: what calibration
  /// counts.
  var standardizedAsNew: [Double] { sums.map { $0.standardizedAsNew } }

  mutating func add(_ inverted: InvertedConfiguration) {
    for (j, mean) in means.enumerated() {
      let component = inverted.component(j)
      guard component.weight > 1e-7 else { continue }
      add(component, mean, errors[j], inverted)
    }
  }

  /// With the scale integrated out, the rows' precision is C⁻¹ - (C⁻¹m)(C⁻¹m)ᵀ · variance.
  private mutating func add(
    _ component: InvertedConfiguration.Component, _ mean: BayesSettings.MeanFunction,
    _ errors: [Double],
    _ inverted: InvertedConfiguration
  ) {
    for row in 0..<rows { solution[row] = 0 }
    for (place, weight) in mean.weights.enumerated() where weight != 0 {
      let own = inverted.solutions + (1 + place) * rows
      for row in 0..<rows { solution[row] += weight * own[row] }
    }
    let guess = component.guess
    let moment = zip(solution, errors).reduce(0) { $0 + $1.0 * $1.1 }
    // C⁻¹ (y - s0 m), less what the scale takes up.
    let factor = guess + moment * component.variance
    for row in 0..<rows {
      let own = solution[row]
      let precision = inverted.inverse[row &* (rows &+ 1)] - own * own * component.variance
      let residual = (inverted.solutions[row] - factor * own) / precision
      let variance = guess * guess / precision
      // The weight without the row: less what it contributed to the evidence.
      let odds = variance.squareRoot() * exponential(min(residual * residual / variance / 2, 300))
      let discount =
        guess * guess * inverted.configuration.variance
        * inverted.posterior.level(inverted.configuration, row)
        * (inverted.posterior.inflation[row] - 1)
      sums[row].add(component.weight * odds, residual, variance, asNew: variance - discount)
    }
  }
}
