import HelpNumerics
import HelpSpaces

/// Evolution under a latency limit as in once-for-all (Cai et al., ICLR 2020), with two
/// doors: `ask` for architectures to score, `tell` their accuracies.
///
/// The best `parents` of a generation survive; children are mutants of a random parent
/// or crosses of two. No architecture is asked twice: a child that is over the limit or
/// was asked before costs a try. After `attempts` tries in a row without a new child
/// mutants take the place of crosses, or the generation is smaller; a generation without
/// any ends the search, so that a small feasible region ends it too.
struct Evolver {
  private let space: any SearchSpace
  private let settings: SearchSettings
  private var random: RandomSource
  /// Every architecture that was asked.
  private var known: Set<[Int32]> = []
  private var parents: [ScoredArchitecture] = []
  private var asked = FeasibleBatch()
  /// Generations told after the first population; nil before that.
  private(set) var generation: Int?

  init(space: any SearchSpace, settings: SearchSettings) {
    self.space = space
    self.settings = settings
    random = RandomSource(seed: settings.seed)
  }

  /// New architectures under the limit; none when the search is at its end.
  mutating func ask(
    _ filter: inout LatencyFilter, checkCancelled: () throws(HelpError) -> Void
  ) throws(HelpError) -> FeasibleBatch {
    if let generation {
      guard generation < settings.generations else { return FeasibleBatch() }
      asked = try children(&filter, checkCancelled)
    } else {
      asked = try fill(settings.population, .random, &filter, checkCancelled)
      if asked.count == 0 { throw filter.infeasible("\(settings.attempts) random ones") }
    }
    return asked
  }

  /// The accuracies of the architectures asked last, in their order.
  mutating func tell(_ accuracies: [Double]) {
    let population = parents + asked.scored(accuracies)
    parents = Array(population.sorted { $0.ranksAbove($1) }.prefix(settings.parents))
    generation = generation.map { $0 + 1 } ?? 0
    asked = FeasibleBatch()
  }

  private mutating func children(
    _ filter: inout LatencyFilter, _ checkCancelled: () throws(HelpError) -> Void
  ) throws(HelpError) -> FeasibleBatch {
    let wanted = parents.count > 1 ? settings.children - settings.mutants : 0
    let crosses = try fill(wanted, .cross, &filter, checkCancelled)
    // Parents that have become alike have few crosses that are new.
    return try crosses + fill(settings.children - crosses.count, .mutant, &filter, checkCancelled)
  }
}

// MARK: - New architectures

extension Evolver {
  private enum Origin { case random, mutant, cross }

  private mutating func propose(_ origin: Origin) -> [Int32] {
    switch origin {
    case .random: return space.randomRow(using: &random)
    case .mutant:
      let parent = parents[random.index(below: parents.count)].genes
      return space.mutated(
        parent[...], probability: settings.mutationProbability, using: &random)
    case .cross:
      let mother = random.index(below: parents.count)
      let other = random.index(below: parents.count - 1)
      let father = other < mother ? other : other + 1
      return space.crossed(
        parents[mother].genes[...], parents[father].genes[...], using: &random)
    }
  }

  /// Up to `count` new architectures under the limit, fewer after `attempts` tries in
  /// a row without one. Proposals are predicted many at once.
  private mutating func fill(
    _ count: Int, _ origin: Origin, _ filter: inout LatencyFilter,
    _ checkCancelled: () throws(HelpError) -> Void
  ) throws(HelpError) -> FeasibleBatch {
    var filled = FeasibleBatch()
    var failures = 0
    var size = count
    while filled.count < count, failures < settings.attempts {
      try checkCancelled()
      let missing = count - filled.count
      let tries = min(size, LatencyFilter.batchSize, max(settings.attempts - failures, missing))
      let made = take(tries, origin, upTo: count, into: &filled, &filter)
      failures = made > 0 ? 0 : failures + tries
      // The rarer a child is, the more are proposed at once.
      size = made > tries / 2 ? missing : min(2 * size, LatencyFilter.batchSize)
    }
    return filled
  }

  /// Makes `tries` proposals and keeps the new ones under the limit: how many.
  private mutating func take(
    _ tries: Int, _ origin: Origin, upTo count: Int, into filled: inout FeasibleBatch,
    _ filter: inout LatencyFilter
  ) -> Int {
    let before = filled.count
    let proposals = (0..<tries).map { _ in propose(origin) }.filter { !known.contains($0) }
    let batch = ArchitectureBatch(checked: proposals.flatMap { $0 }, in: space)
    for (row, latency) in zip(proposals, filter.latencies(batch)) where filled.count < count {
      if let latency, known.insert(row).inserted { filled.append(row, latency: latency) }
    }
    return filled.count - before
  }
}

extension SearchSession {
  /// One loop over the evolver's two doors.
  mutating func evolve(_ settings: SearchSettings) throws(HelpError) {
    var evolver = Evolver(space: task.space, settings: settings)
    while true {
      try checkCancelled()
      let asked = try evolver.ask(&filter) { [self] () throws(HelpError) in try checkCancelled() }
      if asked.count == 0 { return }
      evolver.tell(try score(asked))
      try finished(evolver.generation ?? 0, of: settings.generations)
    }
  }
}
