import HelpNumerics
@testable import HelpPredictor
import HelpSpaces
import Testing

@Suite struct PreparedNetworksTests {
  static let spaces = SpaceRegistry.names

  private func outputs(
    _ networks: PreparedNetworks, _ batch: ArchitectureBatch, _ rows: Range<Int>
  ) -> [[Float]] {
    var outputs: [[Float]] = []
    networks.run(batch, rows, in: Workspace()) { output in
      outputs.append((0..<output.rows).map { output.row($0).pointee })
    }
    return outputs
  }

  /// The shortcuts give the bits of the plain forward pass, for any rows of a batch.
  @Test(arguments: spaces)
  func preparedNetworksEqualThePlainForwardPass(_ name: String) throws {
    var random = RandomSource(seed: 12)
    let space = try SpaceRegistry.space(named: name)
    let shape = NetworkShape(encoding: space.encoding, hidden: 20, references: 4)
    let weights = (0..<2).map { _ in
      (0..<shape.network.count).map { _ in Float(0.2 * random.normal()) }
    }
    let embedding: [Float] = [0.1, 0, 1, 0.4]
    let batch = space.sample(150, using: &random)
    let networks = PreparedNetworks(shape, weights: weights, embedding: embedding)
    let whole = outputs(networks, batch, 0..<150)
    #expect(whole == weights.map { plain(shape, $0, embedding, batch) })
    #expect(Set(whole[0]).count > 50)
    for rows in [0..<1, 17..<20, 149..<150, 31..<97] {
      #expect(outputs(networks, batch, rows) == whole.map { Array($0[rows]) })
    }
  }

  private func plain(
    _ shape: NetworkShape, _ weights: [Float], _ embedding: [Float], _ batch: ArchitectureBatch
  ) -> [Float] {
    let workspace = Workspace<Float>()
    return weights.withUnsafeBufferPointer { weights in
      guard let base = weights.baseAddress else { return [] }
      let network = LatencyNetwork(shape, DualVector(base), embedding: embedding, in: workspace)
      let output = network.forward(batch.encoded(), count: batch.count, in: workspace).output
      return withExtendedLifetime(workspace) {
        (0..<batch.count).map { output.value.row($0).pointee }
      }
    }
  }
}
