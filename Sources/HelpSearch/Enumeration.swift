import HelpNumerics
import HelpSpaces

/// Different architectures in a fixed order, made as they are needed.
protocol RowList {
  var space: any SearchSpace { get }
  var count: Int { get }
  func rows(_ range: Range<Int>) -> ArchitectureBatch
}

/// Every architecture of a space.
struct WholeSpace: RowList {
  static let maximum: UInt64 = 10_000_000

  let space: any SearchSpace
  let count: Int

  init(_ space: any SearchSpace) throws(HelpError) {
    guard let count = space.count, count <= Self.maximum else {
      let size = space.count.map(String.init) ?? "more than 2^64"
      throw HelpError(
        .argument,
        "strategy is HELP_SEARCH_EXHAUSTIVE, but \(space.name) has \(size) architectures, "
          + "not at most \(Self.maximum)")
    }
    self.space = space
    self.count = Int(count)
  }

  func rows(_ range: Range<Int>) -> ArchitectureBatch {
    ArchitectureBatch(checked: range.flatMap(space.row(atPosition:)), in: space)
  }
}

/// The host's candidates, without repeats.
struct CandidateRows: RowList {
  let candidates: ArchitectureBatch
  private let first: [Int]

  init(_ candidates: ArchitectureBatch, of space: any SearchSpace) throws(HelpError) {
    guard candidates.space.isSame(as: space) else {
      throw HelpError(
        .mismatch, "candidates are of \(candidates.space.name), the predictor of \(space.name)")
    }
    var seen: Set<ArraySlice<Int32>> = []
    self.candidates = candidates
    first = (0..<candidates.count).filter { seen.insert(candidates[$0].genes).inserted }
  }

  var space: any SearchSpace { candidates.space }
  var count: Int { first.count }

  func rows(_ range: Range<Int>) -> ArchitectureBatch { candidates.rows(Array(first[range])) }
}

extension SearchSession {
  /// Scores every row under the limit, batch by batch.
  mutating func enumerate(_ list: any RowList) throws(HelpError) {
    let size = LatencyFilter.batchSize
    let batches = (list.count + size - 1) / size
    for index in 0..<batches {
      try checkCancelled()
      let batch = list.rows((index * size)..<min((index + 1) * size, list.count))
      _ = try score(feasible(batch))
      try finished(index + 1, of: batches)
    }
    if foundNothing { throw filter.infeasible("\(list.count) architectures, all there are") }
  }

  private mutating func feasible(_ batch: ArchitectureBatch) -> FeasibleBatch {
    var rows = FeasibleBatch()
    for (row, latency) in filter.latencies(batch).enumerated() {
      if let latency { rows.append(Array(batch[row].genes), latency: latency) }
    }
    return rows
  }
}
