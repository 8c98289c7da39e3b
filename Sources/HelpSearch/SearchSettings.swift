import HelpNumerics
import HelpSpaces

/// How to search; the defaults are those of help_search_options_init.
package struct SearchSettings: Sendable {
  /// Raw values are the HELP_SEARCH_ constants of help.h.
  package enum Strategy: Int32, CaseIterable, Sendable {
    case auto = 0
    case evolve = 1
    case exhaustive = 2
    case candidates = 3
  }

  package var seed: UInt64 = 0
  package var strategy = Strategy.auto
  /// Architectures alive at a time, 2 to a million.
  package var population = 100
  /// Generations after the first, random one; 0 is a random search.
  package var generations = 500
  /// Share of the population that survives and breeds; always at least one
  /// architecture, and at least one place is left for a child.
  package var parentRatio = 0.25
  /// Share of the children made by mutation, the others by crossover.
  package var mutationRatio = 0.5
  /// For each gene of a mutated child.
  package var mutationProbability = 0.1
  /// Tries for one child that is under the limit and new, 1 to a billion.
  package var attempts = 10_000
  /// Rows to choose from; repeats are scored once.
  package var candidates: ArchitectureBatch?

  package init() {}

  /// The settings, or which of them cannot be used.
  package func validated() throws(HelpError) -> SearchSettings {
    try check("population", population, in: 2...1_000_000)
    try check("generations", generations, in: 0...1_000_000_000)
    try check("attempts", attempts, in: 1...1_000_000_000)
    try check("parent_ratio", parentRatio, in: 0...1)
    try check("mutation_ratio", mutationRatio, in: 0...1)
    try check("mutation_probability", mutationProbability, in: 0...1)
    try checkCandidates()
    return self
  }

  private func checkCandidates() throws(HelpError) {
    if strategy == .candidates, candidates == nil {
      throw HelpError(.argument, "strategy is HELP_SEARCH_CANDIDATES but candidates is NULL")
    }
    guard let candidates else { return }
    guard candidates.count > 0 else {
      throw HelpError(.argument, "candidate_count is 0, not at least 1")
    }
    guard strategy == .auto || strategy == .candidates else {
      throw HelpError(
        .argument, "candidates are given, but strategy is \(strategy.rawValue), which ignores them")
    }
  }
}

// MARK: - What follows from the settings

extension SearchSettings {
  /// Architectures that survive a generation.
  var parents: Int {
    let share = Int((parentRatio * Double(population)).rounded())
    return min(max(share, 1), population - 1)
  }

  /// New architectures in a generation.
  var children: Int { population - parents }

  /// Children made by mutation.
  var mutants: Int { Int((mutationRatio * Double(children)).rounded()) }

  /// Largest number of architectures that evolution scores.
  var evaluations: Int { population + generations * children }
}
