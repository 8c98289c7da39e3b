import HelpBase
import HelpNumerics
import HelpPredictor
@testable import HelpSearch
import HelpSpaces
import Testing

private func exhaustive(_ task: SearchTask) throws -> SearchOutcome {
  try task.run(settings { $0.strategy = .exhaustive }, Host().callbacks)
}

@Suite struct LimitTests {
  /// The 95 % quantile of the standard normal distribution, from tables.
  private let quantile = 1.6448536269514722

  @Test(arguments: [nil, 0.95])
  func aLimitIsOnTheUpperBound(_ confidence: Double?) throws {
    let task = try searchTask(limit: 20, topK: 20_000, deviation: 2, confidence: confidence)
    let outcome = try exhaustive(task)
    #expect(outcome.found == bruteForce(limit: 20 - 2 * quantile))
    #expect(abs(outcome.report.smallestLatency - (3 + 2 * quantile)) < 1e-12)
  }

  @Test func atOneHalfThePredictionIsLimited() throws {
    let task = try searchTask(limit: 20, topK: 20_000, deviation: 2, confidence: 0.5)
    #expect(try exhaustive(task).found == bruteForce(limit: 20))
  }

  @Test func withoutDeviationsThePredictionIsLimited() throws {
    #expect(try exhaustive(searchTask(limit: 20, topK: 20_000)).found == bruteForce(limit: 20))
    let error = #expect(throws: HelpError.self) {
      _ = try searchTask(limit: 20, topK: 1, confidence: 0.9)
    }
    #expect(error?.kind == .unsupported)
  }

  @Test(arguments: [0.4, 1, -1, Double.nan])
  func badConfidencesAreRefused(_ confidence: Double) {
    let error = #expect(throws: HelpError.self) {
      _ = try searchTask(limit: 20, topK: 1, deviation: 1, confidence: confidence)
    }
    #expect(error?.kind == .argument)
  }

  @Test func everyLimitHolds() throws {
    // The other device counts the operations that are not "none".
    let other = predictor { batch in
      (0..<batch.count).map { row in Double(batch[row].genes.count { $0 != 0 }) }
    }
    let limits = [
      try SearchLimit(.latency(LatencyBound(other, confidence: nil)), maximum: 4),
      try SearchLimit(.macs, maximum: 60e6), try SearchLimit(.parameters, maximum: 0.5e6),
    ]
    let outcome = try exhaustive(searchTask(limit: 20, limits: limits, topK: 20_000))
    let space = NASBench201()
    let expected = try bruteForce(limit: 20).filter { item in
      let costs = try #require(
        space.costs(ArchitectureBatch(checked: item.genes, in: space)[0]))
      return item.genes.count { $0 != 0 } <= 4 && costs.macs <= 60e6 && costs.parameters <= 0.5e6
    }
    #expect(outcome.found == expected)
    #expect(!expected.isEmpty && expected.count < bruteForce(limit: 20).count)
  }

  @Test func lowerEndsHold() throws {
    let device = predictor(deviation: 2)
    let limits = [
      try SearchLimit(.macs, minimum: 40e6, maximum: .infinity),
      try SearchLimit(.parameters, minimum: 0.3e6, maximum: 0.5e6),
      try SearchLimit(
        .latency(LatencyBound(device, confidence: 0.95)), minimum: 9, maximum: .infinity),
    ]
    let outcome = try exhaustive(searchTask(limit: 20, limits: limits, topK: 20_000))
    let space = NASBench201()
    let expected = try bruteForce(limit: 20).filter { item in
      let costs = try #require(
        space.costs(ArchitectureBatch(checked: item.genes, in: space)[0]))
      return costs.macs >= 40e6 && (0.3e6...0.5e6).contains(costs.parameters)
        && item.latency - 2 * quantile >= 9
    }
    #expect(outcome.found == expected)
    #expect(!expected.isEmpty && expected.count < bruteForce(limit: 20).count)
  }

  @Test(arguments: [5.0, 6, Double.infinity, -1, .nan])
  func aMinimumIsBelowTheMaximum(_ minimum: Double) {
    let error = #expect(throws: HelpError.self) {
      _ = try SearchLimit(.macs, minimum: minimum, maximum: 5)
    }
    #expect(error?.kind == .argument)
    #expect(error?.message.contains("minimum is \(minimum.brief)") == true)
  }

  @Test func theFailingMinimumIsNamed() throws {
    let limits = [try SearchLimit(.parameters, minimum: 1e9, maximum: .infinity)]
    let outcome = try exhaustive(searchTask(limit: 20, limits: limits, topK: 1))
    #expect(outcome.stop?.kind == .infeasible)
    #expect(
      outcome.stop?.message.contains("; parameters: the minimum is 1000000000, the largest seen ")
        == true)
  }

  /// A random architecture has 88 on average.
  @Test func minimaThatChanceNeverMeetsAreReached() throws {
    let sum = Predictor(
      space: FBNet(),
      function: FunctionPredictor { batch in
        (0..<batch.count).map { row in 1 + Double(batch[row].genes.reduce(0, +)) }
      }, record: .null)
    let bound = try LatencyBound(sum, confidence: nil)
    let task = try SearchTask(
      latency: bound, limit: .infinity,
      limits: [SearchLimit(.latency(bound), minimum: 160, maximum: .infinity)], topK: 1)
    var evolver = try Evolver(settings { $0.seed = 1 }, task)
    let rows = try evolver.ask()
    #expect(rows.count > 0 && rows.latencies.allSatisfy { $0 >= 160 })
  }

  @Test func theFailingLimitIsNamed() throws {
    let limits = [try SearchLimit(.parameters, maximum: 10)]
    let outcome = try exhaustive(searchTask(limit: 20, limits: limits, topK: 1))
    #expect(outcome.stop?.kind == .infeasible)
    let space = NASBench201()
    let parameters = try bruteForce(limit: 20).map { item in
      try #require(space.parameters(ArchitectureBatch(checked: item.genes, in: space)[0]))
    }
    let fewest = try #require(parameters.min()).brief
    #expect(
      outcome.stop?.message
        == "none of the 15625 architectures of nasbench201 is within the limits: limit_ms is 20, the "
        + "smallest latency seen is 3 ms (confidence 0.5); parameters: the limit is 10, the smallest "
        + "seen within the limits before it \(fewest)")
    #expect(outcome.report.smallestLatency == 3)
  }

  @Test func aLimitOfAnotherSpaceIsAMismatch() throws {
    let other = Predictor(
      space: FBNet(), function: FunctionPredictor(latency: operationLatency), record: .null)
    let limit = try SearchLimit(.latency(LatencyBound(other, confidence: nil)), maximum: 1)
    let error = #expect(throws: HelpError.self) {
      _ = try searchTask(limit: 20, limits: [limit], topK: 1)
    }
    #expect(error?.kind == .mismatch)
  }

  /// A random architecture has 88 on average, and one of 10^15 has 20.
  @Test(arguments: SearchSettings.Objective.allCases)
  func limitsThatChanceNeverMeetsAreReached(_ objective: SearchSettings.Objective) throws {
    let sum = FunctionPredictor { batch in
      (0..<batch.count).map { row in 1 + Double(batch[row].genes.reduce(0, +)) }
    }
    let predictor = Predictor(space: FBNet(), function: sum, record: .null)
    let task = try SearchTask(
      latency: LatencyBound(predictor, confidence: nil), limit: 20, topK: 1)
    var evolver = try Evolver(settings { $0.objective = objective }, task)
    let rows = try evolver.ask()
    #expect(rows.count > 0)
    #expect(rows.latencies.allSatisfy { $0 <= 20 })
    #expect(evolver.outcome(topK: 1).report.predictions <= 20_000)
  }
}
