import HelpBase
import HelpSpaces

/// Keeps the architectures within all limits, and counts what was predicted.
struct SearchFilter {
  /// Rows of one prediction; bounds memory and the time between looks at the cancel flag.
  static let batchSize = 1024

  private let latency: LatencyBound
  private let maximum: Double
  private let others: [SearchLimit]
  var predictions: UInt64 = 0
  /// The smallest latency bound seen; NaN before the first prediction.
  var smallest = Double.nan
  /// The smallest of each other quantity, among rows within the limits before it.
  private var smallestOthers: [Double]

  init(_ task: SearchTask) {
    latency = task.latency
    maximum = task.limit
    others = task.limits
    smallestOthers = others.map { _ in .nan }
  }

  /// A row against the limits, in their order.
  enum Verdict {
    /// With its predicted latency.
    case within(Double)
    /// How far beyond: smaller is nearer, and a later limit is nearer than an earlier one.
    case beyond(Double)
  }

  mutating func judged(_ batch: ArchitectureBatch) -> [Verdict] {
    guard batch.count > 0 else { return [] }
    let (values, bounds) = latency.bounds(batch)
    predictions += UInt64(batch.count)
    smallest = Self.smaller(smallest, bounds)
    var verdicts = zip(values, bounds).map { value, bound in
      bound <= maximum
        ? Verdict.within(value) : .beyond(excess(bound, maximum, place: others.count))
    }
    var kept = (0..<batch.count).filter { bounds[$0] <= maximum }
    for place in others.indices where !kept.isEmpty {
      let quantities = others[place].values(batch.rows(kept))
      smallestOthers[place] = Self.smaller(smallestOthers[place], quantities)
      let maximum = others[place].maximum
      for (row, quantity) in zip(kept, quantities) where !(quantity <= maximum) {
        verdicts[row] = .beyond(excess(quantity, maximum, place: others.count - 1 - place))
      }
      kept = zip(kept, quantities).filter { $1 <= maximum }.map { $0.0 }
    }
    return verdicts
  }

  /// `place` and a share of 1 that grows with the value.
  private func excess(_ value: Double, _ maximum: Double, place: Int) -> Double {
    value.isFinite ? Double(place) + 1 - maximum / value : Double(place) + 1
  }

  private static func smaller(_ smallest: Double, _ values: [Double]) -> Double {
    values.reduce(smallest) { $0.isNaN || $1 < $0 ? $1 : $0 }
  }

  /// Nothing was found; `tried` says of what.
  func infeasible(_ tried: String) -> HelpError {
    let others = zip(others, smallestOthers).filter { !$1.isNaN }.map { other, smallest in
      "; \(other.name): the limit is \(other.maximum.brief(unlike: smallest)), the smallest seen "
        + "within the limits before it \(smallest.briefUp(unlike: other.maximum))"
    }
    return HelpError(
      .infeasible,
      "none of \(tried) is within the limits: limit_ms is \(maximum.brief(unlike: smallest)), the "
        + "smallest latency seen is \(smallest.briefUp(unlike: maximum)) ms (confidence "
        + "\(latency.shownConfidence))" + others.joined())
  }
}

/// Architectures within the limits that have no score yet.
package struct FeasibleBatch: Sendable {
  package var genes: [[Int32]] = []
  /// Milliseconds, one for each row.
  package var latencies: [Double] = []

  package init() {}

  package var count: Int { genes.count }

  package mutating func append(_ row: [Int32], latency: Double) {
    genes.append(row)
    latencies.append(latency)
  }

  func batch(in space: any SearchSpace) -> ArchitectureBatch {
    ArchitectureBatch(checked: genes.flatMap { $0 }, in: space)
  }

  func scored(_ accuracies: [Double]) -> [ScoredArchitecture] {
    zip(zip(genes, latencies), accuracies).map { row, accuracy in
      ScoredArchitecture(genes: row.0, accuracy: accuracy, latency: row.1)
    }
  }
}
