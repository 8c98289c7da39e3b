import HelpNumerics
import HelpSpaces

/// Search spaces described in JSON, for people and bindings.
package enum SpaceFile {
  package static func describe(_ space: any SearchSpace) -> JSONValue {
    [
      "name": .string(space.name),
      "width": .integer(Int64(space.width)),
      "count": count(space),
      "genes": .array(space.genes.map(gene)),
      "encoding": encoding(space.encoding),
    ]
  }

  /// An integer, or null for more than JSON's 64 signed bits hold.
  private static func count(_ space: any SearchSpace) -> JSONValue {
    space.count.flatMap(Int64.init(exactly:)).map(JSONValue.integer) ?? .null
  }

  private static func gene(_ gene: Gene) -> JSONValue {
    ["name": .string(gene.name), "choices": integers(gene.choices)]
  }

  private static func encoding(_ encoding: ArchitectureEncoding) -> JSONValue {
    switch encoding {
    case .graph(let graph):
      [
        "kind": "graph",
        "feature_count": .integer(Int64(encoding.featureCount)),
        "node_count": .integer(Int64(graph.nodeCount)),
        "node_features": .integer(Int64(graph.nodeFeatures)),
        "sources": .array(graph.nodes.map { integers($0.sources) }),
      ]
    }
  }

  private static func integers(_ values: [some BinaryInteger]) -> JSONValue {
    .array(values.map { .integer(Int64($0)) })
  }
}
