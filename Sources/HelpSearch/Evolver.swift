import HelpBase
import HelpNumerics
import HelpSpaces

/// Evolution within limits, with two doors: `ask` for architectures to score, `tell` their
/// accuracies.
///
/// For the most accurate architectures it is once-for-all's (Cai et al., ICLR 2020): the best
/// `parents` of a generation survive; children are mutants of a random parent or crossovers of
/// two. For a Pareto front survival and mating are NSGA-II's (Deb et al., 2002), over the same
/// children. No architecture is asked twice: a child that is over a limit or was asked before
/// costs a try. Where crossovers become rare, mutants take their place, and where those do the
/// generation is smaller; a generation without any, after `attempts` tries, ends the search, so
/// that a small feasible region ends it too.
package struct Evolver: Sendable {
  package let task: SearchTask
  package let settings: SearchSettings
  var random: RandomSource
  /// Every architecture that was asked.
  var known: Set<[Int32]> = []
  /// Fittest first.
  var survivors: [ScoredArchitecture] = []
  var asked = FeasibleBatch()
  /// While the first population is sought.
  var nearest = NearestRows()
  /// Generations told after the first population; nil before that.
  var generation: Int?
  /// Generations since the search got on.
  var idle = 0
  var filter: SearchFilter
  var record: SearchRecord

  package init(_ settings: SearchSettings, _ task: SearchTask) throws(HelpError) {
    let settings = try settings.validated(in: task.space)
    guard settings.strategy == .auto || settings.strategy == .evolve else {
      throw HelpError(
        setting: "strategy",
        "is \"\(settings.strategy.name)\"; asking and telling is for evolution, \"evolve\" or \"auto\""
      )
    }
    guard settings.candidates == nil else {
      throw HelpError(setting: "candidates", "are given, but evolution makes its own")
    }
    self.init(checked: settings, task)
  }

  init(checked settings: SearchSettings, _ task: SearchTask) {
    self.task = task
    self.settings = settings
    random = RandomSource(seed: settings.seed)
    filter = SearchFilter(task)
    record = SearchRecord(task, settings, as: .evolve)
  }

  /// New architectures within the limits, the same until they are told; none when the search
  /// is at its end.
  package mutating func ask(
    isCancelled: () -> Bool = { false }
  ) throws(HelpError) -> FeasibleBatch {
    if asked.count > 0 || isFinished { return asked }
    let before = random
    do throws(HelpError) {
      try checkMemory(
        setting: "population", settings.population, bytes: SearchMemory.generation(of: self))
      if generation == nil { try askFirst(isCancelled) } else { try askChildren(isCancelled) }
    } catch {
      // A cancelled ask can be made again.
      for row in asked.genes { known.remove(row) }
      asked = FeasibleBatch()
      nearest = NearestRows()
      random = before
      throw error
    }
    // The end stays the end: other random numbers might find one more.
    if asked.count == 0 { random = before }
    record.evaluations += UInt64(asked.count)
    return asked
  }

  private var isFinished: Bool {
    guard let generation else { return false }
    return generation >= settings.generations
      || (settings.patience > 0 && idle >= settings.patience)
  }

  /// How many architectures wait for their accuracies.
  package var awaited: Int { asked.count }

  /// The accuracies of the architectures asked last, in their order.
  package mutating func tell(_ accuracies: [Double]) throws(HelpError) {
    guard asked.count > 0 else {
      throw HelpError(.argument, "nothing was asked since the last accuracies were told")
    }
    idle = try record.add(asked, accuracies) ? 0 : idle + 1
    let population = survivors + asked.scored(accuracies)
    survivors = fittest(of: population)
    generation = generation.map { $0 + 1 } ?? 0
    record.generations = UInt64(generation ?? 0)
    asked = FeasibleBatch()
  }

  /// Those that failed survive only where all did.
  private func fittest(of all: [ScoredArchitecture]) -> [ScoredArchitecture] {
    let scored = all.filter { !$0.hasFailed }
    let population = scored.isEmpty ? all : scored
    return switch settings.objective {
    case .accuracy: Array(population.sorted { $0.ranksAbove($1) }.prefix(settings.survivors))
    case .pareto: HelpSearch.fittest(population, settings.survivors)
    }
  }

  package var progress: SearchProgress { record.progress(of: settings.generations) }

  /// The best so far, up to `topK` of them.
  package func outcome(topK: Int) -> SearchOutcome {
    record.outcome(filter, topK: topK, stop: nil)
  }
}

extension Evolver {
  /// One loop over the two doors.
  mutating func run(_ callbacks: SearchCallbacks) -> SearchOutcome {
    do throws(HelpError) {
      while true {
        try checkCancelled(callbacks.isCancelled)
        let rows = try ask(isCancelled: callbacks.isCancelled)
        if rows.count == 0 {
          try record.checkFound()
          return outcome(topK: task.topK)
        }
        try tell(try callbacks.accuracy(rows.batch(in: task.space)))
        try callbacks.progress(progress)
      }
    } catch {
      return record.outcome(filter, topK: task.topK, stop: error)
    }
  }
}
