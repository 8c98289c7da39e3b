import HelpNumerics
import HelpSpaces

/// A network ready for prediction: weights packed for the kernels, and the hidden states
/// that architectures share computed, in memory of its own.
///
/// Gives the bits that `LatencyNetwork.forward` gives.
final class PreparedNetwork: @unchecked Sendable {
  // Written in init only.
  private let network: LatencyNetwork<Float>
  private let sharing: NodeSharing
  /// The shared states of each layer of `sharing`.
  private let tables: [Matrix<Float>]
  private let memory: Workspace<Float>

  /// Architectures to run through all layers together: their activations fit the second cache.
  static let blockSize = 64

  init(
    _ shape: NetworkShape, sharing: NodeSharing, weights: [Float], embedding: [Float]
  ) {
    let memory = Workspace<Float>()
    let copy = memory.take(weights.count)
    copy.update(from: weights, count: weights.count)
    let network = LatencyNetwork(shape, DualVector(copy), embedding: embedding, in: memory)
    var tables = [inputTable(shape.graph, sharing.layers[0], in: memory)]
    for depth in 1..<sharing.layers.count {
      let sums = sharedSums(shape.graph, sharing, depth, tables[depth - 1], in: memory)
      tables.append(network.convolve(sums, depth - 1, in: memory))
    }
    self.memory = memory
    self.network = network
    self.sharing = sharing
    self.tables = tables
  }

  /// Normalised latencies of architectures given by their nodes' states, one below the other.
  func run(_ states: [[Int]], in workspace: Workspace<Float>) -> Matrix<Float> {
    // The network and the tables are pointers into `memory`, which must outlive their use.
    withExtendedLifetime((memory, workspace)) {
      var own = tables[0]  // of layer 0 nothing is computed for each architecture
      for depth in 1..<sharing.layers.count {
        let nodes = sharing.layers[depth].own
        let sums = gather(nodes, depth, own, states, in: workspace)
        own = network.convolve(sums, depth - 1, in: workspace)
      }
      let sums = gather(
        [network.shape.graph.nodeCount - 1], tables.count, own, states, in: workspace)
      let nodes = network.convolve(sums, tables.count - 1, in: workspace)
      return network.head(DualMatrix(nodes), in: workspace).output.value
    }
  }

  /// For each architecture, the sums that `nodes` read from the layer before `depth`.
  private func gather(
    _ nodes: [Int], _ depth: Int, _ own: Matrix<Float>, _ states: [[Int]],
    in workspace: Workspace<Float>
  ) -> Matrix<Float> {
    let graph = network.shape.graph
    let layer = sharing.layers[depth - 1]
    let table = tables[depth - 1]
    let sums = workspace.matrix(states.count * nodes.count, table.columns)
    sums.clear()
    for (architecture, states) in states.enumerated() {
      states.withUnsafeBufferPointer { states in
        guard let states = states.baseAddress else { return }
        for (place, node) in nodes.enumerated() {
          let sum = sums.row(architecture * nodes.count + place)
          for source in graph.nodes[node].sources {
            let row =
              layer.shared[source].map { table.row($0.row(states)) }
              ?? own.row(architecture * layer.own.count + layer.ownPlaces[source])
            Float.add(table.columns, row, to: sum)
          }
        }
      }
    }
    return sums
  }
}

/// The one-hot inputs of every node in every state.
private func inputTable(
  _ graph: ArchitectureGraph, _ layer: NodeSharing.Layer, in memory: Workspace<Float>
) -> Matrix<Float> {
  let table = memory.matrix(layer.rows, graph.nodeFeatures)
  table.clear()
  for (node, shared) in zip(graph.nodes, layer.shared) {
    guard let shared else { continue }
    for (state, column) in node.columns.enumerated() {
      table.row(shared.firstRow + state)[column] = 1
    }
  }
  return table
}

/// What the shared nodes of a layer read from the table before it, for every combination.
private func sharedSums(
  _ graph: ArchitectureGraph, _ sharing: NodeSharing, _ depth: Int, _ table: Matrix<Float>,
  in memory: Workspace<Float>
) -> Matrix<Float> {
  let layer = sharing.layers[depth]
  let sums = memory.matrix(layer.rows, table.columns)
  sums.clear()
  var states = [Int](repeating: 0, count: graph.nodeCount)
  for (node, shared) in zip(graph.nodes, layer.shared) {
    guard let shared else { continue }
    for combination in 0..<shared.combinations {
      shared.write(combination: combination, to: &states)
      let sum = sums.row(shared.firstRow + combination)
      for source in node.sources {
        // What a shared node reads depends on no more than it does, so it is shared.
        guard let source = sharing.layers[depth - 1].shared[source] else { continue }
        Float.add(table.columns, table.row(source.row(states)), to: sum)
      }
    }
  }
  return sums
}

extension LatencyNetwork {
  /// The convolution numbered `index` from 0, on sums over the nodes read.
  fileprivate func convolve(
    _ sums: Matrix<Scalar>, _ index: Int, in workspace: Workspace<Scalar>
  ) -> Matrix<Scalar> {
    workspace.product(
      DualMatrix(sums), convolutions[index],
      bias: parameters.vector(shape.convolutions[index].bias), rectify: true
    ).value
  }
}
