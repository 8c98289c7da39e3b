import HelpNumerics
@testable import HelpSearch
import HelpSpaces
import Testing

private func beats(_ one: ScoredArchitecture, _ other: ScoredArchitecture) -> Bool {
  one.latency <= other.latency && one.accuracy >= other.accuracy
    && (one.latency < other.latency || one.accuracy > other.accuracy)
}

/// Few different values, so that there are many ties.
private func randomItems(_ count: Int, seed: UInt64) -> [ScoredArchitecture] {
  var random = RandomSource(seed: seed)
  return (0..<count).map { number in
    ScoredArchitecture(
      genes: [Int32(number)], accuracy: Double(random.index(below: 12)),
      latency: Double(1 + random.index(below: 12)))
  }
}

@Suite struct NonDominatedSortingTests {
  @Test(arguments: 0..<20 as Range<UInt64>)
  func ranksAreThoseOfTheDefinition(_ seed: UInt64) {
    let items = randomItems(60, seed: seed)
    let ranks = nonDominatedRanks(items)
    for (place, item) in items.enumerated() {
      let above = items.indices.filter { beats(items[$0], item) }.map { ranks[$0] }
      #expect(ranks[place] == (above.max().map { $0 + 1 } ?? 0))
    }
  }

  @Test func crowdingByHand() {
    let front = [(1.0, 0.0), (2, 4), (5, 6), (9, 10)].map {
      ScoredArchitecture(genes: [], accuracy: $0.1, latency: $0.0)
    }
    let distances = crowdingDistances(front)
    #expect(distances[0] == .infinity && distances[3] == .infinity)
    #expect(abs(distances[1] - (4.0 / 8 + 6.0 / 10)) < 1e-12)
    #expect(abs(distances[2] - (7.0 / 8 + 6.0 / 10)) < 1e-12)
  }

  @Test func theFittestComeByRankThenBySpread() {
    let items = randomItems(60, seed: 3)
    let ranks = Dictionary(uniqueKeysWithValues: zip(items.map(\.genes), nonDominatedRanks(items)))
    let chosen = fittest(items, 25).map { ranks[$0.genes] ?? -1 }
    #expect(chosen == chosen.sorted())
    #expect(chosen.count == 25)
    #expect(fittest(items, 100).count == 60)
  }
}

@Suite struct ParetoFrontTests {
  @Test(arguments: 0..<20 as Range<UInt64>)
  func keepsWhatNoOtherBeats(_ seed: UInt64) {
    let items = randomItems(60, seed: seed)
    var front = ParetoFront()
    for item in items { _ = front.add(item) }
    let truth = Set(
      items.filter { item in !items.contains { beats($0, item) } }.map {
        [$0.latency, $0.accuracy]
      })
    #expect(Set(front.items.map { [$0.latency, $0.accuracy] }) == truth)
    #expect(front.items.count == truth.count)
  }

  @Test func hypervolumeByHand() {
    var front = ParetoFront()
    for (latency, accuracy) in [(1.0, 2.0), (3, 5), (6, 9), (4, 1)] {
      _ = front.add(ScoredArchitecture(genes: [], accuracy: accuracy, latency: latency))
    }
    let strips: [Double] = [2 * 1, 3 * 4, 4 * 8]
    #expect(front.hypervolume(latency: 10, accuracy: 1) == strips.reduce(0, +))
    #expect(front.hypervolume(latency: 4, accuracy: 3) == 1 * 2)
    #expect(front.hypervolume(latency: 1, accuracy: 0) == 0)
  }

  @Test func aSpreadKeepsBothEnds() {
    var front = ParetoFront()
    for number in 1...50 {
      _ = front.add(
        ScoredArchitecture(genes: [], accuracy: Double(number), latency: Double(number * number)))
    }
    let spread = front.spread(5)
    #expect(spread.count == 5)
    #expect(spread.first?.accuracy == 50 && spread.last?.accuracy == 1)
    #expect(spread.map(\.accuracy) == spread.map(\.accuracy).sorted(by: >))
    #expect(front.spread(1).map(\.accuracy) == [50])
    #expect(front.spread(2).map(\.accuracy) == [50, 1])
    #expect(front.spread(0).isEmpty)
    #expect(front.spread(60).count == 50)
  }

