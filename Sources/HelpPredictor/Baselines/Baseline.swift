import HelpBase
import HelpJSON
import HelpNumerics
import HelpSpaces

/// A baseline: a few lines that anyone would write, fitted to measured rows.
struct Baseline: Sendable {
  /// What it reads of an architecture.
  let inputs: BaselineInputs.Kind
  /// Where predictions leave their line for the positive tail, as a share of the smallest
  /// measured latency: small for proportions, which are true far down.
  let tailShare: Double
  /// Its weights from the measured rows.
  let fit: @Sendable (BaselineProblem) throws(HelpError) -> BaselineFit
}

/// What a baseline is fitted to.
struct BaselineProblem {
  let method: Method
  let measurements: Measurements
  /// What the model learnt from training devices.
  let prior: BayesPrior?
  /// The training device that is asked for; nil: the nearest.
  let proxy: String?
}

/// Weights of a baseline's `BaselineInputs`, and how they came about.
struct BaselineFit {
  let weights: [Double]
  let settings: JSONValue
}

extension Baseline {
  /// Fits it to the device behind `measurements`.
  func adapted(
    _ method: Method, to measurements: Measurements, _ prior: BayesPrior?, proxy: String?
  ) throws(HelpError) -> Predictor {
    guard proxy == nil || method == .proxy else {
      throw HelpError(setting: "proxy", "is given; method \"\(method.name)\" has none")
    }
    let fit = try fit(
      BaselineProblem(method: method, measurements: measurements, prior: prior, proxy: proxy))
    guard fit.weights.allSatisfy({ $0.isFinite }) else {
      throw HelpError(
        .diverged, "the fit to \(measurements.count) rows became non-finite")
    }
    let function = BaselineFunction(
      method, inputs, weights: fit.weights,
      tail: tailShare * (measurements.latencies.min() ?? 0))
    return Predictor(function, fitting: measurements, settings: fit.settings)
  }
}

extension BaselineProblem {
  func trainingDevices() throws(HelpError) -> BayesPrior {
    if let prior, !prior.isDescription { return prior }
    throw HelpError(
      .unsupported,
      "method \"\(method.name)\" needs the training devices, which the model was made without")
  }
}

extension PenalizedRegression.Fit {
  /// - mean: milliseconds of 1. The penalty is null where it is infinite.
  func settings(mean: Double) -> JSONValue {
    ["penalty": .finite(share), "leave_one_out_rmse_ms": .finite(mean * error.squareRoot())]
  }
}
