import HelpBase
@testable import HelpSearch
import HelpSpaces
import Testing

/// Asks and tells until the end.
private func finish(_ evolver: inout Evolver, after each: (inout Evolver) throws -> Void = { _ in })
  throws
{
  while true {
    let rows = try evolver.ask()
    if rows.count == 0 { return }
    try evolver.tell(operationAccuracy(rows.batch(in: evolver.task.space)))
    try each(&evolver)
  }
}

private func evolutionSettings(
  _ objective: SearchSettings.Objective = .accuracy, generations: Int = 12
) -> SearchSettings {
  settings {
    $0.strategy = .evolve
    $0.objective = objective
    $0.generations = generations
    $0.seed = 5
  }
}

@Suite struct EvolverTests {
  @Test(arguments: SearchSettings.Objective.allCases)
  func askingAndTellingFindsWhatASearchFinds(_ objective: SearchSettings.Objective) throws {
    let settings = evolutionSettings(objective)
    let task = try Host().task(limit: 20, topK: 7)
    var evolver = try Evolver(settings, task)
    try finish(&evolver)
    let search = try task.run(settings, Host().callbacks)
    #expect(evolver.outcome(topK: 7).found == search.found)
    #expect("\(evolver.outcome(topK: 7).report)" == "\(search.report)")
    #expect(evolver.outcome(topK: 2).found.count == 2)
  }

  @Test(arguments: SearchSettings.Objective.allCases)
  func resumingAfterAnyStepChangesNothing(_ objective: SearchSettings.Objective) throws {
    let settings = evolutionSettings(objective)
    let task = try Host().task(limit: 20, topK: 7)
    var straight = try Evolver(settings, task)
    try finish(&straight)
    var resumed = try Evolver(settings, task)
    try finish(&resumed) { evolver in
      evolver = try Evolver(settings, task, resuming: evolver.state)
      _ = try evolver.ask()
      evolver = try Evolver(settings, task, resuming: evolver.state)
    }
    #expect(resumed.outcome(topK: 7).found == straight.outcome(topK: 7).found)
    #expect("\(resumed.outcome(topK: 7).report)" == "\(straight.outcome(topK: 7).report)")
  }

  @Test func askingTwiceGivesTheSame() throws {
    var evolver = try Evolver(evolutionSettings(), Host().task(limit: 20))
    let first = try evolver.ask()
    #expect(try evolver.ask().genes == first.genes)
    #expect(evolver.outcome(topK: 1).report.evaluations == 100)
  }

  @Test func aCancelledAskLosesNothing() throws {
    var evolver = try Evolver(evolutionSettings(), Host().task(limit: 8))
    var looks = 0
    let error = #expect(throws: HelpError.self) {
      _ = try evolver.ask {
        looks += 1
        return looks > 2
      }
    }
    #expect(error?.kind == .cancelled)
    var fresh = try Evolver(evolutionSettings(), Host().task(limit: 8))
    #expect(try evolver.ask().genes == fresh.ask().genes)
  }

  @Test func wrongAccuraciesLeaveItAsItWas() throws {
    var evolver = try Evolver(evolutionSettings(), Host().task(limit: 20))
    #expect(throws: HelpError.self) { try evolver.tell([1]) }
    let rows = try evolver.ask()
    #expect(throws: HelpError.self) { try evolver.tell([1]) }
    #expect(throws: HelpError.self) {
      try evolver.tell([Double](repeating: .nan, count: rows.count))
    }
    #expect(try evolver.ask().genes == rows.genes)
    #expect(evolver.outcome(topK: 1).found.isEmpty)
  }

  @Test func stagnationEndsTheSearch() throws {
    let host = Host()
    let outcome = try host.task(limit: 20).run(
      settings {
        $0.strategy = .evolve
        $0.patience = 5
      }, host.callbacks)
    let progress = host.progress.compactMap(\.best?.accuracy)
    #expect(outcome.report.generations < 100)
    #expect(Set(progress.suffix(6)).count == 1)
    #expect(progress.dropLast(6).last.map { $0 < progress.last ?? 0 } == true)
  }

  @Test func aWarmStartComesFirst() throws {
    let best = bruteForce(limit: 20).prefix(3).map(\.genes)
    let slow: [Int32] = [3, 3, 3, 3, 3, 3]
    var settings = evolutionSettings()
    settings.warmStart = ArchitectureBatch(
      checked: (best + [slow] + best).flatMap { $0 }, in: NASBench201())
    var evolver = try Evolver(settings, Host().task(limit: 20))
    let rows = try evolver.ask()
    #expect(Array(rows.genes.prefix(3)) == best)
    #expect(rows.count == 100)
    #expect(!rows.genes.contains(slow))
  }

  @Test func aWarmStartLargerThanThePopulationIsCut() throws {
    let best = bruteForce(limit: 20).prefix(3000).map(\.genes)
    var settings = evolutionSettings()
    settings.population = 10
    settings.warmStart = ArchitectureBatch(checked: best.flatMap { $0 }, in: NASBench201())
    let host = Host()
    var evolver = try Evolver(settings, host.task(limit: 20))
    #expect(try evolver.ask().genes == Array(best.prefix(10)))
    #expect(host.latencyBatches.count == 1)
  }

  @Test func aWarmStartOverTheLimitLeavesRandomRows() throws {
    var settings = evolutionSettings()
    settings.warmStart = ArchitectureBatch(checked: [3, 3, 3, 3, 3, 3], in: NASBench201())
    var evolver = try Evolver(settings, Host().task(limit: 20))
    var plain = try Evolver(evolutionSettings(), Host().task(limit: 20))
    #expect(try evolver.ask().genes == plain.ask().genes)
  }

  @Test func otherStrategiesHaveNoSteps() {
    for strategy in [SearchSettings.Strategy.exhaustive, .candidates] {
      #expect(throws: HelpError.self) {
        _ = try Evolver(settings { $0.strategy = strategy }, Host().task(limit: 20))
      }
    }
  }
}

