import HelpBase
import HelpSpaces

/// The settings of every method; each looks at its own.
package struct AdaptationSettings: Sendable {
  /// Nil: those that suit the model and its space.
  package var bayes: BayesSettings?
  /// ε of "bayes" (B24); nil: what repeated rows say, else `BayesSettings.defaultRepeatability`.
  package var repeatability: Double?
  package var help = HelpSettings()
  /// A training device's name; nil: the nearest.
  package var proxy: String?

  package init() {}
}

extension LatencyModel {
  /// The best that the model has.
  package var defaultMethod: Method { bayes == nil ? .help : .bayes }

  /// Fits a method to the device behind `measurements`.
  package func adapted(
    by method: Method, to measurements: Measurements,
    _ settings: AdaptationSettings = AdaptationSettings()
  ) throws(HelpError) -> Predictor {
    guard measurements.count >= method.minimumRows else {
      throw HelpError(
        .measurements,
        "\(measurements.count) rows are measured; method \"\(method.name)\" needs at least "
          + "\(method.minimumRows)")
    }
    try measurements.checkDiffer()
    return try fitted(method, to: measurements, settings).warning(measurements.warnings)
      .keeping(Fitting(method, measurements, bayes, repeatability: settings.repeatability))
  }

  private func fitted(
    _ method: Method, to measurements: Measurements, _ settings: AdaptationSettings
  ) throws(HelpError) -> Predictor {
    if let baseline = method.baseline {
      return try baseline.adapted(method, to: measurements, bayes, proxy: settings.proxy)
    }
    return method == .help
      ? try part(help, of: method).adapted(to: measurements, settings.help)
      : try part(bayes, of: method).adapted(
        to: measurements, settings.bayes, repeatability: settings.repeatability)
  }

  /// What the model learnt for a method.
  func part<Part>(_ part: Part?, of method: Method) throws(HelpError) -> Part {
    if let part { return part }
    throw HelpError(
      .unsupported,
      "the model has no part for method \"\(method.name)\"; it was trained without one")
  }
}
