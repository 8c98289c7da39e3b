import HelpBase
import HelpSpaces

/// How to search; the defaults are those of help_search_options_init.
package struct SearchSettings: Sendable {
  /// Raw values are the HELP_SEARCH_ constants of help.h.
  package enum Strategy: Int32, CaseIterable, Sendable {
    case auto = 0
    case evolve = 1
    case exhaustive = 2
    case candidates = 3

    /// For messages.
    var name: String {
      switch self {
      case .auto: "auto"
      case .evolve: "evolve"
      case .exhaustive: "exhaustive"
      case .candidates: "candidates"
      }
    }
  }

  /// Raw values are the HELP_OBJECTIVE_ constants of help.h.
  package enum Objective: Int32, CaseIterable, Sendable {
    case accuracy = 0
    case pareto = 1
  }

  package var seed: UInt64 = 0
  package var strategy = Strategy.auto
  package var objective = Objective.accuracy
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
  package var mutationProbability = 0.05
  /// Tries for one child that is within the limits and new, 1 to a billion.
  package var attempts = 10_000
  /// Generations in a row that may pass without getting on before evolution ends; 0 for no end.
  package var patience = 0
  /// Rows that the first population begins with.
  package var warmStart: ArchitectureBatch?
  /// Of the hypervolume; NaN is the limit, or the slowest scored where there is none, and the
  /// least accurate scored.
  package var referenceLatency = Double.nan
  package var referenceAccuracy = Double.nan
  /// Rows to choose from; repeats are scored once.
  package var candidates: ArchitectureBatch?

  package init() {}

  /// Of generations and tries.
  package static let maximumCount = 1_000_000_000

  /// The settings, or which of them cannot be used.
  package func validated(in space: any SearchSpace) throws(HelpError) -> SearchSettings {
    try check(setting: "population", population, in: 2...1_000_000)
    try check(setting: "generations", generations, in: 0...Self.maximumCount)
    try check(setting: "attempts", attempts, in: 1...Self.maximumCount)
    try check(setting: "patience", patience, in: 0...Self.maximumCount)
    try check(setting: "parent_ratio", parentRatio, in: 0...1)
    try check(setting: "mutation_ratio", mutationRatio, in: 0...1)
    try check(setting: "mutation_probability", mutationProbability, in: 0...1)
    try checkReference("reference_latency_ms", referenceLatency)
    try checkReference("reference_accuracy", referenceAccuracy)
    try checkSpace(of: warmStart, "warm_start", space)
    try checkSpace(of: candidates, "candidates", space)
    try checkCandidates()
    return self
  }

  private func checkReference(_ argument: String, _ value: Double) throws(HelpError) {
    guard !value.isInfinite else {
      throw HelpError(
        setting: argument, "is \(value.brief), not finite, or NaN for the default")
    }
  }

  private func checkSpace(
    of rows: ArchitectureBatch?, _ argument: String, _ space: any SearchSpace
  ) throws(HelpError) {
    if let rows, !rows.space.isSame(as: space) {
      throw HelpError(
        .mismatch, setting: argument,
        "has rows of \(rows.space.name), the predictor is of \(space.name)")
    }
  }

  private func checkCandidates() throws(HelpError) {
    if strategy == .candidates, candidates == nil {
      throw HelpError(setting: "strategy", "is \"candidates\", but no candidates are given")
    }
    guard let candidates else { return }
    guard candidates.count > 0 else {
      throw HelpError(setting: "candidates", "has 0 rows, not at least 1")
    }
    guard strategy == .auto || strategy == .candidates else {
      throw HelpError(
        setting: "candidates",
        "are given, but the strategy is \"\(strategy.name)\", which ignores them")
    }
  }
}

// MARK: - What follows from the settings

extension SearchSettings {
  /// Architectures that survive a generation: the parents of the next, or with NSGA-II the
  /// whole population.
  var survivors: Int {
    if objective == .pareto { return population }
    let share = Int((parentRatio * Double(population)).rounded())
    return min(max(share, 1), population - 1)
  }

  /// New architectures in a generation.
  package var children: Int { objective == .pareto ? population : population - survivors }

  /// Most architectures that evolution asks for at once.
  package var largestBatch: Int { max(population, children) }

  /// Children made by mutation.
  var mutants: Int { Int((mutationRatio * Double(children)).rounded()) }

  /// Largest number of architectures that evolution scores.
  var evaluations: Int { population + generations * children }
}

// MARK: - Presets

extension SearchSettings {
  /// Raw values are the HELP_PRESET_ constants of help.h.
  package enum Preset: Int32, CaseIterable, Sendable {
    case standard = 0
    case onceForAll = 1
    case hat = 2
  }

  /// The settings of published searches. Their populations keep 25 parents beside 100 children.
  package init(preset: Preset) {
    self.init()
    guard preset != .standard else { return }
    strategy = .evolve
    population = 125
    parentRatio = 0.2
    generations = preset == .hat ? 30 : 500
    mutationProbability = preset == .hat ? 0.3 : 0.1
  }
}
