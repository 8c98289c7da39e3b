import HelpBase
import HelpJSON
import HelpNumerics
@testable import HelpSpaces
import Testing

/// What every space must do, those of the registry and those described in JSON; a new
/// built-in space is tested by being registered.
@Suite struct SpaceConformanceTests {
  static let names = SpaceRegistry.names + SpaceFixtures.described.keys.sorted()

  private func space(_ name: String) throws -> any SearchSpace {
    try SpaceFixtures.space(name)
  }

  private func sample(_ name: String, rows: Int = 200) throws -> ArchitectureBatch {
    var random = RandomSource(seed: 7)
    let space = try space(name)
    return space.sample(min(rows, Int(clamping: space.count ?? .max)), using: &random)
  }

  @Test(arguments: names)
  func sampledRowsAreInsideAndDifferent(_ name: String) throws {
    let batch = try sample(name)
    #expect(batch.count == min(200, Int(clamping: batch.space.count ?? .max)))
    #expect(batch.firstRepeat() == nil)
    #expect(try ArchitectureBatch(checking: batch.genes, in: batch.space).genes == batch.genes)
  }

  @Test(arguments: names)
  func sampledGenesAreDrawnOnes(_ name: String) throws {
    let batch = try sample(name)
    for row in 0..<batch.count {
      for (gene, value) in zip(batch.space.genes, batch[row].genes) {
        #expect(gene.drawn.contains(value))
      }
    }
  }

  /// Rows that differ in dead genes only are one architecture, whatever they hold there.
  @Test(arguments: names)
  func deadGenesDoNotMatter(_ name: String) throws {
    let batch = try sample(name)
    let space = batch.space
    var random = RandomSource(seed: 8)
    var changed = batch.genes
    for row in 0..<batch.count {
      for (place, gene) in space.genes.enumerated()
      where !space.genes.isAlive(place, in: batch[row].genes) {
        changed[row * space.width + place] = gene.choices[random.index(below: gene.choices.count)]
      }
    }
    #expect(!space.genes.rules.hasConditions || changed != batch.genes)
    #expect(try ArchitectureBatch(checking: changed, in: space).genes == batch.genes)
  }

  @Test(arguments: names)
  func theDescriptionSaysTheSame(_ name: String) throws {
    let space = try space(name)
    let text = try JSON.text(space.description, pretty: true)
    guard case .features = space.encoding else { return }
    // A built-in space's name is taken, so the twin gets another.
    let renamed = text.replacing("\"name\":\"\(name)\"", with: "\"name\":\"twin\"")
    let twin = try DescribedSpace(parsing: Array(renamed.utf8))
    let batch = try sample(name, rows: 50)
    #expect(twin.genes == space.genes)
    #expect(ArchitectureBatch(checked: batch.genes, in: twin).encoded() == batch.encoded())
  }

  @Test(arguments: names)
  func sampleDependsOnTheSeedAlone(_ name: String) throws {
    let space = try space(name)
    var one = RandomSource(seed: 3)
    var same = RandomSource(seed: 3)
    var other = RandomSource(seed: 4)
    let rows = space.sample(20, using: &one).genes
    #expect(rows == space.sample(20, using: &same).genes)
    #expect(rows != space.sample(20, using: &other).genes)
  }

  @Test(arguments: names)
  func textIsReadBack(_ name: String) throws {
    let batch = try sample(name, rows: 10_000)
    for row in 0..<batch.count {
      let text = batch.space.format(batch[row])
      #expect(try batch.space.parse(text) == Array(batch[row].genes))
    }
  }

  @Test(arguments: names)
  func damagedTextIsRefused(_ name: String) throws {
    let batch = try sample(name, rows: 5)
    let text = batch.space.format(batch[0])
    for bad in ["", "x", text + text, String(text.dropLast()), "x" + text, text + "|"] {
      #expect(throws: HelpError.self) { _ = try batch.space.parse(bad) }
    }
  }

