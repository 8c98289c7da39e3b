import HelpBase
import HelpNumerics
import HelpPredictor
import HelpSpaces

/// Limits on one quantity of the architectures that a search may choose: a largest value, a
/// smallest, or both.
package struct SearchLimit: Sendable {
  package enum Quantity: Sendable {
    case latency(LatencyBound)
    case macs
    case parameters
  }

  package let quantity: Quantity
  /// Milliseconds, or a number of operations or parameters; 0 for none.
  package let minimum: Double
  /// The same; infinite for none.
  package let maximum: Double

  package init(
    _ quantity: Quantity, minimum: Double = 0, maximum: Double
  ) throws(HelpError) {
    guard maximum > 0 else {
      throw HelpError(setting: "maximum", "is \(maximum.brief), not greater than 0")
    }
    guard minimum >= 0, minimum < maximum else {
      throw HelpError(
        .argument,
        "a limit's minimum is \(minimum.brief(unlike: maximum)), not 0 for none or less than its "
          + "maximum, \(maximum.brief(unlike: minimum))")
    }
    self.quantity = quantity
    self.minimum = minimum
    self.maximum = maximum
  }

  /// Whether every architecture of the space has this quantity.
  func check(_ space: any SearchSpace) throws(HelpError) {
    switch quantity {
    case .latency(let bound):
      guard bound.predictor.space.isSame(as: space) else {
        throw HelpError(
          .mismatch,
          "a limit's predictor is of \(bound.predictor.space.name), the search of \(space.name)")
      }
    case .macs, .parameters:
      guard !ranges(ArchitectureBatch(checked: space.anyRow, in: space))[0].upper.isNaN else {
        throw HelpError(
          .unsupported, "\(space.name) does not know its \(name), so they cannot be limited")
      }
    }
  }

  /// Between which values the quantity of each row lies: of counts, both are the same; NaN where
  /// the space cannot tell.
  func ranges(_ batch: ArchitectureBatch) -> [(lower: Double, upper: Double)] {
    let rows = 0..<batch.count
    return switch quantity {
    case .latency(let bound): bound.ranges(batch)
    case .macs: rows.map { batch.space.macs(batch[$0]) ?? .nan }.map { ($0, $0) }
    case .parameters: rows.map { batch.space.parameters(batch[$0]) ?? .nan }.map { ($0, $0) }
    }
  }

  /// "latency at confidence 0.95", for messages.
  var name: String {
    switch quantity {
    case .latency(let bound): bound.name
    case .macs: "multiply-accumulates"
    case .parameters: "parameters"
    }
  }
}

extension SearchSpace {
  /// One architecture of the space.
  fileprivate var anyRow: [Int32] {
    var random = RandomSource(seed: 0)
    return randomRow(using: &random)
  }
}

/// The latency below which a measurement falls with some probability: the upper end of a
/// one-sided interval.
package struct LatencyBound: Sendable {
  /// Of predictors with deviations, where the host says nothing.
  package static let defaultConfidence = 0.95

  package let predictor: Predictor
  /// 0.5: the predicted latency itself.
  package let confidence: Double
  private let factor: Double

  /// `confidence` nil is the default of the predictor's method.
  package init(_ predictor: Predictor, confidence: Double?) throws(HelpError) {
    let chosen = confidence ?? (predictor.hasDeviations ? Self.defaultConfidence : 0.5)
    guard chosen >= 0.5, chosen < 1 else {
      throw HelpError(
        setting: "confidence",
        "is \(chosen.brief(unlike: 0, 0.5, 1)), not 0 for the default or 0.5 to less than 1"
      )
    }
    guard chosen == 0.5 || predictor.hasDeviations else {
      throw HelpError(
        .unsupported, setting: "confidence",
        "is \(chosen.brief(unlike: 0.5, 1)), but method \"\(predictor.method)\" has no deviations: 0.5, the "
          + "predicted latency, is what can be limited")
    }
    self.predictor = predictor
    self.confidence = chosen
    factor = chosen == 0.5 ? 0 : normalQuantile(chosen)
  }

  /// Above and below which milliseconds a measurement falls, each with the confidence.
  func ranges(_ batch: ArchitectureBatch) -> [(lower: Double, upper: Double)] {
    guard factor > 0 else { return predictor.predict(batch).map { ($0, $0) } }
    let (latency, deviation) = predictor.moments(batch)
    return zip(latency, deviation).map { latency, deviation in
      (Predictor.lowerEnd(latency, factor * deviation), latency + factor * deviation)
    }
  }

  /// Predicted latency and its bound, in milliseconds.
  func bounds(_ batch: ArchitectureBatch) -> (latency: [Double], upper: [Double]) {
    guard factor > 0 else {
      let latency = predictor.predict(batch)
      return (latency, latency)
    }
    let (latency, deviation) = predictor.moments(batch)
    return (latency, zip(latency, deviation).map { $0 + factor * $1 })
  }

  /// For messages.
  var shownConfidence: String { confidence.brief(unlike: 0.5, 1) }

  fileprivate var name: String {
    confidence == 0.5 ? "predicted latency" : "latency at confidence \(shownConfidence)"
  }
}
