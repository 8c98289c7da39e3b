import HelpBase
import HelpSpaces

/// Where new architectures come from.
extension Evolver {
  private enum Origin { case random, approach, mutant, crossover }

  /// The warm start's rows that are within the limits, then random ones. Where these are too
  /// rare to be met by chance, mutants of the nearest: they lead to limits that few fulfil.
  mutating func askFirst(_ isCancelled: () -> Bool) throws(HelpError) {
    let before = filter.predictions
    if let rows = settings.warmStart {
      for begin in stride(from: 0, to: rows.count, by: SearchFilter.batchSize)
      where asked.count < settings.population {
        try checkCancelled(isCancelled)
        let end = min(begin + SearchFilter.batchSize, rows.count)
        _ = take((begin..<end).map { Array(rows[$0].genes) }, upTo: settings.population)
      }
    }
    let tries = settings.attempts
    try fill(upTo: settings.population, .random, tries: tries - tries / 2, isCancelled)
    if !nearest.rows.isEmpty {
      try fill(upTo: settings.population, .approach, tries: tries / 2, isCancelled)
    }
    nearest = NearestRows()
    if asked.count == 0 {
      let given = settings.warmStart == nil ? "" : "those of warm_start, "
      throw filter.infeasible(
        "\(filter.predictions - before) architectures tried (\(given)random ones, then mutants of those that "
          + "came nearest)")
    }
  }

  mutating func askChildren(_ isCancelled: () -> Bool) throws(HelpError) {
    let crossovers = survivors.count > 1 ? settings.children - settings.mutants : 0
    // Where the survivors have become similar, nearly all of their children are known: to insist
    // costs many times the search and finds nothing.
    let tries = min(settings.attempts, max(4 * settings.children, 100))
    try fill(upTo: crossovers, .crossover, tries: tries, isCancelled)
    try fill(upTo: settings.children, .mutant, tries: tries, isCancelled)
    if asked.count == 0 { try fill(upTo: 1, .mutant, tries: settings.attempts, isCancelled) }
  }

  private mutating func propose(_ origin: Origin) -> [Int32] {
    switch origin {
    case .random: return task.space.randomRow(using: &random)
    case .approach: return mutant(of: nearest.rows[random.index(below: nearest.rows.count)].genes)
    case .mutant: return mutant(of: survivors[parent()].genes)
    case .crossover:
      let one = parent()
      let place = parent(among: survivors.count - 1)
      let other = place < one ? place : place + 1
      return task.space.crossover(
        survivors[one].genes[...], survivors[other].genes[...], using: &random)
    }
  }

  /// Mutates until something has changed: where genes are few and rates low, most mutants
  /// would be their parents.
  private mutating func mutant(of parent: [Int32]) -> [Int32] {
    var child = parent
    for _ in 0..<100 where child == parent {
      child = task.space.mutated(
        parent[...], probability: settings.mutationProbability, using: &random)
    }
    return child
  }

  private mutating func parent() -> Int { parent(among: survivors.count) }

  /// Any survivor; with NSGA-II the fitter of two, which comes first.
  private mutating func parent(among count: Int) -> Int {
    let one = random.index(below: count)
    return settings.objective == .pareto ? min(one, random.index(below: count)) : one
  }

  /// Asks for new architectures within the limits until there are `count`, or fewer after
  /// `most` tries in a row without one. Proposals are predicted many at once.
  private mutating func fill(
    upTo count: Int, _ origin: Origin, tries most: Int, _ isCancelled: () -> Bool
  ) throws(HelpError) {
    var failures = 0
    var size = count - asked.count
    while asked.count < count, failures < most {
      try checkCancelled(isCancelled)
      let missing = count - asked.count
      let tries = min(size, SearchFilter.batchSize, max(most - failures, missing))
      let made = take((0..<tries).map { _ in propose(origin) }, upTo: count)
      failures = made > 0 ? 0 : failures + tries
      // As many as will be enough, should children stay as rare as they were.
      size = made > 0 ? (count - asked.count) * tries / made + 1 : 2 * tries
    }
  }

  /// Asks for those proposals that are new and within the limits: how many.
  private mutating func take(_ proposals: [[Int32]], upTo count: Int) -> Int {
    let before = asked.count
    let unknown = proposals.filter { !known.contains($0) }
    let batch = ArchitectureBatch(checked: unknown.flatMap { $0 }, in: task.space)
    for (row, verdict) in zip(unknown, filter.judged(batch)) where asked.count < count {
      switch verdict {
      case .within(let latency):
        if known.insert(row).inserted { asked.append(row, latency: latency) }
        if generation == nil { nearest.add(row, excess: 0) }
      case .beyond(let excess):
        if generation == nil { nearest.add(row, excess: excess) }
      }
    }
    return asked.count - before
  }
}
