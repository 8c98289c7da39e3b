import HelpNumerics
import HelpSpaces

/// Keeps the architectures under the limit, and counts what was predicted.
struct LatencyFilter {
  /// Rows of one prediction; bounds memory and the time between looks at the cancel flag.
  static let batchSize = 1024

  private let latency: (ArchitectureBatch) -> [Double]
  private let limit: Double
  private(set) var predictions: UInt64 = 0
  /// Milliseconds; NaN before the first prediction.
  private(set) var smallest = Double.nan

  init(latency: @escaping (ArchitectureBatch) -> [Double], limit: Double) {
    self.latency = latency
    self.limit = limit
  }

  /// Latency of each row that is at most the limit; nil for the others.
  mutating func latencies(_ batch: ArchitectureBatch) -> [Double?] {
    guard batch.count > 0 else { return [] }
    let values = latency(batch)
    predictions += UInt64(batch.count)
    for value in values where smallest.isNaN || value < smallest { smallest = value }
    return values.map { $0 <= limit ? $0 : nil }
  }

  /// Nothing was found; `tried` says among what.
  func infeasible(_ tried: String) -> HelpError {
    HelpError(
      .infeasible,
      "no architecture has a latency of at most limit_ms = \(limit) among \(tried); "
        + "the smallest latency seen is \(smallest) ms")
  }
}

/// Architectures under the limit that have no score yet.
struct FeasibleBatch {
  var genes: [[Int32]] = []
  /// Milliseconds, one for each row.
  var latencies: [Double] = []

  var count: Int { genes.count }

  mutating func append(_ row: [Int32], latency: Double) {
    genes.append(row)
    latencies.append(latency)
  }

  static func + (one: FeasibleBatch, other: FeasibleBatch) -> FeasibleBatch {
    FeasibleBatch(genes: one.genes + other.genes, latencies: one.latencies + other.latencies)
  }

  func scored(_ accuracies: [Double]) -> [ScoredArchitecture] {
    zip(zip(genes, latencies), accuracies).map { row, accuracy in
      ScoredArchitecture(genes: row.0, accuracy: accuracy, latency: row.1)
    }
  }
}
