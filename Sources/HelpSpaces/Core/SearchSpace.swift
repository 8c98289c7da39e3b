import HelpBase
import HelpJSON

/// A set of architectures, each a row of integer genes.
///
/// A space knows its genes, its text form, and how the network reads an architecture.
/// Checking, canonical rows, counting, sampling, mutation and crossover follow from the
/// genes. A new built-in space is one file with a conforming type and one line in
/// `SpaceRegistry`; a space of the user's own is a `DescribedSpace`, read from JSON.
package protocol SearchSpace: AnyObject, Sendable {
  /// The name by which models, files and `help_space_open` know the space.
  var name: String { get }
  /// In the order they are written down.
  var genes: GeneList { get }
  /// How a network reads an architecture.
  var encoding: ArchitectureEncoding { get }
  var notation: Notation { get }
  /// Whether the name alone says what the space is, as `SpaceRegistry` has it.
  var isBuiltIn: Bool { get }
  /// The costs that are sums over the genes' choices; empty where costs are computed otherwise.
  var costTables: [CostTable] { get }
  /// What a description says of costs, for `DescribedSpace` to read again; empty in built-in
  /// spaces.
  var costDescription: [JSONValue.Member] { get }

  /// Genes from the space's own text; need not be canonical, or inside the space.
  func parse(_ text: String) throws(HelpError) -> [Int32]
  /// The inverse of `parse`, for canonical genes.
  func format(_ row: ArchitectureRow) -> String
  /// Of the whole network; nil where the space cannot tell.
  func costs(_ row: ArchitectureRow) -> ArchitectureCosts?
  /// Weights of the whole network; nil where the space cannot tell.
  func parameters(_ row: ArchitectureRow) -> Double?
  /// Which of macs, parameters, activations and operations `costs` knows.
  var statedCostNames: [String] { get }
  /// Costs besides those, which a user of the space named; none in built-in spaces.
  var furtherCostNames: [String] { get }
  /// Writes the costs of `furtherCostNames` for a checked row.
  func writeFurtherCosts(_ row: ArchitectureRow, to target: UnsafeMutablePointer<Double>)
  /// The layers of a checked row's network, for JSON; nil where a space has no description of
  /// them.
  func layers(_ row: ArchitectureRow) -> [JSONValue]?
  /// Sets of genes such that every regressor and every cost is a sum of functions of one set
  /// each; none is part of another, and all genes occur.
  var interactions: [[Int]] { get }
  var regressorGroups: [RegressorGroup] { get }
  /// Writes the numbers of all groups for a checked row.
  func writeRegressors(_ row: ArchitectureRow, to target: UnsafeMutablePointer<Double>)
  /// The space's published numbering of its architectures, if it has one.
  var numbering: (any ArchitectureNumbering)? { get }
}

/// What the text of an architecture is.
package enum Notation: String, Sendable {
  case text
  case json
}

/// What the encoding of an architecture means to a network.
package enum ArchitectureEncoding: Sendable, Equatable {
  /// One row of floats for each node of a fixed directed graph.
  case graph(ArchitectureGraph)
  /// One list of floats.
  case features(FeatureList)

  /// Floats in an architecture's encoding.
  package var featureCount: Int {
    switch self {
    case .graph(let graph): graph.nodeCount * graph.nodeFeatures
    case .features(let features): features.count
    }
  }
}

/// A published order of all architectures of a space.
package protocol ArchitectureNumbering: AnyObject, Sendable {
  func genes(at index: Int) -> [Int32]
  func index(of row: ArchitectureRow) -> Int
}

extension SearchSpace {
  package var width: Int { genes.count }
  package var isBuiltIn: Bool { true }
  package var costTables: [CostTable] { [] }
  package var costDescription: [JSONValue.Member] { [] }
  package var statedCostNames: [String] { ArchitectureCosts.names }
  package var furtherCostNames: [String] { [] }
  package func writeFurtherCosts(
    _ row: ArchitectureRow, to target: UnsafeMutablePointer<Double>
  ) {}
  package func layers(_ row: ArchitectureRow) -> [JSONValue]? { nil }
  package var numbering: (any ArchitectureNumbering)? { nil }

  /// Multiply-accumulate operations of the whole network; nil where the space cannot tell.
  package func macs(_ row: ArchitectureRow) -> Double? { costs(row)?.macs }

  package func parameters(_ row: ArchitectureRow) -> Double? { costs(row)?.parameters }

  /// Names of all costs that `cost` knows.
  package var costNames: [String] { statedCostNames + furtherCostNames }

  /// The cost that is number `place` of `costNames`.
  package func cost(_ place: Int, _ row: ArchitectureRow) -> Double {
    let stated = statedCostNames
    guard place >= stated.count else {
      let numbers = costs(row)?.numbers ?? []
      return zip(ArchitectureCosts.names, numbers).first { $0.0 == stated[place] }?.1 ?? 0
    }
    var further = [Double](repeating: 0, count: furtherCostNames.count)
    further.withUnsafeMutableBufferPointer { buffer in
      if let base = buffer.baseAddress { writeFurtherCosts(row, to: base) }
    }
    return further[place - stated.count]
  }

  /// Writes the encoding of a checked row: `encoding.featureCount` floats.
  package func encode(_ row: ArchitectureRow, into features: UnsafeMutablePointer<Float>) {
    switch encoding {
    case .graph(let graph): graph.encode(row, into: features)
    case .features(let list): list.encode(row, genes, into: features)
    }
  }

  /// Whether rows of one are rows of the other, with the same meaning.
  package func isSame(as other: any SearchSpace) -> Bool {
    name == other.name && genes == other.genes && encoding == other.encoding
  }
}
