import HelpNumerics
import Testing

@testable import HelpSpaces

/// What every space of the registry must do; a new space is tested by being registered.
@Suite struct SpaceConformanceTests {
  static let names = SpaceRegistry.spaces.map(\.name)

  private func sample(_ name: String, rows: Int = 200) throws -> ArchitectureBatch {
    var random = RandomSource(seed: 7)
    let space = try SpaceRegistry.space(named: name)
    return space.sample(rows, using: &random)
  }

  @Test(arguments: names)
  func sampledRowsAreInsideAndDifferent(_ name: String) throws {
    let batch = try sample(name)
    #expect(batch.count == 200)
    #expect(batch.firstRepeat() == nil)
    _ = try ArchitectureBatch(checking: batch.genes, in: batch.space)
  }

  @Test(arguments: names)
  func sampleDependsOnTheSeedAlone(_ name: String) throws {
    let space = try SpaceRegistry.space(named: name)
    var one = RandomSource(seed: 3)
    var same = RandomSource(seed: 3)
    var other = RandomSource(seed: 4)
    let rows = space.sample(50, using: &one).genes
    #expect(rows == space.sample(50, using: &same).genes)
    #expect(rows != space.sample(50, using: &other).genes)
  }

  @Test(arguments: names)
  func textIsReadBack(_ name: String) throws {
    let batch = try sample(name)
    for row in 0..<batch.count {
      let text = batch.space.format(batch[row])
      #expect(try batch.space.parse(text) == Array(batch[row].genes))
    }
  }

  @Test(arguments: names)
  func damagedTextIsRefused(_ name: String) throws {
    let batch = try sample(name, rows: 5)
    let text = batch.space.format(batch[0])
    for bad in ["", "x", text + text, String(text.dropLast()), "x" + text, text + " "] {
      #expect(throws: HelpError.self) { _ = try batch.space.parse(bad) }
    }
  }

  @Test(arguments: names)
  func rowsOutsideAreRefusedByName(_ name: String) throws {
    let batch = try sample(name, rows: 2)
    let space = batch.space
    for (position, gene) in space.genes.enumerated() {
      for bad in [Int32.min, -1, (gene.choices.max() ?? 0) + 1, Int32.max] {
        var genes = batch.genes
        genes[space.width + position] = bad
        let error = #expect(throws: HelpError.self) {
          _ = try ArchitectureBatch(checking: genes, in: space)
        }
        #expect(error?.kind == .architecture)
        let message = try #require(error?.message)
        #expect(message.contains("row 1") && message.contains("gene \(position)"))
        #expect(message.contains("\(bad)"))
      }
    }
    #expect(throws: HelpError.self) {
      _ = try ArchitectureBatch(checking: Array(batch.genes.dropLast()), in: space)
    }
  }

  @Test(arguments: names)
  func encodingsAreFiniteDifferentAndIndependentOfTheBatch(_ name: String) throws {
    let batch = try sample(name)
    let width = batch.space.encoding.featureCount
    let all = batch.encoded()
    #expect(all.count == batch.count * width)
    #expect(all.allSatisfy { $0.isFinite })
    let last = batch.rows([batch.count - 1]).encoded()
    #expect(last == Array(all.suffix(width)))
    let rows = Set((0..<batch.count).map { Array(all[($0 * width)..<(($0 + 1) * width)]) })
    #expect(rows.count == batch.count)
  }

  @Test(arguments: names)
  func graphReadsItselfAndItsGlobalNodeReadsAll(_ name: String) throws {
    let space = try SpaceRegistry.space(named: name)
    guard case .graph(let graph) = space.encoding else { return }
    for (node, sources) in graph.nodes.map(\.sources).enumerated() {
      #expect(sources.contains(node))
      #expect(sources == sources.sorted() && Set(sources).count == sources.count)
      #expect(sources.allSatisfy { (0..<graph.nodeCount).contains($0) })
    }
    #expect(graph.nodes.last?.sources == Array(0..<graph.nodeCount))
  }

  @Test(arguments: names)
  func mutantsStayInside(_ name: String) throws {
    let batch = try sample(name)
    let space = batch.space
    var random = RandomSource(seed: 1)
    var changed = 0
    for row in 0..<batch.count {
      let parent = batch[row].genes
      let child = space.mutated(parent, probability: 0.3, using: &random)
      _ = try ArchitectureBatch(checking: child, in: space)
      changed += zip(parent, child).filter { $0 != $1 }.count
      #expect(space.mutated(parent, probability: 0, using: &random) == Array(parent))
      let all = space.mutated(parent, probability: 1, using: &random)
      for (gene, (old, new)) in zip(space.genes, zip(parent, all)) where gene.choices.count > 1 {
        #expect(old != new)
      }
    }
    let share = Double(changed) / Double(batch.count * space.width)
    #expect((0.2...0.4).contains(share))
  }

  @Test(arguments: names)
  func crossesTakeEachGeneFromAParent(_ name: String) throws {
    let batch = try sample(name)
    var random = RandomSource(seed: 2)
    var fromMother = 0
    var differing = 0
    for row in 1..<batch.count {
      let mother = batch[row - 1].genes
      let father = batch[row].genes
      let child = batch.space.crossed(mother, father, using: &random)
      for (gene, (one, other)) in zip(child, zip(mother, father)) {
        #expect(gene == one || gene == other)
        if one != other {
          differing += 1
          if gene == one { fromMother += 1 }
        }
      }
    }
    #expect((0.4...0.6).contains(Double(fromMother) / Double(differing)))
  }

  @Test(arguments: names)
  func countIsTheProductOfTheChoices(_ name: String) throws {
    let space = try SpaceRegistry.space(named: name)
    let product = space.genes.reduce(1.0) { $0 * Double($1.choices.count) }
    if let count = space.count {
      #expect(Double(count) == product)
    } else {
      #expect(product >= 0x1p64)
    }
    for gene in space.genes { #expect(Set(gene.choices).count == gene.choices.count) }
  }

  @Test(arguments: names)
  func positionsListTheSpaceInOrder(_ name: String) throws {
    let space = try SpaceRegistry.space(named: name)
    guard let count = space.count, count <= 100_000 else { return }
    let rows = (0..<Int(count)).map(space.row(atPosition:))
    #expect(Set(rows).count == rows.count)
    #expect(zip(rows, rows.dropFirst()).allSatisfy { $0.lexicographicallyPrecedes($1) })
  }

  @Test(arguments: names)
  func theWholeSpaceCanBeSampled(_ name: String) throws {
    let space = try SpaceRegistry.space(named: name)
    guard let count = space.count, count <= 100_000 else { return }
    var random = RandomSource(seed: 5)
    let batch = space.sample(Int(count), using: &random)
    #expect(batch.count == Int(count))
    #expect(batch.firstRepeat() == nil)
  }

  @Test(arguments: names)
  func costIsPositive(_ name: String) throws {
    let batch = try sample(name)
    for row in 0..<batch.count {
      let macs = batch.space.macs(batch[row])
      #expect(macs.isFinite && macs > 0)
    }
  }

  @Test func anUnknownNameListsTheKnownOnes() {
    let error = #expect(throws: HelpError.self) {
      _ = try SpaceRegistry.space(named: "nasbench301")
    }
    #expect(error?.kind == .unsupported)
    for name in Self.names { #expect(error?.message.contains(name) == true) }
  }
}
