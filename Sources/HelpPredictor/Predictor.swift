import HelpJSON
import HelpNumerics
import HelpSpaces

/// Latencies of one device: milliseconds for every architecture of the space, by any method.
package struct Predictor: Sendable {
  package let space: any SearchSpace
  package let function: any LatencyFunction
  /// Measurements, settings and fit, for people.
  package let record: JSONValue
  /// What it was fitted from; nil where that is not kept.
  package let fitting: Fitting?

  package init(
    space: any SearchSpace, function: any LatencyFunction, record: JSONValue,
    fitting: Fitting? = nil
  ) {
    self.space = space
    self.function = function
    self.record = record
    self.fitting = fitting
  }

  package var method: String { function.method }
  package var hasDeviations: Bool { function.hasDeviations }

  /// Predicted latencies in milliseconds of a batch in `space`; see `LatencyFunction.predict`.
  package func predict(
    _ batch: ArchitectureBatch, latencies: UnsafeMutablePointer<Double>,
    deviations: UnsafeMutablePointer<Double>? = nil
  ) {
    function.predict(batch, latencies: latencies, deviations: deviations)
  }

  package func predict(_ batch: ArchitectureBatch) -> [Double] { function.predict(batch) }
}

extension Predictor {
  /// With an account of what was measured, how it was used, and how the function fits it.
  init(_ function: any LatencyFunction, fitting measurements: Measurements, settings: JSONValue) {
    let architectures = measurements.architectures
    let (space, given) = (architectures.space, measurements.given)
    let fit = Scores(
      predicted: function.predict(architectures), truth: measurements.latencies)
    let record: JSONValue = [
      "measurements": [
        "archs": .strings(
          (0..<given.architectures.count).map { space.format(given.architectures[$0]) }),
        "latency_ms": .array(given.latencies.map(JSONValue.number)),
      ],
      "settings": settings,
      "fit": [
        "spearman": .finite(fit.spearman), "rmse_ms": .finite(fit.rootMeanSquareError),
        "mape": .finite(fit.meanAbsolutePercentageError),
      ],
    ]
    self.init(space: space, function: function, record: record)
  }
}

extension Predictor {
  /// The same with more members in its record.
  func recording(_ members: JSONValue) -> Predictor {
    Predictor(space: space, function: function, record: record.adding(members), fitting: fitting)
  }

  /// The same with what it was fitted from.
  func keeping(_ fitting: Fitting?) -> Predictor {
    Predictor(space: space, function: function, record: record, fitting: fitting)
  }
}
