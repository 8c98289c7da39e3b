import HelpBase
import HelpPredictor
@testable import HelpSearch
import HelpSpaces
import Testing

/// A stopped search returns the reason and the best it has.
@Suite struct StoppedSearchTests {
  static let strategies: [SearchSettings.Strategy] = [.evolve, .exhaustive]

  @Test(arguments: strategies)
  func progressStops(_ strategy: SearchSettings.Strategy) throws {
    let host = Host()
    host.onProgress = { progress throws(HelpError) in
      if progress.done == 3 { throw HelpError(hostCode: -77, "enough") }
    }
    let outcome = try host.task(limit: 20).run(settings { $0.strategy = strategy }, host.callbacks)
    #expect(outcome.stop?.code == -77)
    #expect(outcome.report.generations == 3)
    #expect(outcome.found.count == 5)
    #expect(outcome.found.first?.accuracy == host.bestAccuracy)
  }

  @Test(arguments: strategies)
  func accuracyStops(_ strategy: SearchSettings.Strategy) throws {
    let host = Host()
    host.onAccuracy = { scored throws(HelpError) in
      if scored > 150 { throw HelpError(hostCode: -5, "tired") }
    }
    let outcome = try host.task(limit: .infinity).run(
      settings { $0.strategy = strategy }, host.callbacks)
    #expect(outcome.stop?.code == -5)
    #expect(outcome.found.first?.accuracy == host.bestAccuracy)
  }

  @Test(arguments: strategies)
  func cancelStops(_ strategy: SearchSettings.Strategy) throws {
    let host = Host()
    host.onProgress = { [host] progress throws(HelpError) in
      if progress.done == 2 { host.isCancelled = true }
    }
    let outcome = try host.task(limit: 20).run(settings { $0.strategy = strategy }, host.callbacks)
    #expect(outcome.stop?.kind == .cancelled)
    #expect(outcome.report.generations == 2)
    #expect(!outcome.found.isEmpty)
  }

  @Test func cancelledBeforeTheStartFindsNothing() throws {
    let host = Host()
    host.isCancelled = true
    let outcome = try host.task(limit: 20).run(settings(), host.callbacks)
    #expect(outcome.stop?.kind == .cancelled)
    #expect(outcome.found.isEmpty)
    #expect(outcome.report.predictions == 0)
  }

  @Test func aSearchForTheImpossibleCanBeCancelled() throws {
    let host = Host()
    let task = try searchTask(limit: 1, topK: 1) { batch in
      host.latencyBatches.append(batch.count)
      host.isCancelled = host.latencyBatches.count == 3
      return operationLatency(batch)
    }
    let outcome = try task.run(
      settings {
        $0.strategy = .evolve
        $0.attempts = 1_000_000_000
      }, host.callbacks)
    #expect(outcome.stop?.kind == .cancelled)
    #expect(host.latencyBatches.count == 3)
  }

  @Test func aRowLeftUnscoredIsNamed() throws {
    let host = Host()
    let task = try host.task(limit: .infinity)
    var callbacks = host.callbacks
    callbacks.accuracy = { batch throws(HelpError) in
      var values = operationAccuracy(batch)
      values[41] = .nan
      return values
    }
    let outcome = try task.run(settings { $0.strategy = .evolve }, callbacks)
    #expect(outcome.stop?.kind == .callback)
    #expect(outcome.stop?.message.contains("row 41 of 100") == true)
    #expect(outcome.found.isEmpty)
    #expect(outcome.report.evaluations == 100)
  }

  @Test func tooFewResultsAreAnError() throws {
    let host = Host()
    let callbacks = SearchCallbacks(accuracy: { _ throws(HelpError) in [1] })
    let outcome = try host.task(limit: .infinity).run(settings(), callbacks)
    #expect(outcome.stop?.kind == .callback)
  }

  @Test func infiniteAccuraciesAreRanked() throws {
    let callbacks = SearchCallbacks(accuracy: { batch throws(HelpError) in
      (0..<batch.count).map { batch[$0][0] == 2 ? .infinity : -.infinity }
    })
    let outcome = try Host().task(limit: .infinity).run(settings(), callbacks)
    #expect(outcome.found.first?.genes == [2, 0, 0, 0, 0, 0])
  }
}

@Suite struct SearchSettingsTests {
  private static let bad: [(String, @Sendable (inout SearchSettings) -> Void)] = [
    ("population is 1, not 2...1000000", { $0.population = 1 }),
    ("population is -1", { $0.population = -1 }),
    ("population is 9223372036854775807", { $0.population = .max }),
    ("generations is -1", { $0.generations = -1 }),
    ("attempts is 0", { $0.attempts = 0 }),
    ("parent_ratio is 1.5, not 0...1", { $0.parentRatio = 1.5 }),
    ("parent_ratio is 1.0000001, not 0...1", { $0.parentRatio = 1.0000001 }),
    ("parent_ratio is nan", { $0.parentRatio = .nan }),
    ("mutation_ratio is -0.1", { $0.mutationRatio = -0.1 }),
    ("mutation_probability is inf", { $0.mutationProbability = .infinity }),
    ("strategy is \"candidates\", but no candidates are given", { $0.strategy = .candidates }),
    (
      "candidates has 0 rows, not at least 1",
      { $0.candidates = ArchitectureBatch(checked: [], in: NASBench201()) }
    ),
    (
      "candidates are given, but the strategy is \"evolve\", which ignores them",
      {
        $0.strategy = .evolve
        $0.candidates = ArchitectureBatch(checked: [0, 0, 0, 0, 0, 0], in: NASBench201())
      }
    ),
  ]

  @Test(arguments: bad.indices)
  func badSettingsAreNamed(_ index: Int) {
    let (message, change) = Self.bad[index]
    let host = Host()
    let error = #expect(throws: HelpError.self) {
      _ = try host.task(limit: 5).run(settings(change), host.callbacks)
    }
    #expect(error?.kind == .argument)
    #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
  }

  @Test(arguments: [0, -1, Double.nan, -Double.infinity])
  func badLimitsAreRefused(_ limit: Double) {
    let error = #expect(throws: HelpError.self) { _ = try Host().task(limit: limit) }
    #expect(error?.message.contains("limit_ms") == true)
  }

  @Test func nothingWantedIsRefused() {
    #expect(throws: HelpError.self) { _ = try Host().task(limit: 1, topK: 0) }
  }

  @Test func hugeSettingsDoNotOverflow() throws {
    let host = Host()
    host.onProgress = { _ throws(HelpError) in throw HelpError(hostCode: -1, "stop") }
    let outcome = try host.task(limit: .infinity, topK: ArchitectureBatch.maximumRows).run(
      settings {
        $0.population = 1_000_000
        $0.generations = 1_000_000_000
        $0.attempts = 1_000_000_000
      }, host.callbacks)
    #expect(outcome.stop?.code == -1)
    #expect(!outcome.found.isEmpty)
  }
}
