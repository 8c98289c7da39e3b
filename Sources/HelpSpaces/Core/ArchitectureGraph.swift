/// A directed graph whose last node, the global node, reads all others. An architecture
/// decides the states of some nodes; the edges are the same for all.
package struct ArchitectureGraph: Sendable, Equatable {
  package struct Node: Sendable, Equatable {
    /// Nodes this one reads, itself included, ascending.
    package let sources: [Int]
    /// The gene whose value, from 0 on, is the node's state; nil for a node with one state.
    package let gene: Int?
    /// The feature that is 1 in each state; the others are 0.
    package let columns: [Int]
  }

  package let nodes: [Node]
  /// Floats that describe a node.
  package let nodeFeatures: Int

  package var nodeCount: Int { nodes.count }

  /// A node's state in a checked architecture.
  package func state(of node: Int, in row: ArchitectureRow) -> Int {
    nodes[node].gene.map { Int(row[$0]) } ?? 0
  }

  /// The states of all nodes.
  package func states(in row: ArchitectureRow) -> [Int] {
    nodes.indices.map { state(of: $0, in: row) }
  }

  /// One row of `nodeFeatures` floats for each node.
  func encode(_ row: ArchitectureRow, into features: UnsafeMutablePointer<Float>) {
    features.update(repeating: 0, count: nodeCount * nodeFeatures)
    for (number, node) in nodes.enumerated() {
      features[number * nodeFeatures + node.columns[state(of: number, in: row)]] = 1
    }
  }
}
