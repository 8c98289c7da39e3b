import HelpBase
import HelpJSON
import HelpSpaces

/// What a predictor was fitted from, kept so that more measurements can be added.
package struct Fitting: Sendable {
  package let method: Method
  package let measurements: Measurements
  /// What method "bayes" started from; nil for a baseline, which starts from nothing.
  package let prior: BayesPrior?
  /// ε that the caller stated (B24); nil where the caller did not.
  package let repeatability: Double?

  /// Nil for a method whose fit needs more than this: HELP's network and what reads training
  /// devices.
  package init?(
    _ method: Method, _ measurements: Measurements, _ prior: BayesPrior?, repeatability: Double?
  ) {
    let needsModel = method == .help || method.baseline != nil && method.need == .bayesPart
    if needsModel { return nil }
    self.method = method
    self.measurements = measurements
    self.prior = method == .bayes ? prior : nil
    self.repeatability = repeatability
  }

  /// As much of the model as the method needs.
  package var model: LatencyModel {
    LatencyModel(space: measurements.architectures.space, bayes: prior, help: nil, record: [:])
  }

  /// A predictor of these and further measurements.
  fileprivate func adding(_ others: Measurements) throws(HelpError) -> Predictor {
    var settings = AdaptationSettings()
    settings.repeatability = repeatability
    return try model.adapted(by: method, to: measurements.adding(others), settings)
  }
}

extension Predictor {
  /// Fitted again to its measurements and these, in time that does not grow with how often this
  /// was done.
  ///
  /// Throws `unsupported` where the predictor does not keep what it was fitted from.
  package func updated(with measurements: Measurements) throws(HelpError) -> Predictor {
    try kept().adding(measurements)
  }

  /// What it was fitted from.
  ///
  /// Throws `unsupported` where that is not kept.
  package func kept() throws(HelpError) -> Fitting {
    if let fitting { return fitting }
    throw HelpError(
      .unsupported,
      "a predictor of method \"\(method)\" does not keep what it was fitted from; adapt the model "
        + "to all measurements instead")
  }
}
