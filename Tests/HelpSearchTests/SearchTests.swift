import HelpBase
import HelpPredictor
@testable import HelpSearch
import HelpSpaces
import Testing

@Suite struct EnumerationTests {
  @Test(arguments: [6.0, 12.5, 20, .infinity])
  func exhaustiveFindsTheBestInOrder(_ limit: Double) throws {
    let host = Host()
    let outcome = try host.task(limit: limit, topK: 40).run(
      settings { $0.strategy = .exhaustive }, host.callbacks)
    let truth = bruteForce(limit: limit)
    #expect(outcome.stop == nil)
    #expect(outcome.found == Array(truth.prefix(40)))
    #expect(outcome.report.evaluations == UInt64(truth.count))
    #expect(outcome.report.predictions == 15_625)
    #expect(outcome.report.smallestLatency == 3)
    #expect(host.latencyBatches.allSatisfy { $0 <= 1024 })
    #expect(host.progress.last?.done == host.progress.last?.total)
    #expect(host.progress.last?.best == truth.first)
  }

  @Test func moreWantedThanThereAreGivesAll() throws {
    let host = Host()
    let outcome = try host.task(limit: 3.5, topK: 20_000).run(
      settings { $0.strategy = .exhaustive }, host.callbacks)
    #expect(outcome.found == bruteForce(limit: 3.5))
    #expect(outcome.found.count == 7)
  }

  @Test func candidatesAreScoredOnce() throws {
    let host = Host()
    let rows: [[Int32]] = [
      [3, 3, 3, 3, 3, 3], [1, 1, 1, 1, 1, 1], [2, 2, 2, 2, 2, 2], [1, 1, 1, 1, 1, 1],
      [2, 2, 2, 2, 2, 2],
    ]
    let batch = ArchitectureBatch(checked: rows.flatMap { $0 }, in: NASBench201())
    let outcome = try host.task(limit: 20).run(
      settings { $0.candidates = batch }, host.callbacks)
    #expect(host.rows == [rows[1], rows[2]])
    #expect(outcome.found.map(\.genes) == [rows[2], rows[1]])
    #expect(outcome.report.predictions == 3)
    #expect(outcome.report.smallestLatency == 6)
  }

  /// They are evolution's: what is scored and found is the same, and the record says why.
  @Test(arguments: [SearchSettings.Strategy.exhaustive, .candidates])
  func patienceAndWarmStartChangeNothing(_ strategy: SearchSettings.Strategy) throws {
    let space = NASBench201()
    let rows = ArchitectureBatch(checked: (0..<3000).flatMap(space.row(atPosition:)), in: space)
    func search(_ change: (inout SearchSettings) -> Void) throws -> SearchOutcome {
      let host = Host()
      return try host.task(limit: 20).run(
        settings {
          $0.strategy = strategy
          if strategy == .candidates { $0.candidates = rows }
          change(&$0)
        }, host.callbacks)
    }
    let plain = try search { _ in }
    let other = try search {
      $0.seed = 9
      $0.patience = 1
      $0.warmStart = rows.rows([2999])
    }
    #expect(other.found == plain.found && other.report.evaluations == plain.report.evaluations)
    #expect(plain.report.strategy == strategy && other.report.strategy == strategy)
  }

  @Test func noCandidateUnderTheLimit() throws {
    let host = Host()
    let batch = ArchitectureBatch(checked: [3, 3, 3, 3, 3, 3], in: NASBench201())
    let outcome = try host.task(limit: 20).run(
      settings { $0.candidates = batch }, host.callbacks)
    #expect(outcome.stop?.kind == .infeasible)
    #expect(outcome.stop?.message.hasPrefix("none of the 1 candidates is within") == true)
    #expect(outcome.report.smallestLatency == 42)
  }

