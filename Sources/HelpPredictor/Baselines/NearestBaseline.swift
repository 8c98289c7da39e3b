import HelpBase
import HelpJSON
import HelpSpaces

extension Baseline {
  /// The training device with the highest rank correlation, scaled.
  static var nearest: Baseline { Baseline(inputs: .regressors, tailShare: 0.5, fit: fitNearest) }

  /// The nearest device's line: milliseconds with the least squared relative error.
  private static func fitNearest(_ problem: BaselineProblem) throws(HelpError) -> BaselineFit {
    let prior = try problem.trainingDevices()
    let measurements = problem.measurements
    let rows = prior.regressors.scaled(measurements.architectures)
    let match = try DeviceComparison(prior, rows: rows, latencies: measurements.latencies)
      .nearest()
    var weights = match.device.weights.map { match.slope * $0 }
    weights[0] += match.intercept
    return BaselineFit(
      weights: prior.regressors.raw(weights),
      settings: match.settings.adding(["rms_relative_error": .finite(match.error)]))
  }
}
