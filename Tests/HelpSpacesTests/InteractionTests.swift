import HelpNumerics
@testable import HelpSpaces
import Testing

/// Regressors and costs are sums of functions of the declared sets of genes: a decomposition that
/// knows only architectures that differ from one anchor within a set gives them exactly.
@Suite struct InteractionTests {
  static let names = SpaceRegistry.names + SpaceFixtures.described.keys.sorted()

  @Test(arguments: names)
  func setsCoverAllGenes(_ name: String) throws {
    let space = try SpaceFixtures.space(name)
    let sets = space.interactions
    #expect(Set(sets.flatMap { $0 }) == Set(space.genes.indices))
    for (number, set) in sets.enumerated() {
      #expect(set == set.sorted())
      for (other, larger) in sets.enumerated() where other != number {
        #expect(!Set(set).isSubset(of: larger))
      }
    }
  }

  @Test(arguments: names)
  func everythingIsASumOverTheSets(_ name: String) throws {
    let space = try SpaceFixtures.space(name)
    var random = RandomSource(seed: 21)
    let batch = space.sample(4, using: &random)
    var decomposition = Decomposition(space, anchor: Array(batch[0].genes))
    for row in 1..<batch.count {
      let genes = Array(batch[row].genes)
      for (value, sum) in zip(decomposition.values(genes), decomposition.sum(genes)) {
        #expect(abs(value - sum) <= 1e-9 * max(abs(value), 1), "\(value) is not \(sum)")
      }
    }
  }

  /// The test can fail: with one set fewer the sum is another.
  @Test func aMissingSetShows() throws {
    let space = OFAMobileNetV3()
    var random = RandomSource(seed: 21)
    let batch = space.sample(2, using: &random)
    var decomposition = Decomposition(space, anchor: Array(batch[0].genes))
    decomposition.sets.removeFirst()
    let genes = Array(batch[1].genes)
    #expect(
      zip(decomposition.values(genes), decomposition.sum(genes)).contains {
        abs($0 - $1) > 1e-9 * max(abs($0), 1)
      })
  }
}

/// f = Σ_k g_k, with g_k what the sums before it leave of f, the genes outside set k at the anchor.
private struct Decomposition {
  let space: any SearchSpace
  let anchor: [Int32]
  var sets: [[Int]]
  private var parts: [[Int32]: [Double]] = [:]

  init(_ space: any SearchSpace, anchor: [Int32]) {
    self.space = space
    self.anchor = anchor
    sets = space.interactions
  }

  /// Regressors and costs.
  func values(_ genes: [Int32]) -> [Double] {
    let row = ArchitectureRow(genes: space.genes.canonical(genes)[...])
    var values = [Double](repeating: 0, count: space.regressorGroups.reduce(0) { $0 + $1.count })
    values.withUnsafeMutableBufferPointer { buffer in
      if let base = buffer.baseAddress { space.writeRegressors(row, to: base) }
    }
    return values + space.costNames.indices.map { space.cost($0, row) }
  }

  mutating func sum(_ genes: [Int32]) -> [Double] { sum(of: sets.count, genes) }

  /// Of the first parts.
  private mutating func sum(of count: Int, _ genes: [Int32]) -> [Double] {
    var total = [Double](repeating: 0, count: values(anchor).count)
    for number in 0..<count {
      for (place, value) in part(number, genes).enumerated() { total[place] += value }
    }
    return total
  }

  private mutating func part(_ number: Int, _ genes: [Int32]) -> [Double] {
    var anchored = anchor
    for gene in sets[number] { anchored[gene] = genes[gene] }
    let key = [Int32(number)] + anchored
    if let known = parts[key] { return known }
    let before = sum(of: number, anchored)
    let part = zip(values(anchored), before).map { $0 - $1 }
    parts[key] = part
    return part
  }
}
