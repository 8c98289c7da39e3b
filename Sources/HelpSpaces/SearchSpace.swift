import HelpNumerics

/// A set of architectures, each a row of integer genes.
///
/// A space knows its genes' choices, its text form, and how the network reads an
/// architecture. Checking, sampling, mutation and crossover follow from the genes;
/// a space overrides them only where genes depend on each other. A new built-in
/// space is one file with a conforming type and one line in `SpaceRegistry`.
package protocol SearchSpace: Sendable {
  /// The name by which models, files and `help_space_open` know the space.
  var name: String { get }
  /// The values each gene may take, in the order they are written down.
  var genes: [Gene] { get }
  /// How a network reads an architecture.
  var encoding: ArchitectureEncoding { get }

  /// Genes from the space's own text.
  func parse(_ text: String) throws(HelpError) -> [Int32]
  /// The inverse of `parse`, for checked genes.
  func format(_ row: ArchitectureRow) -> String
  /// Multiply-accumulate operations of the whole network.
  func macs(_ row: ArchitectureRow) -> Double
  /// The space's published numbering of its architectures, if it has one.
  var numbering: (any ArchitectureNumbering)? { get }
}

/// One position of a row: its name and the values allowed there.
package struct Gene: Sendable, Equatable {
  package let name: String
  package let choices: [Int32]

  package init(name: String, choices: [Int32]) {
    self.name = name
    self.choices = choices
  }
}

/// What the encoding of an architecture means to a network.
package enum ArchitectureEncoding: Sendable, Equatable {
  /// One row of `featureCount` floats for each node of a fixed directed graph.
  case graph(ArchitectureGraph)

  /// Floats in an architecture's encoding.
  package var featureCount: Int {
    switch self {
    case .graph(let graph): graph.nodeCount * graph.nodeFeatures
    }
  }
}

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
  fileprivate func encode(_ row: ArchitectureRow, into features: UnsafeMutablePointer<Float>) {
    features.update(repeating: 0, count: nodeCount * nodeFeatures)
    for (number, node) in nodes.enumerated() {
      features[number * nodeFeatures + node.columns[state(of: number, in: row)]] = 1
    }
  }
}

/// A published order of all architectures of a space.
package protocol ArchitectureNumbering: Sendable {
  func genes(at index: Int) -> [Int32]
  func index(of row: ArchitectureRow) -> Int
}

extension SearchSpace {
  package var width: Int { genes.count }

  /// Writes the encoding of a checked row: `encoding.featureCount` floats.
  package func encode(_ row: ArchitectureRow, into features: UnsafeMutablePointer<Float>) {
    switch encoding {
    case .graph(let graph): graph.encode(row, into: features)
    }
  }

  /// Number of architectures, or nil when it exceeds `UInt64.max - 1`.
  package var count: UInt64? {
    var total: UInt64 = 1
    for gene in genes {
      let (product, overflow) = total.multipliedReportingOverflow(by: UInt64(gene.choices.count))
      if overflow || product == .max { return nil }
      total = product
    }
    return total
  }
}
