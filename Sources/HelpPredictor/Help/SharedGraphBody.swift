import HelpNumerics
import HelpSpaces

/// Graph convolutions with the hidden states that architectures share computed beforehand.
final class SharedGraphBody: PreparedBody {
  private let graph: ArchitectureGraph
  private let sharing: NodeSharing
  /// For each network the shared states of each layer of `sharing`.
  private let tables: [[Matrix<Float>]]

  init(
    _ graph: ArchitectureGraph, _ networks: [LatencyNetwork<Float>], in memory: Workspace<Float>
  ) {
    let sharing = NodeSharing(graph, convolutions: networks.first?.shape.body.count ?? 0)
    self.graph = graph
    self.sharing = sharing
    tables = networks.map { network in
      var tables = [inputTable(graph, sharing.layers[0], in: memory)]
      for depth in 1..<sharing.layers.count {
        let sums = sharedSums(graph, sharing, depth, tables[depth - 1], in: memory)
        tables.append(network.convolve(sums, depth - 1, in: memory))
      }
      return tables
    }
  }

  func run(
    _ networks: [LatencyNetwork<Float>], _ batch: ArchitectureBatch, _ rows: Range<Int>,
    in workspace: Workspace<Float>, _ use: (LatencyNetwork<Float>, Matrix<Float>) -> Void
  ) {
    let states = rows.map { graph.states(in: batch[$0]) }
    for (network, tables) in zip(networks, tables) {
      workspace.scope { use(network, output(network, tables, states, in: workspace)) }
    }
  }

  /// The global node's output for architectures given by their nodes' states.
  private func output(
    _ network: LatencyNetwork<Float>, _ tables: [Matrix<Float>], _ states: [[Int]],
    in workspace: Workspace<Float>
  ) -> Matrix<Float> {
    var own = tables[0]  // of layer 0 nothing is computed for each architecture
    for depth in 1..<sharing.layers.count {
      let nodes = sharing.layers[depth].own
      let sums = gather(nodes, depth, tables[depth - 1], own, states, in: workspace)
      own = network.convolve(sums, depth - 1, in: workspace)
    }
    let last = tables.count - 1
    let sums = gather([graph.nodeCount - 1], tables.count, tables[last], own, states, in: workspace)
    return network.convolve(sums, last, in: workspace)
  }

  /// For each architecture, the sums that `nodes` read from the layer before `depth`.
  private func gather(
    _ nodes: [Int], _ depth: Int, _ table: Matrix<Float>, _ own: Matrix<Float>, _ states: [[Int]],
    in workspace: Workspace<Float>
  ) -> Matrix<Float> {
    let layer = sharing.layers[depth - 1]
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

extension LatencyNetwork<Float> {
  /// The convolution numbered `index` from 0, on sums over the nodes read.
  fileprivate func convolve(
    _ sums: Matrix<Float>, _ index: Int, in workspace: Workspace<Float>
  ) -> Matrix<Float> {
    layer(index, DualMatrix(sums), in: workspace).value
  }
}
