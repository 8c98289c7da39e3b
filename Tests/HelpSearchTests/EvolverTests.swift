import HelpNumerics
import HelpSpaces
import Testing

@testable import HelpSearch

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

  @Test func otherStrategiesHaveNoSteps() {
    for strategy in [SearchSettings.Strategy.exhaustive, .candidates] {
      #expect(throws: HelpError.self) {
        _ = try Evolver(settings { $0.strategy = strategy }, Host().task(limit: 20))
      }
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