  @Test func tiesGoToTheFasterThenToTheSmallerGenes() throws {
    let task = try searchTask(limit: .infinity, topK: 4) { batch in
      (0..<batch.count).map { Double(batch[$0][0] == 4 ? 1 : 2) }
    }
    let callbacks = SearchCallbacks(accuracy: { batch throws(HelpError) in
      [Double](repeating: 0.5, count: batch.count)
    })
    let outcome = try task.run(settings { $0.strategy = .exhaustive }, callbacks)
    #expect(
      outcome.found.map(\.genes) == [
        [4, 0, 0, 0, 0, 0], [4, 0, 0, 0, 0, 1], [4, 0, 0, 0, 0, 2], [4, 0, 0, 0, 0, 3],
      ])
  }

  @Test func autoIsExhaustiveWhereThatIsCheaper() throws {
    let host = Host()
    let outcome = try host.task(limit: .infinity).run(settings(), host.callbacks)
    #expect(outcome.report.evaluations == 15_625)
    #expect(outcome.report.strategy == .exhaustive)
    let small = Host()
    let evolved = try small.task(limit: .infinity).run(
      settings { $0.generations = 3 }, small.callbacks)
    #expect(evolved.report.evaluations == 100 + 3 * 75)
  }
}

@Suite struct EvolutionTests {
  private func evolve(
    _ host: Host, limit: Double, topK: Int = 5, _ change: (inout SearchSettings) -> Void = { _ in }
  ) throws -> SearchOutcome {
    try host.task(limit: limit, topK: topK).run(
      settings {
        $0.strategy = .evolve
        change(&$0)
      }, host.callbacks)
  }

  @Test(arguments: 0..<5 as Range<UInt64>)
  func findsTheBestUnderALimit(_ seed: UInt64) throws {
    let host = Host()
    let outcome = try evolve(host, limit: 20) {
      $0.seed = seed
      $0.generations = 30
    }
    #expect(outcome.found.first == bruteForce(limit: 20).first)
    #expect(outcome.report.generations == 30)
    // A few generations of a converged population are smaller.
    #expect((2000...(100 + 30 * 75)).contains(outcome.report.evaluations))
  }

  @Test func generationsAreFullWhereChildrenAreNew() throws {
    let outcome = try evolve(Host(), limit: .infinity) {
      $0.mutationProbability = 0.5
      $0.generations = 30
    }
    #expect(outcome.report.evaluations == 100 + 30 * 75)
  }

  @Test func everyScoredRowIsNewAndUnderTheLimit() throws {
    let host = Host()
    let outcome = try evolve(host, limit: 15) { $0.generations = 20 }
    #expect(Set(host.rows).count == host.rows.count)
    #expect(outcome.report.evaluations == UInt64(host.rows.count))
    let batch = ArchitectureBatch(checked: host.rows.flatMap { $0 }, in: NASBench201())
    #expect(operationLatency(batch).allSatisfy { $0 <= 15 })
    #expect(Set(outcome.found.map(\.genes)).count == outcome.found.count)
  }

  @Test func latenciesArePredictedInBatches() throws {
    let host = Host()
    let outcome = try evolve(host, limit: 10) { $0.generations = 20 }
    #expect(host.latencyBatches.reduce(0, +) == Int(outcome.report.predictions))
    #expect(outcome.report.predictions / UInt64(host.latencyBatches.count) > 20)
    #expect(host.latencyBatches.allSatisfy { $0 <= 1024 })
  }

  @Test func equalSeedsGiveEqualSearches() throws {
    let hosts = [Host(), Host(), Host()]
    for (host, seed) in zip(hosts, [9, 9, 10] as [UInt64]) {
      _ = try evolve(host, limit: 18) {
        $0.seed = seed
        $0.generations = 10
      }
    }
    #expect(hosts[0].rows == hosts[1].rows)
    #expect(hosts[0].rows != hosts[2].rows)
  }

  @Test func aSmallFeasibleRegionEndsTheSearch() throws {
    let host = Host()
    let outcome = try evolve(host, limit: 4)
    let truth = bruteForce(limit: 4)
    #expect(truth.count == 22)
    #expect(outcome.stop == nil)
    #expect(outcome.found.first == truth.first)
    #expect(outcome.report.generations < 500)
  }

