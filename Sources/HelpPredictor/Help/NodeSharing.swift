import HelpSpaces

/// Which hidden states architectures have in common.
///
/// After l graph convolutions a node's state depends on the nodes within l steps only. Where
/// these have few combinations, the node's states can be computed once for all
/// architectures; what is left is computed for each (NAS-Bench-201: three of nine nodes).
struct NodeSharing: Sendable {
  /// A node whose states are in the layer's table, a row for each combination.
  struct SharedNode: Sendable {
    let firstRow: Int
    /// The nodes it depends on that differ between architectures, and their state counts.
    let ancestors: [Int]
    let stateCounts: [Int]

    var combinations: Int { stateCounts.reduce(1, *) }

    /// The row for the states of all nodes.
    func row(_ states: UnsafePointer<Int>) -> Int {
      var combination = 0
      for place in ancestors.indices {
        combination = combination * stateCounts[place] + states[ancestors[place]]
      }
      return firstRow + combination
    }

    /// Writes the states that belong to a combination.
    func write(combination: Int, to states: UnsafeMutablePointer<Int>) {
      var rest = combination
      for place in ancestors.indices.reversed() {
        states[ancestors[place]] = rest % stateCounts[place]
        rest /= stateCounts[place]
      }
    }
  }

  /// The output of one convolution, or of none.
  struct Layer: Sendable {
    /// Nil for the nodes computed for each architecture.
    let shared: [SharedNode?]
    /// Those nodes, ascending, and the place of each among them.
    let own: [Int]
    let ownPlaces: [Int]
    /// Rows of the table.
    let rows: Int
  }

  /// The nodes' inputs, then the output of each convolution but the last.
  let layers: [Layer]

  /// Combinations up to which a node is shared: more would cost an adaptation too much.
  private static let maximumCombinations = 32

  init(_ graph: ArchitectureGraph, convolutions: Int) {
    var reached = graph.nodes.indices.map { node in
      graph.nodes[node].gene == nil ? Set<Int>() : [node]
    }
    var layers: [Layer] = []
    for depth in 0..<convolutions {
      if depth > 0 {
        reached = graph.nodes.map { node in
          node.sources.reduce(into: Set()) { $0.formUnion(reached[$1]) }
        }
      }
      layers.append(Layer(graph, reached, limit: Self.maximumCombinations))
    }
    self.layers = layers
  }
}

extension NodeSharing.Layer {
  fileprivate init(_ graph: ArchitectureGraph, _ reached: [Set<Int>], limit: Int) {
    var shared: [NodeSharing.SharedNode?] = []
    var own: [Int] = []
    var ownPlaces = [Int](repeating: 0, count: graph.nodeCount)
    var rows = 0
    for node in graph.nodes.indices {
      let ancestors = reached[node].sorted()
      let candidate = NodeSharing.SharedNode(
        firstRow: rows, ancestors: ancestors,
        stateCounts: ancestors.map { graph.nodes[$0].columns.count })
      if candidate.combinations <= limit {
        shared.append(candidate)
        rows += candidate.combinations
      } else {
        shared.append(nil)
        ownPlaces[node] = own.count
        own.append(node)
      }
    }
    self.shared = shared
    self.own = own
    self.ownPlaces = ownPlaces
    self.rows = rows
  }
}
