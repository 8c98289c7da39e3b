import HelpBase
import HelpJSON
import HelpNumerics
@testable import HelpSpaces
import Testing

/// What layers of a description cost, by hand.
@Suite struct LayerTests {
  /// A space of one gene `n` of 2 or 3 with these layers.
  private func space(_ layers: String, more: String = "") throws -> DescribedSpace {
    let text =
      #"{"name": "s", "genes": [{"name": "n", "choices": [2, 3]}], "layers": [\#(layers)]\#(more)}"#
    return try DescribedSpace(parsing: Array(text.utf8))
  }

  private func costs(_ space: any SearchSpace, _ genes: [Int32]) throws -> ArchitectureCosts {
    let batch = try ArchitectureBatch(checking: genes, in: space)
    return try #require(space.costs(batch[0]))
  }

  /// A layer, and what it costs where n is 3: multiply-accumulates, parameters, activations,
  /// operations.
  struct Example: Sendable, CustomStringConvertible {
    let layer: String
    let costs: [Double]

    init(
      _ layer: String, _ macs: Double, _ parameters: Double, _ activations: Double, _ ops: Double
    ) {
      self.layer = "{\"kind\": \(layer)}"
      costs = [macs, parameters, activations, ops]
    }

    var description: String { layer }
  }

  static let examples: [Example] = [
    Example(#""linear", "inputs": 5, "outputs": "n""#, 15, 15, 8, 1),
    // 5 x 3 weights, 3 biases, 3 scales and 3 shifts.
    Example(
      #""linear", "tokens": 7, "inputs": 5, "outputs": "n", "bias": true, "norm": true"#, 105, 24,
      56, 1),
    // Scores of 3 x 4 x 4; queries, keys, values and results of 4 x 15.
    Example(#""attention", "tokens": 4, "heads": "n", "head_size": 5"#, 480, 0, 336, 2),
    // Scores of 6 x 4 x 10; queries and results of 4 x 30, keys and values of 10 x 15.
    Example(
      #""attention", "tokens": 4, "heads": 6, "head_size": 5, "key_value_tokens": 10, "#
        + #""key_value_heads": "n""#, 2400, 0, 1020, 2),
    // 4 x 4 pixels of 9 outputs, each from 2 inputs by 3 x 3: 162 weights.
    Example(
      #""conv", "side": 7, "inputs": 6, "outputs": 9, "kernel": "n", "stride": 2, "#
        + #""groups": 3, "bias": 1"#, 2592, 171, 438, 1),
    Example(
      #""conv", "height": 2, "width": 5, "inputs": 1, "outputs": "n", "kernel": 1"#, 30, 3, 40, 1),
    Example(#""norm", "tokens": 4, "features": "n""#, 0, 6, 24, 1),
    Example(#""norm", "features": "n", "bias": false"#, 0, 3, 6, 1),
    Example(#""activation", "elements": "n""#, 0, 0, 6, 1),
    Example(#""add", "elements": "n""#, 0, 0, 9, 1),
    Example(#""embedding", "tokens": 4, "vocabulary": 100, "features": "n""#, 0, 300, 24, 1),
    // 7 x 7 pixels become 4 x 4.
    Example(#""pool", "side": 7, "channels": "n", "stride": 2"#, 0, 0, 195, 1),
    Example(#""custom", "macs": "n / 2", "operations": 5"#, 1.5, 0, 0, 5),
    Example(#""linear", "inputs": 5, "outputs": "n", "activations": "n - 2""#, 15, 15, 1, 1),
  ]

  @Test(arguments: examples)
  func costsOfEachKind(_ example: Example) throws {
    #expect(try costs(space(example.layer), [3]).numbers == example.costs)
  }

  static let values: [(String, Double)] = [
    ("1 + 2 * n", 7), ("(1 + 2) * n", 9), ("8 - n - 2", 3), ("24 / n / 2", 4), ("-2 + n", 1),
    ("- -n", 3), ("ceil(n / 2)", 2), ("floor(n / 2)", 1), ("min(n, 5, 2)", 2), ("max(1, n)", 3),
    ("2.5e1", 25), ("5e-1*n*10", 15), (" n ", 3), ("ceil(n*0.3)*8", 8), ("2-n+1", 0),
  ]

  @Test(arguments: values)
  func expressions(_ text: String, _ value: Double) throws {
    #expect(try costs(space(#"{"kind": "custom", "macs": "\#(text)"}"#), [3]).macs == value)
  }

  @Test func sizesAreNamedInAnyOrder() throws {
    let sizes = #", "sizes": {"b": "a + 1", "a": {"of": "n", "values": [10, 20]}}"#
    let space = try space(#"{"kind": "custom", "macs": "a * b"}"#, more: sizes)
    #expect(try costs(space, [2]).macs == 110)
    #expect(try costs(space, [3]).macs == 420)
  }

  static let blocks = """
    {"name": "blocks", "genes": [
       {"name": "depth", "choices": [1, 2, 3]},
       {"repeat": 3, "index": "i", "alive_if": [{"gene": "depth", "above": "{i}"}],
        "genes": [{"name": "w{i}", "choices": [4, 8]}, {"name": "op{i}", "choices": ["x", "y"]}]}],
     "layers": [
       {"kind": "linear", "inputs": 3, "outputs": "w0"},
       {"repeat": 2, "index": "i", "from": 1, "alive_if": [{"gene": "depth", "above": "{i}"}],
        "sizes": {"inputs": "w{i-1}"},
        "layers": [
          {"kind": "linear", "inputs": "inputs", "outputs": "w{i}"},
          {"kind": "custom", "macs": 1000, "alive_if": [{"gene": "op{i}", "in": ["y"]}]}]},
       {"kind": "linear", "inputs": "w0 + w1 + w2", "outputs": 10}],
     "costs": {
       "table": {"fixed": 1, "genes": {"op2": [10, 20]}},
       "product": {"expression": "depth * w0"},
       "roofline": {"each_layer": "max(macs / 100, parameters)"}}}
    """

  private func blocks() throws -> DescribedSpace {
    try DescribedSpace(parsing: Array(Self.blocks.utf8))
  }

  @Test func groupsAreWrittenOut() throws {
    let space = try blocks()
    #expect(space.genes.map { $0.name } == ["depth", "w0", "op0", "w1", "op1", "w2", "op2"])
    #expect(space.genes[1].conditions.isEmpty)
    #expect(space.genes[3].conditions == [.init(gene: 0, values: [2, 3])])
    // Dead widths are 0 in the last layer's sum: 3 x 8 and 8 x 10.
    #expect(try costs(space, [1, 8, 0, 4, 1, 4, 1]).macs == 104)
    // 3 x 8, 8 x 4, an operation "y", 4 x 8 and 20 x 10.
    #expect(try costs(space, [3, 8, 0, 4, 1, 8, 0]).macs == 1288)
  }

  @Test func furtherCosts() throws {
    let space = try blocks()
    #expect(space.furtherCostNames == ["table", "product", "roofline"])
    #expect(space.costNames == ArchitectureCosts.names + space.furtherCostNames)
    let batch = try ArchitectureBatch(
      checking: [1, 8, 0, 4, 1, 4, 1, 3, 8, 0, 4, 1, 8, 0], in: space)
    func further(_ row: Int) -> [Double] {
      (4..<7).map { space.cost($0, batch[row]) }
    }
    #expect(further(0) == [1, 8, 104])
    // Weights of 24, 32, 32 and 200; a hundredth of 1,000.
    #expect(further(1) == [11, 24, 298])
    #expect(space.cost(0, batch[0]) == 104)
  }

  /// A layer counts for each choice once, whichever genes read it make that choice.
  @Test func regressorsByChoice() throws {
    let space = try blocks()
    #expect(
      space.regressorGroups.map { $0.name } == ["costs", "cost_by_choice", "counts", "one_hot"])
    #expect(space.regressorGroups.map { $0.count } == [7, 2 * 7, 7, 15])
    let batch = try ArchitectureBatch(checking: [2, 8, 0, 8, 1, 4, 1], in: space)
    var values = [Double](repeating: .nan, count: 43)
    values.withUnsafeMutableBufferPointer { buffer in
      if let base = buffer.baseAddress { space.writeRegressors(batch[0], to: base) }
    }
    // Layers of 24, 64, 1,000 and 160.
    #expect(values[0] == 1248)
    // Choices of depth, of widths, of operations.
    let byChoice: [Double] = [0, 1064, 0, 0, 248, 0, 1000]
    #expect(Array(values[7..<14]) == byChoice)
    #expect(Array(values[21..<28]) == [0, 1, 0, 0, 2, 1, 1])
    #expect(Array(values[28...]) == [0, 1, 0, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0, 0, 0])
  }

  @Test func interactionsFollowFromLayers() throws {
    let space = try blocks()
    // depth, w0, w1, w2 meet in the last layer; operations in their own.
    #expect(space.interactions == [[0, 1, 3, 5], [0, 4], [0, 6], [2]])
  }

  @Test func tablesAloneHaveCostsByChoiceToo() throws {
    let space = try DescribedSpace(parsing: Array(SpaceFixtures.tiny.utf8))
    let names = space.regressorGroups.map { $0.name }
    #expect(names == ["costs", "cost_by_choice", "counts", "one_hot"])
    #expect(space.regressorGroups.map { $0.count } == [1, 13, 13, 13])
    let batch = try ArchitectureBatch(checking: [2, 1, 1, 24, 7], in: space)
    var values = [Double](repeating: .nan, count: 40)
    values.withUnsafeMutableBufferPointer { buffer in
      if let base = buffer.baseAddress { space.writeRegressors(batch[0], to: base) }
    }
    #expect(Array(values[..<14]) == [19, 0, 0, 7, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0])
  }

  @Test func withoutCostsThereAreCountsOnly() throws {
    let text = #"{"name": "s", "genes": [{"name": "a", "choices": [1, 2]}]}"#
    let space = try DescribedSpace(parsing: Array(text.utf8))
    #expect(space.regressorGroups.map { $0.name } == ["counts", "one_hot"])
    #expect(space.costNames.isEmpty)
  }

  @Test func aDescriptionIsReadAgain() throws {
    let space = try blocks()
    let again = try DescribedSpace(JSONReader(space.description, path: "space"))
    #expect(again.isSame(as: space))
    #expect(again.description == space.description)
    var random = RandomSource(seed: 3)
    let batch = space.sample(20, using: &random)
    for row in 0..<batch.count {
      #expect(again.costs(batch[row]) == space.costs(batch[row]))
    }
  }

  /// Sums over many genes are computed for each architecture instead of tabulated.
  @Test func manyGenesInOneLayer() throws {
    let terms = (0..<9).map { "w\($0)" }.joined(separator: " + ")
    let text = """
      {"name": "dense", "genes": [{"name": "depth", "choices": [8, 9]},
         {"repeat": 9, "index": "i", "alive_if": [{"gene": "depth", "above": "{i}"}],
          "genes": [{"name": "w{i}", "choices": [1, 2, 3]}]}],
       "layers": [{"kind": "linear", "inputs": "\(terms)", "outputs": "w8",
                   "alive_if": [{"gene": "depth", "in": [9]}]}]}
      """
    let space = try DescribedSpace(parsing: Array(text.utf8))
    #expect(try costs(space, [9, 1, 2, 3, 1, 2, 3, 1, 2, 3]).macs == 18 * 3)
    #expect(try costs(space, [8, 1, 2, 3, 1, 2, 3, 1, 2, 3]).macs == 0)
    #expect(space.interactions == [Array(0...9)])
  }
}

/// Spaces of the literature, described, against the built-in ones.
@Suite struct PublishedDescriptionTests {
  @Test(arguments: [
    ("fbnet", "fbnet"), ("ofa", "ofa-mbv3"), ("hat", "hat-wmt14-en-de"),
  ])
  func costsAreEqual(_ file: String, _ name: String) throws {
    let builtIn = try SpaceRegistry.space(named: name)
    let described = try SpaceFixtures.space("published/\(file)")
    var random = RandomSource(seed: 11)
    let rows = builtIn.sample(300, using: &random)
    let same = try ArchitectureBatch(checking: rows.genes, in: described)
    for row in 0..<rows.count {
      #expect(described.costs(same[row]) == builtIn.costs(rows[row]))
    }
  }

  /// Parameters and multiply-accumulates of the first architecture in HW-GPT-Bench's table, which
  /// counts a batch of 8 and leaves out attention's products.
  @Test func gpt() throws {
    let space = try SpaceFixtures.space("published/gpt")
    let heads: [Int32] = [4, 12, 12, 4, 4, 12, 12, 8, 4, 12]
    let ratios: [Int32] = [2, 2, 4, 4, 3, 3, 3, 4, 4, 2]
    var genes: [Int32] = [768, 10, 0]
    for (ratio, head) in zip(ratios, heads) { genes += [ratio, head] }
    genes += [2, 4, 2, 4]
    let batch = try ArchitectureBatch(checking: genes, in: space)
    let costs = try #require(space.costs(batch[0]))
    #expect(costs.parameters == 148_591_104)
    let products: Double = 2 * 1024 * 1024 * 64 * 84
    #expect(costs.macs - products == 112_602_906_624)
    // Thirteen a block, the embedding, the last normalization and the output layer.
    #expect(costs.operations == 133)
  }
}
