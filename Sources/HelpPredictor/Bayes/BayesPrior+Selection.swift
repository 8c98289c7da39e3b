import HelpNumerics
import HelpSpaces

/// How to choose what to measure (B21).
package struct SelectionSettings: Sendable {
  /// Of the draw of candidates and evaluated rows from pools that have more.
  package var seed: UInt64 = 0
  /// Rows of the pool that may be chosen; a limit of time and memory.
  package var candidates = 1000
  /// Rows of the pool whose variances are to fall; a limit of time and memory.
  package var evaluated = 1000
  /// Most measured rows that are taken into account, evenly spread over all.
  package var measured = 1000
  /// Standard deviation of the noise, in units of the mean latency; chosen on gaps.
  package var noise = 0.1
  /// Prior standard deviation of the mean function's scale; chosen on gaps.
  package var scale = 0.5

  /// Most rows that can be selected at once.
  package static let maximumCount = 1000

  /// The defaults above.
  package init() {}
}

extension BayesPrior {
  /// Row numbers of the pool, best first: each is the one that, measured after those before
  /// it and after `measured`, lowers the mean variance of predictions most (B21, greedy
  /// A-optimal design).
  ///
  /// All are different architectures, none of them measured; fewer than `count` only where the
  /// pool has no more.
  package func select(
    from pool: ArchitectureBatch, count: Int, given measured: ArchitectureBatch,
    _ settings: SelectionSettings = SelectionSettings()
  ) -> [Int] {
    var random = RandomSource(seed: settings.seed)
    var known = Set((0..<measured.count).map { measured[$0].genes })
    let open = (0..<pool.count).filter { known.insert(pool[$0].genes).inserted }
    let candidates = random.subset(atMost: max(settings.candidates, count), of: open)
    let evaluated = random.subset(atMost: settings.evaluated, of: Array(0..<pool.count))
    var design = ExperimentDesign(
      self, settings, measured: measured.thinned(to: settings.measured),
      candidates: pool.rows(candidates),
      evaluated: pool.rows(evaluated))
    return (0..<min(count, candidates.count)).compactMap { _ in
      guard let candidate = design.next() else { return nil }
      return candidates[candidate]
    }
  }
}

extension RandomSource {
  /// At most `limit` of the rows, drawn without return and sorted.
  fileprivate mutating func subset(atMost limit: Int, of rows: [Int]) -> [Int] {
    if rows.count <= limit { return rows }
    return sample(limit, below: rows.count).map { rows[$0] }.sorted()
  }
}
