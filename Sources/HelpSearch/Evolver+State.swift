import HelpBase
import HelpNumerics
import HelpSpaces

/// All that changes in an evolver, to be stored and taken up again.
package struct EvolverState: Sendable {
  package var random: [UInt64] = []
  package var known: [[Int32]] = []
  package var survivors: [ScoredArchitecture] = []
  package var asked = FeasibleBatch()
  package var kept: [ScoredArchitecture] = []
  package var generation: Int?
  package var idle = 0
  package var evaluations: UInt64 = 0
  package var predictions: UInt64 = 0
  package var smallestLatency = Double.nan
  package var slowest = Double.nan
  package var leastAccurate = Double.nan

  package init() {}
}

extension Evolver {
  /// Equal searches have equal states: what has no order is sorted.
  package var state: EvolverState {
    var state = EvolverState()
    state.random = random.words
    state.known = known.sorted { $0.lexicographicallyPrecedes($1) }
    state.survivors = survivors
    state.asked = asked
    state.kept = record.items
    state.generation = generation
    state.idle = idle
    state.evaluations = record.evaluations
    state.predictions = filter.predictions
    state.smallestLatency = filter.smallest
    state.slowest = record.slowest
    state.leastAccurate = record.leastAccurate
    return state
  }

  /// An evolver that continues from where `state` was taken.
  package init(
    _ settings: SearchSettings, _ task: SearchTask, resuming state: EvolverState
  ) throws(HelpError) {
    try self.init(settings, task)
    random = RandomSource(words: state.random)
    known = Set(state.known)
    survivors = state.survivors
    asked = state.asked
    generation = state.generation
    idle = state.idle
    for item in state.kept { record.keep(item) }
    record.evaluations = state.evaluations
    record.generations = UInt64(generation ?? 0)
    filter.predictions = state.predictions
    filter.smallest = state.smallestLatency
    record.slowest = state.slowest
    record.leastAccurate = state.leastAccurate
  }
}