  @Test(arguments: names)
  func rowsOutsideAreRefusedByName(_ name: String) throws {
    let batch = try sample(name, rows: 2)
    let space = batch.space
    for (position, gene) in space.genes.enumerated() {
      let least = gene.choices.min() ?? 0
      for bad in [Int32.min, least - 1, (gene.choices.max() ?? 0) + 1, Int32.max] {
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
    // HAT's means tell most architectures apart, other features all.
    #expect(name.hasPrefix("hat-") ? rows.count > batch.count / 2 : rows.count == batch.count)
  }

  @Test(arguments: names)
  func graphReadsItselfAndItsGlobalNodeReadsAll(_ name: String) throws {
    let space = try space(name)
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
    var (alive, changed) = (0, 0)
    let isAlive = { (gene: Int, row: ArraySlice<Int32>) in space.genes.isAlive(gene, in: row) }
    for row in 0..<batch.count {
      let parent = batch[row].genes
      let child = space.mutated(parent, probability: 0.3, using: &random)
      #expect(try ArchitectureBatch(checking: child, in: space).genes == child)
      #expect(space.mutated(parent, probability: 0, using: &random) == Array(parent))
      let all = space.mutated(parent, probability: 1, using: &random)
      for (place, gene) in space.genes.enumerated() where gene.drawn.count > 1 {
        let (old, new) = (parent[parent.startIndex + place], all[place])
        if isAlive(place, parent) && isAlive(place, all[...]) { #expect(old != new) }
        guard isAlive(place, parent), isAlive(place, child[...]) else { continue }
        alive += 1
        if old != child[place] { changed += 1 }
      }
    }
    #expect((0.2...0.4).contains(Double(changed) / Double(alive)))
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
      let child = batch.space.crossover(mother, father, using: &random)
      #expect(try ArchitectureBatch(checking: child, in: batch.space).genes == child)
      for (place, (one, other)) in zip(mother, father).enumerated() {
        let parents = [mother, father].filter { batch.space.genes.isAlive(place, in: $0) }
        guard batch.space.genes.isAlive(place, in: child[...]), parents.count == 2 else { continue }
        #expect(child[place] == one || child[place] == other)
        if one != other {
          differing += 1
          if child[place] == one { fromMother += 1 }
        }
      }
    }
    #expect((0.4...0.6).contains(Double(fromMother) / Double(differing)))
  }

  @Test(arguments: names)
  func countIsThatOfDifferentArchitectures(_ name: String) throws {
    let space = try space(name)
    let product = space.genes.reduce(1.0) { $0 * Double($1.drawn.count) }
    switch space.count {
    case nil: #expect(product >= 0x1p64)
    case let count? where !space.genes.rules.hasConditions: #expect(Double(count) == product)
    case let count?: #expect(Double(count) < product)
    }
    for gene in space.genes {
      #expect(Set(gene.choices).count == gene.choices.count)
      #expect(Set(gene.drawn).isSubset(of: gene.choices) && !gene.drawn.isEmpty)
    }
  }

  @Test(arguments: names)
  func positionsListTheSpaceInOrder(_ name: String) throws {
    let space = try space(name)
    guard let count = space.count, count <= 100_000 else { return }
    let rows = (0..<Int(count)).map(space.row(atPosition:))
    #expect(Set(rows).count == rows.count)
    #expect(rows.allSatisfy { space.genes.canonical($0) == $0 })
    // No architecture is missing: every random one is among them.
    let random = try sample(name, rows: min(200, Int(count) / 4))
    #expect(Set(rows).isSuperset(of: (0..<random.count).map { Array(random[$0].genes) }))
    if !space.genes.rules.hasConditions {
      #expect(zip(rows, rows.dropFirst()).allSatisfy { $0.lexicographicallyPrecedes($1) })
    }
  }

  @Test(arguments: names)
  func theWholeSpaceCanBeSampled(_ name: String) throws {
    let space = try space(name)
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
      let macs = try #require(batch.space.macs(batch[row]))
      #expect(macs.isFinite && macs > 0)
    }
  }

  @Test(arguments: names)
  func regressorsAreFiniteAndOfTheirCount(_ name: String) throws {
    let batch = try sample(name)
    let space = batch.space
    let count = space.regressorGroups.reduce(0) { $0 + $1.count }
    // A guard value behind each row shows whether too many are written.
    var values = [Double](repeating: .nan, count: count + 1)
    var seen: Set<[Double]> = []
    for row in 0..<batch.count {
      values.withUnsafeMutableBufferPointer { buffer in
        if let base = buffer.baseAddress { space.writeRegressors(batch[row], to: base) }
      }
      #expect(values.dropLast().allSatisfy { $0.isFinite } && values[count].isNaN)
      seen.insert(Array(values.dropLast()))
    }
    #expect(seen.count > batch.count / 2)
  }

  @Test func anUnknownNameListsTheKnownOnes() {
    let error = #expect(throws: HelpError.self) {
      _ = try SpaceRegistry.space(named: "nasbench301")
    }
    #expect(error?.kind == .unsupported)
    for name in SpaceRegistry.names { #expect(error?.message.contains(name) == true) }
  }
}