  @Test func oneFeasibleArchitectureIsFound() throws {
    let host = Host()
    let outcome = try evolve(host, limit: 3) { $0.attempts = 200_000 }
    #expect(outcome.found.map(\.genes) == [[0, 0, 0, 0, 0, 0]])
    #expect(outcome.stop == nil)
    #expect(outcome.report.evaluations == 1)
  }

  /// A limit just below all latencies, and the limit that the message names instead.
  @Test func theNamedLatencyIsFeasible() throws {
    let latency = 3.00000012345
    func search(_ limit: Double) throws -> SearchOutcome {
      let task = try searchTask(limit: limit, topK: 1) { batch in
        [Double](repeating: latency, count: batch.count)
      }
      return try task.run(settings { $0.attempts = 20 }, Host().callbacks)
    }
    let near = try #require(try search(latency - 1e-11).stop?.message)
    #expect(
      near.contains("limit_ms is 3.0000001234, the smallest latency seen is 3.0000001235 ms"))
    let round = try #require(try search(3).stop?.message)
    #expect(round.contains("limit_ms is 3, the smallest latency seen is 3.0000002 ms"))
    for named in [3.0000001235, 3.0000002] { #expect(try search(named).stop == nil) }
  }

  @Test func theWholeSpaceCanBeUsedUp() throws {
    let host = Host()
    let outcome = try evolve(host, limit: .infinity) {
      $0.population = 20_000
      $0.attempts = 100
      $0.generations = 2
    }
    #expect(outcome.stop == nil)
    #expect(outcome.report.evaluations <= 15_625)
    #expect(outcome.report.evaluations > 10_000)
  }

  @Test func infeasibleEndsAfterTheAttempts() throws {
    let host = Host()
    let outcome = try evolve(host, limit: 2.5)
    let stop = try #require(outcome.stop)
    #expect(stop.kind == .infeasible)
    #expect(
      stop.message
        == "none of 10000 architectures tried (random ones, then mutants of those that came nearest) "
        + "is within the limits: limit_ms is 2.5, the smallest latency seen is "
        + "\(outcome.report.smallestLatency.brief) ms (confidence 0.5)")
    #expect(outcome.report.predictions == 10_000)
    #expect(outcome.report.evaluations == 0)
    #expect(outcome.found.isEmpty)
    #expect(host.rows.isEmpty)
  }

  @Test(arguments: [0.0, 1.0])
  func extremeRatiosWork(_ ratio: Double) throws {
    let host = Host()
    let outcome = try evolve(host, limit: 20) {
      $0.parentRatio = ratio
      $0.mutationRatio = ratio
      $0.generations = 5
      $0.population = 10
    }
    #expect(outcome.stop == nil)
    #expect(outcome.report.generations == 5)
    #expect(outcome.report.evaluations == UInt64(10 + 5 * (ratio == 0 ? 9 : 1)))
  }

  @Test func noGenerationsIsARandomSearch() throws {
    let host = Host()
    let outcome = try evolve(host, limit: 20) { $0.generations = 0 }
    #expect(outcome.report.evaluations == 100)
    #expect(outcome.report.generations == 0)
    #expect(host.progress.map(\.done) == [0])
  }

  @Test func mutantsWithoutMutationEndTheSearch() throws {
    let host = Host()
    let outcome = try evolve(host, limit: 20) {
      $0.mutationRatio = 1
      $0.mutationProbability = 0
    }
    #expect(outcome.stop == nil)
    #expect(outcome.report.evaluations == 100)
  }

  @Test func unpredictableLatenciesAreInfeasible() throws {
    let task = try searchTask(limit: .infinity, topK: 1) { batch in
      [Double](repeating: .nan, count: batch.count)
    }
    let outcome = try task.run(settings { $0.strategy = .evolve }, Host().callbacks)
    #expect(outcome.stop?.kind == .infeasible)
    #expect(outcome.report.smallestLatency.isNaN)
  }
}
