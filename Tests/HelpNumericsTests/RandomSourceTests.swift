import HelpBase
@testable import HelpNumerics
import Testing

@Suite struct RandomSourceTests {
  @Test func equalSeedsGiveEqualStreams() {
    var a = RandomSource(seed: 42)
    var b = RandomSource(seed: 42)
    var c = RandomSource(seed: 43)
    let first = (0..<8).map { _ in a.next() }
    #expect(first == (0..<8).map { _ in b.next() })
    #expect(first != (0..<8).map { _ in c.next() })
  }

  @Test func streamsOfOneSeedDiffer() {
    var seen: Set<UInt64> = []
    for stream in 0..<100 {
      var random = RandomSource(seed: 1, stream: UInt64(stream))
      seen.insert(random.next())
    }
    #expect(seen.count == 100)
  }

  @Test func sampleHasNoRepeatsAndReachesEverything() {
    var random = RandomSource(seed: 2)
    #expect(random.sample(10, below: 10).sorted() == Array(0..<10))
    let some = random.sample(5, below: 1000)
    #expect(Set(some).count == 5 && some.allSatisfy((0..<1000).contains))
  }

  @Test func normalsHaveTheirMoments() {
    var random = RandomSource(seed: 3)
    let draws = (0..<40_000).map { _ in random.normal() }
    let mean = draws.reduce(0, +) / 40_000
    let variance = draws.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 40_000
    #expect(abs(mean) < 0.02 && abs(variance - 1) < 0.03)
  }

  /// `random.seed(88); l = list(range(10)); random.shuffle(l)` in CPython 3.11.
  @Test func mersenneTwisterReplaysPython() {
    var generator = MersenneTwister(pythonSeed: 88)
    #expect(generator.pythonShuffle(count: 10) == pythonShuffleOfTen)
  }
}

@Suite struct ParallelTests {
  @Test(arguments: [1, 2, 3, 7, 50])
  func everyItemRunsOnce(threads: Int) {
    let slots = ResultSlots<Int>(count: 20)
    concurrently(20, threads: threads) { item, worker in
      slots[item] = (slots[item] ?? 0) + item * item
      #expect(worker < threads)
    }
    #expect((0..<20).allSatisfy { slots[$0] == $0 * $0 })
  }
}

@Suite struct AdamTests {
  /// The first step of Adam is the rate in the gradient's direction.
  @Test func firstStepIsTheRate() {
    var parameters: [Float] = [1, -2, 3]
    var adam = Adam<Float>(count: 3)
    adam.step(&parameters, gradient: [5, -0.001, 0], rate: 0.01)
    #expect(abs(parameters[0] - 0.99) < 1e-5)
    #expect(abs(parameters[1] + 1.99) < 1e-4)
    #expect(parameters[2] == 3)
  }
}

private let pythonShuffleOfTen = [8, 2, 9, 4, 0, 7, 1, 5, 3, 6]
