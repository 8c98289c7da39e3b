import HelpNumerics
import HelpSpaces

/// How to choose what to measure.
package struct SelectionSettings: Sendable {
  package var seed: UInt64 = 0
  /// Rows of the pool that may be chosen, and rows whose uncertainty counts.
  package var candidates = 1000
  package var evaluated = 1000
  /// Measured rows that are taken into account; of more, so many spread over them.
  package var measured = 1000
  /// The noise's standard deviation, in units of the mean latency.
  package var noise = 0.1
  /// Prior standard deviation of the mean function's scale.
  package var scale = 0.5

  /// Most rows that can be asked for at once.
  package static let maximumCount = 1000

  package init() {}
}

extension BayesPrior {
  /// Row numbers of the pool, best first: each is the one that, measured after those before
  /// it and after `measured`, lowers the mean variance of predictions most (greedy A-optimal
  /// design). Needs no latencies. All are different architectures, none of them measured;
  /// fewer than `count` only where the pool has no more.
  package func select(
    from pool: ArchitectureBatch, count: Int, given measured: ArchitectureBatch,
    _ settings: SelectionSettings = SelectionSettings()
  ) -> [Int] {
    var random = RandomSource(seed: settings.seed)
    var known = Set((0..<measured.count).map { measured[$0].genes })
    let open = (0..<pool.count).filter { known.insert(pool[$0].genes).inserted }
    let candidates = random.some(max(settings.candidates, count), of: open)
    let evaluated = random.some(settings.evaluated, of: Array(0..<pool.count))
    var design = ExperimentDesign(
      self, settings, measured: measured.thinned(to: settings.measured),
      candidates: pool.rows(candidates),
      evaluated: pool.rows(evaluated))
    return (0..<min(count, candidates.count)).compactMap { _ in
      guard let place = design.next() else { return nil }
      return candidates[place]
    }
  }
}

extension RandomSource {
  /// At most `limit` of the rows, in their order.
  fileprivate mutating func some(_ limit: Int, of rows: [Int]) -> [Int] {
    if rows.count <= limit { return rows }
    return sample(limit, below: rows.count).map { rows[$0] }.sorted()
  }
}