/// New children are sought as long as that pays.
@Suite struct ChildrenTests {
  private func evolver(
    limit: Double, _ host: Host = Host(), _ change: (inout SearchSettings) -> Void
  ) throws -> Evolver {
    var settings = evolutionSettings()
    change(&settings)
    return try Evolver(settings, host.task(limit: limit))
  }

  @Test func theEndStaysTheEnd() throws {
    for seed in 0..<20 as Range<UInt64> {
      var evolver = try evolver(limit: 20) {
        $0.seed = seed
        $0.population = 10
        $0.generations = 1000
        $0.attempts = 100
      }
      try finish(&evolver)
      let report = evolver.outcome(topK: 5).report
      #expect(report.generations < 1000)
      for _ in 0..<10 { #expect(try evolver.ask().count == 0) }
      #expect(evolver.outcome(topK: 5).report.evaluations == report.evaluations)
    }
  }

  /// 22 architectures are within the limit: soon each child is known.
  @Test func aUsedUpRegionCostsFewTries() throws {
    let host = Host()
    var evolver = try evolver(limit: 4, host) {
      $0.population = 40
      $0.attempts = 3000
    }
    _ = try evolver.ask()
    let first = evolver.outcome(topK: 30).report.predictions
    try finish(&evolver)
    let report = evolver.outcome(topK: 30).report
    #expect(report.evaluations <= 22)
    // Crosses and mutants of each generation, again after each that is new; once `attempts`.
    let rounds = 2 * (report.generations + 1) + report.evaluations
    #expect(report.predictions - first <= rounds * UInt64(4 * evolver.settings.children) + 3000)
  }

  @Test func mutantsTakeTheCrossesPlace() throws {
    // One survivor has nobody to be crossed with.
    var evolver = try evolver(limit: .infinity) {
      $0.parentRatio = 0
      $0.mutationRatio = 0
      $0.population = 10
    }
    for expected in [10, 9, 9] {
      let rows = try evolver.ask()
      #expect(rows.count == expected)
      try evolver.tell(operationAccuracy(rows.batch(in: NASBench201())))
    }
    #expect(evolver.survivors.count == 1)
  }

  @Test(arguments: SearchSettings.Objective.allCases)
  func aPopulationOfTwoEvolves(_ objective: SearchSettings.Objective) throws {
    for ratio in [0.0, 1] {
      var evolver = try evolver(limit: 20) {
        $0.objective = objective
        $0.population = 2
        $0.parentRatio = ratio
        $0.mutationRatio = ratio
      }
      try finish(&evolver)
      #expect(evolver.outcome(topK: 1).report.generations == 12)
    }
  }

  @Test func oneTryIsEnoughWhereAllIsAllowed() throws {
    var evolver = try evolver(limit: .infinity) { $0.attempts = 1 }
    #expect(try evolver.ask().count > 90)
  }

  @Test func infiniteAccuraciesHaveAFront() throws {
    var evolver = try evolver(limit: .infinity) { $0.objective = .pareto }
    while true {
      let rows = try evolver.ask()
      if rows.count == 0 { break }
      try evolver.tell(rows.genes.map { [-.infinity, 1, 2, .infinity, 3][Int($0[0])] })
    }
    let outcome = evolver.outcome(topK: 5)
    #expect(outcome.report.hypervolume == .infinity)
    #expect(outcome.found.first?.accuracy == .infinity)
    #expect(crowdingDistances(evolver.survivors).allSatisfy { !$0.isNaN })
  }

  /// Cells that begin with "none" fail; one of them is the fastest of all.
  @Test(arguments: SearchSettings.Objective.allCases)
  func whatFailsIsNeitherFoundNorKept(_ objective: SearchSettings.Objective) throws {
    var evolver = try evolver(limit: .infinity) { $0.objective = objective }
    while true {
      let rows = try evolver.ask()
      if rows.count == 0 { break }
      try evolver.tell(rows.genes.map { $0[0] == 0 ? -.infinity : Double($0[0] + $0[1]) })
      #expect(evolver.survivors.allSatisfy { $0.genes[0] != 0 })
    }
    let outcome = evolver.outcome(topK: 5)
    #expect(!outcome.found.isEmpty && outcome.found.allSatisfy { $0.genes[0] != 0 })
    if objective == .pareto {
      #expect(outcome.report.hypervolume.isFinite && outcome.report.hypervolume > 0)
      #expect(outcome.report.referenceAccuracy == 1)
    }
  }
}

@Suite struct PresetTests {
  @Test(arguments: [SearchSettings.Preset.onceForAll, .hat])
  func aGenerationIsThePublishedOne(_ preset: SearchSettings.Preset) throws {
    let settings = SearchSettings(preset: preset)
    #expect(settings.survivors == 25)
    #expect(settings.mutants == 50)
    #expect(settings.children - settings.mutants == 50)
  }
}
