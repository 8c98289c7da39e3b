import HelpBase
import HelpNumerics
import HelpPredictor
import HelpSpaces

/// An upper limit on one quantity of the architectures that a search may choose.
package struct SearchLimit: Sendable {
  package enum Quantity: Sendable {
    case latency(LatencyBound)
    case macs
    case parameters
  }

  package let quantity: Quantity
  /// Milliseconds, or a number of operations or parameters.
  package let maximum: Double

  package init(_ quantity: Quantity, maximum: Double) throws(HelpError) {
    guard maximum > 0 else {
      throw HelpError(setting: "maximum", "is \(maximum.brief), not greater than 0")
    }
    self.quantity = quantity
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
      guard !values(ArchitectureBatch(checked: space.anyRow, in: space))[0].isNaN else {
        throw HelpError(
          .unsupported, "\(space.name) does not know its \(name), so they cannot be limited")
      }
    }
  }

  /// The quantity of each row; NaN where the space cannot tell.
  func values(_ batch: ArchitectureBatch) -> [Double] {
    let rows = 0..<batch.count
    return switch quantity {
    case .latency(let bound): bound.bounds(batch).upper
    case .macs: rows.map { batch.space.macs(batch[$0]) ?? .nan }
    case .parameters: rows.map { batch.space.parameters(batch[$0]) ?? .nan }
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
