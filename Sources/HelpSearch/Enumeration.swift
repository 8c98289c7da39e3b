import HelpBase
import HelpSpaces

/// Different architectures in a fixed order, made as they are needed.
protocol RowList {
  var space: any SearchSpace { get }
  var count: Int { get }
  /// Which search goes through such a list.
  var strategy: SearchSettings.Strategy { get }
  /// "the 15625 architectures of nasbench201", for messages.
  var name: String { get }
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
        setting: "strategy",
        "is \"exhaustive\", but \(space.name) has \(size) architectures, "
          + "not at most \(Self.maximum)")
    }
    self.space = space
    self.count = Int(count)
  }

  var strategy: SearchSettings.Strategy { .exhaustive }
  var name: String { "the \(count) architectures of \(space.name)" }

  func rows(_ range: Range<Int>) -> ArchitectureBatch {
    ArchitectureBatch(checked: range.flatMap(space.row(atPosition:)), in: space)
  }
}

/// The host's candidates, without repeats.
struct CandidateRows: RowList {
  let candidates: ArchitectureBatch
  private let first: [Int]

  init(_ candidates: ArchitectureBatch) {
    var seen: Set<ArraySlice<Int32>> = []
    self.candidates = candidates
    first = (0..<candidates.count).filter { seen.insert(candidates[$0].genes).inserted }
  }

  var space: any SearchSpace { candidates.space }
  var count: Int { first.count }
  var strategy: SearchSettings.Strategy { .candidates }
  var name: String { "the \(count) candidates" }

  func rows(_ range: Range<Int>) -> ArchitectureBatch { candidates.rows(Array(first[range])) }
}

/// A search that scores every row of a list within the limits, batch by batch. It is exact, so
/// evolution's settings, patience and a warm start among them, cannot change what it finds.
struct Enumeration {
  private let list: any RowList
  private let topK: Int
  private var filter: SearchFilter
  private var record: SearchRecord

  init(_ list: any RowList, _ task: SearchTask, _ settings: SearchSettings) {
    self.list = list
    topK = task.topK
    filter = SearchFilter(task)
    record = SearchRecord(task, settings, as: list.strategy)
  }

  mutating func run(_ callbacks: SearchCallbacks) -> SearchOutcome {
    do throws(HelpError) {
      try scoreAll(callbacks)
      return record.outcome(filter, topK: topK, stop: nil)
    } catch {
      return record.outcome(filter, topK: topK, stop: error)
    }
  }

  private mutating func scoreAll(_ callbacks: SearchCallbacks) throws(HelpError) {
    let size = SearchFilter.batchSize
    let batches = (list.count + size - 1) / size
    for index in 0..<batches {
      try checkCancelled(callbacks.isCancelled)
      let rows = feasible(list.rows((index * size)..<min((index + 1) * size, list.count)))
      if rows.count > 0 {
        record.evaluations += UInt64(rows.count)
        _ = try record.add(rows, try callbacks.accuracy(rows.batch(in: list.space)))
      }
      record.generations = UInt64(index + 1)
      try callbacks.progress(record.progress(of: batches))
    }
    if record.best == nil { throw filter.infeasible(list.name) }
  }

  private mutating func feasible(_ batch: ArchitectureBatch) -> FeasibleBatch {
    var rows = FeasibleBatch()
    for (row, verdict) in filter.judged(batch).enumerated() {
      if case .within(let latency) = verdict {
        rows.append(Array(batch[row].genes), latency: latency)
      }
    }
    return rows
  }
}