  /// 300 members a millisecond apart, then 20 that are ten apart.
  @Test func aSpreadDoesNotClumpWhereTheFrontIsThin() {
    var front = ParetoFront()
    let latencies = Array(1...300) + (1...20).map { 300 + 10 * $0 }
    for (number, latency) in latencies.enumerated() {
      _ = front.add(
        ScoredArchitecture(genes: [], accuracy: Double(number), latency: Double(latency)))
    }
    let spread = front.spread(20).map(\.latency)
    let gaps = zip(spread, spread.dropFirst()).map { $0 - $1 }
    #expect(spread.count == 20 && spread.first == 500 && spread.last == 1)
    // Even steps would be 499 / 19 = 26 ms.
    #expect(gaps.allSatisfy { $0 > 0 && $0 <= 60 })
  }

  @Test func infiniteAccuraciesDoNotPreventASpread() {
    var front = ParetoFront()
    for number in 0..<40 {
      let accuracy = number == 0 ? -Double.infinity : Double(number)
      _ = front.add(
        ScoredArchitecture(genes: [], accuracy: accuracy, latency: Double(1 + number)))
    }
    let spread = front.spread(14).map(\.latency)
    #expect(spread.count == 14 && spread.first == 40 && spread.last == 1)
    #expect(zip(spread, spread.dropFirst()).allSatisfy { $0 - $1 <= 6 })
  }
}

@Suite struct ParetoSearchTests {
  private func truth(limit: Double) -> [ScoredArchitecture] {
    var best = -Double.infinity
    return bruteForce(limit: limit).sorted {
      ($0.latency, -$0.accuracy) < ($1.latency, -$1.accuracy)
    }.filter { item in
      defer { best = max(best, item.accuracy) }
      return item.accuracy > best
    }.reversed()
  }

  @Test func exhaustiveFindsTheFront() throws {
    let outcome = try Host().task(limit: 30, topK: 1000).run(
      settings {
        $0.strategy = .exhaustive
        $0.objective = .pareto
      }, Host().callbacks)
    let truth = truth(limit: 30)
    #expect(outcome.found.map(\.accuracy) == truth.map(\.accuracy))
    #expect(outcome.found.map(\.latency) == truth.map(\.latency))
    #expect(outcome.report.referenceLatency == 30)
    #expect(outcome.report.referenceAccuracy == 0)
    #expect(outcome.report.hypervolume > 0)
  }

  @Test(arguments: 0..<3 as Range<UInt64>)
  func evolutionComesCloseToTheFront(_ seed: UInt64) throws {
    let host = Host()
    let outcome = try host.task(limit: 30, topK: 1000).run(
      settings {
        $0.strategy = .evolve
        $0.objective = .pareto
        $0.generations = 40
        $0.seed = seed
      }, host.callbacks)
    #expect(Set(host.rows).count == host.rows.count)
    #expect(host.rows.count <= 100 + 40 * 100)
    var front = ParetoFront()
    for item in truth(limit: 30) { _ = front.add(item) }
    let most = front.hypervolume(
      latency: 30, accuracy: outcome.report.referenceAccuracy)
    #expect(outcome.report.hypervolume > 0.99 * most)
    #expect(outcome.report.hypervolume <= most)
  }

  @Test func theReferenceCanBeChosen() throws {
    let outcome = try Host().task(limit: .infinity, topK: 10).run(
      settings {
        $0.strategy = .exhaustive
        $0.objective = .pareto
        $0.referenceLatency = 3.5
        $0.referenceAccuracy = -1
      }, Host().callbacks)
    // Only six times "none", at 3 ms and 0, is faster than the reference.
    #expect(outcome.report.hypervolume == 0.5 * 1)
  }
}
