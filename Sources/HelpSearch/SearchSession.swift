import HelpNumerics
import HelpSpaces

/// A search that is running: its counters and the best so far.
struct SearchSession {
  let task: SearchTask
  let callbacks: SearchCallbacks
  var filter: LatencyFilter
  private var archive: Archive
  private var report = SearchReport()

  init(task: SearchTask, callbacks: SearchCallbacks) {
    self.task = task
    self.callbacks = callbacks
    filter = LatencyFilter(latency: task.latency, limit: task.limit)
    archive = Archive(capacity: task.topK)
  }

  func outcome(stop: HelpError?) -> SearchOutcome {
    var report = report
    report.predictions = filter.predictions
    report.smallestLatency = filter.smallest
    return SearchOutcome(found: archive.ranked(), report: report, stop: stop)
  }

  /// Asks the host for the accuracies of rows and remembers the best.
  mutating func score(_ rows: FeasibleBatch) throws(HelpError) -> [Double] {
    guard rows.count > 0 else { return [] }
    report.evaluations += UInt64(rows.count)
    let batch = ArchitectureBatch(checked: rows.genes.flatMap { $0 }, in: task.space)
    let accuracies = try callbacks.accuracy(batch)
    guard accuracies.count == rows.count else {
      throw HelpError(
        .callback, "accuracy gave \(accuracies.count) results for \(rows.count) rows")
    }
    if let row = accuracies.firstIndex(where: { $0.isNaN }) {
      let text = task.space.format(batch[row])
      throw HelpError(
        .callback, "accuracy left row \(row) of \(rows.count), \(text), unwritten or NaN")
    }
    for item in rows.scored(accuracies) { archive.add(item) }
    return accuracies
  }

  mutating func finished(_ done: Int, of total: Int) throws(HelpError) {
    report.generations = UInt64(done)
    try callbacks.progress(
      SearchProgress(done: UInt64(done), total: UInt64(total), best: archive.best))
  }

  var foundNothing: Bool { archive.best == nil }

  func checkCancelled() throws(HelpError) {
    if callbacks.isCancelled() { throw HelpError(.cancelled, "the search was cancelled") }
  }
}
