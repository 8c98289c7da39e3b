import HelpNumerics
import HelpSpaces
import Testing

@testable import HelpPredictor

@Suite struct NodeSharingTests {
  let space = NASBench201()
  let shape = NetworkShape(encoding: NASBench201().encoding, hidden: 20, references: 4)

  @Test func nodesWithFewCombinationsAreShared() {
    let sharing = NodeSharing(shape.graph, convolutions: 4)
    #expect(sharing.layers.count == 4)
    #expect(sharing.layers[0].own.isEmpty)
    #expect(sharing.layers[0].rows == 3 + 6 * 5)
    for layer in sharing.layers.dropFirst() {
      #expect(layer.own == [6, 7, 8])
      #expect(layer.rows == 1 + 3 * 5 + 2 * 25)
    }
  }

  @Test func combinationsAreNumberedOnceEach() throws {
    let sharing = NodeSharing(shape.graph, convolutions: 4)
    let node = try #require(sharing.layers[2].shared[5])
    var states = [Int](repeating: 0, count: 9)
    let rows = (0..<node.combinations).map { combination in
      node.write(combination: combination, to: &states)
      return node.row(states)
    }
    #expect(rows == Array(node.firstRow..<(node.firstRow + 25)))
  }

  /// The shortcut gives the bits of the plain forward pass.
  @Test func preparedNetworkEqualsThePlainForwardPass() {
    var random = RandomSource(seed: 12)
    let weights = (0..<shape.network.count).map { _ in Float(0.2 * random.normal()) }
    let embedding: [Float] = [0.1, 0, 1, 0.4]
    let batch = space.sample(150, using: &random)
    let prepared = PreparedNetwork(
      shape, sharing: NodeSharing(shape.graph, convolutions: 4), weights: weights,
      embedding: embedding)
    let workspace = Workspace<Float>()
    let fast = prepared.run(
      (0..<150).map { shape.graph.states(in: batch[$0]) }, in: workspace)
    weights.withUnsafeBufferPointer { weights in
      guard let base = weights.baseAddress else { return }
      let network = LatencyNetwork(shape, DualVector(base), embedding: embedding, in: workspace)
      let plain = network.forward(batch.encoded(), count: 150, in: workspace).output.value
      for row in 0..<150 { #expect(fast.row(row).pointee == plain.row(row).pointee) }
    }
    withExtendedLifetime((prepared, workspace)) {}
  }
}
