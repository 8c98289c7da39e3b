import HelpBase
import HelpSpaces

/// The best that a search has found so far, and its counters.
struct SearchRecord {
  private let task: SearchTask
  private let strategy: SearchSettings.Strategy
  private let reference: (latency: Double, accuracy: Double)
  private var archive: Archive
  /// Of searches for a Pareto front, in the archive's place.
  private var front: ParetoFront?
  /// The most accurate so far.
  private(set) var best: ScoredArchitecture?
  /// Rows given to the host to score.
  var evaluations: UInt64 = 0
  /// Generations finished after the first population, or batches of rows.
  var generations: UInt64 = 0
  /// Of everything scored that did not fail; NaN before.
  var slowest = Double.nan
  var leastAccurate = Double.nan

  init(
    _ task: SearchTask, _ settings: SearchSettings, as strategy: SearchSettings.Strategy
  ) {
    self.task = task
    self.strategy = strategy
    reference = (settings.referenceLatency, settings.referenceAccuracy)
    archive = Archive(capacity: task.topK)
    front = settings.objective == .pareto ? ParetoFront() : nil
  }

  /// Takes the host's accuracies of rows; whether the search has got on: a more accurate
  /// architecture, or another on the front. Those that failed leave no trace.
  mutating func add(_ rows: FeasibleBatch, _ accuracies: [Double]) throws(HelpError) -> Bool {
    try check(accuracies, of: rows)
    var hasGotOn = false
    for item in rows.scored(accuracies) where !item.hasFailed {
      if !(slowest >= item.latency) { slowest = item.latency }
      if !(leastAccurate <= item.accuracy) { leastAccurate = item.accuracy }
      if keep(item) { hasGotOn = true }
    }
    return hasGotOn
  }

  /// Adds one to what is kept, without counting it.
  @discardableResult
  mutating func keep(_ item: ScoredArchitecture) -> Bool {
    let isMoreAccurate = best.map { item.accuracy > $0.accuracy } ?? true
    if best.map(item.ranksAbove) ?? true { best = item }
    if let isOnFront = front?.add(item) { return isOnFront }
    archive.add(item)
    return isMoreAccurate
  }

  private func check(_ accuracies: [Double], of rows: FeasibleBatch) throws(HelpError) {
    guard accuracies.count == rows.count else {
      throw HelpError(
        .callback, "accuracy gave \(accuracies.count) results for \(rows.count) rows")
    }
    if let row = accuracies.firstIndex(where: { $0.isNaN }) {
      let text = task.space.format(rows.batch(in: task.space)[row])
      throw HelpError(
        .callback, "accuracy left row \(row) of \(rows.count), \(text), unwritten or NaN")
    }
  }
}

// MARK: - Results

extension SearchRecord {
  /// All that is kept: the front, or the best.
  var items: [ScoredArchitecture] { front?.items ?? archive.ranked() }

  func progress(of total: Int) -> SearchProgress {
    SearchProgress(done: generations, total: UInt64(total), best: best)
  }

  /// Refuses a search at its end that found nothing because all failed.
  func checkFound() throws(HelpError) {
    guard best == nil, evaluations > 0 else { return }
    throw HelpError(
      .infeasible,
      "all \(evaluations) architectures within the limits failed: each accuracy is minus infinity")
  }

  func outcome(_ filter: SearchFilter, topK: Int, stop: HelpError?) -> SearchOutcome {
    SearchOutcome(
      found: front?.spread(topK) ?? Array(archive.ranked().prefix(topK)),
      report: report(filter), stop: stop)
  }

  private func report(_ filter: SearchFilter) -> SearchReport {
    var report = SearchReport(
      strategy: strategy, evaluations: evaluations, predictions: filter.predictions,
      generations: generations,
      smallestLatency: filter.smallest)
    guard let front, best != nil else { return report }
    report.referenceLatency = referenceLatency
    report.referenceAccuracy = reference.accuracy.isNaN ? leastAccurate : reference.accuracy
    report.hypervolume = front.hypervolume(
      latency: report.referenceLatency, accuracy: report.referenceAccuracy)
    return report
  }

  private var referenceLatency: Double {
    if !reference.latency.isNaN { return reference.latency }
    return task.limit.isFinite ? task.limit : slowest
  }
}
