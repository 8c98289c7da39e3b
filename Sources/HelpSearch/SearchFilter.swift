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
  /// The smallest and largest of each other quantity, among rows within the limits before it.
  private var seenOthers: [(smallest: Double, largest: Double)]

  init(_ task: SearchTask) {
    latency = task.latency
    maximum = task.limit
    others = task.limits
    seenOthers = others.map { _ in (.nan, .nan) }
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
      let ranges = others[place].ranges(batch.rows(kept))
      see(ranges, place)
      let limit = others[place]
      for (row, range) in zip(kept, ranges) where !limit.holds(range) {
        verdicts[row] = .beyond(excess(range, limit, place: others.count - 1 - place))
      }
      kept = zip(kept, ranges).filter { limit.holds($1) }.map { $0.0 }
    }
    return verdicts
  }

  private mutating func see(_ ranges: [(lower: Double, upper: Double)], _ place: Int) {
    let seen = seenOthers[place]
    seenOthers[place] = (
      Self.smaller(seen.smallest, ranges.map { $0.upper }),
      -Self.smaller(-seen.largest, ranges.map { -$0.lower })
    )
  }

  private func excess(
    _ range: (lower: Double, upper: Double), _ limit: SearchLimit, place: Int
  ) -> Double {
    range.upper <= limit.maximum
      ? Double(place) + 1 - range.lower / limit.minimum
      : excess(range.upper, limit.maximum, place: place)
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
    let others = zip(others, seenOthers).filter { !$1.smallest.isNaN }.map { other, seen in
      other.failure(seen)
    }
    return HelpError(
      .infeasible,
      "none of \(tried) is within the limits: limit_ms is \(maximum.brief(unlike: smallest)), the "
        + "smallest latency seen is \(smallest.briefUp(unlike: maximum)) ms (confidence "
        + "\(latency.shownConfidence))" + others.joined())
  }
}

extension SearchLimit {
  /// False where the quantity is not known.
  fileprivate func holds(_ range: (lower: Double, upper: Double)) -> Bool {
    range.upper <= maximum && (minimum == 0 || range.lower >= minimum)
  }

  /// What to say of it where nothing was found.
  fileprivate func failure(_ seen: (smallest: Double, largest: Double)) -> String {
    let upper =
      "; \(name): the limit is \(maximum.brief(unlike: seen.smallest)), the smallest seen "
      + "within the limits before it \(seen.smallest.briefUp(unlike: maximum))"
    if minimum == 0 { return upper }
    let lower =
      "the minimum is \(minimum.brief(unlike: seen.largest)), the largest seen "
      + seen.largest.brief(unlike: minimum)
    return maximum.isFinite ? "\(upper); \(lower)" : "; \(name): \(lower)"
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
