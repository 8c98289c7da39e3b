import HelpJSON

/// Search spaces as JSON, for people and bindings; `DescribedSpace` reads it.
extension SearchSpace {
  /// What a model file says of its space: the name of a built-in one, else all of it.
  package var reference: JSONValue {
    isBuiltIn ? .string(name) : .object(definition)
  }

  package var description: JSONValue {
    .object(
      definition
        + JSONValue.members([
          ("notation", .string(notation.rawValue)),
          ("width", .integer(Int64(width))),
          ("count", count.flatMap(Int64.init(exactly:)).map(JSONValue.integer) ?? .null),
          ("feature_count", .integer(Int64(encoding.featureCount))),
          ("cost_names", .strings(costNames)),
        ]))
  }

  /// What makes the space: all that `DescribedSpace` needs where there is no graph.
  private var definition: [JSONValue.Member] {
    var members = [("name", JSONValue.string(name)), ("genes", .array(genes.map(describe)))]
    switch encoding {
    case .graph(let graph): members.append(("graph", graph.description))
    case .features(let list): members.append(("features", describe(list)))
    }
    return JSONValue.members(members) + costDescription
  }

  private func describe(_ gene: Gene) -> JSONValue {
    var members = [("name", JSONValue.string(gene.name)), ("choices", gene.texts(gene.choices))]
    if gene.drawn != gene.choices { members.append(("drawn", gene.texts(gene.drawn))) }
    if !gene.conditions.isEmpty {
      let conditions = gene.conditions.map { condition -> JSONValue in
        let other = genes[condition.gene]
        return ["gene": .string(other.name), "in": other.texts(condition.values)]
      }
      members.append(("alive_if", .array(conditions)))
    }
    return .object(JSONValue.members(members))
  }

  /// Features over this space's genes; `FeatureList` reads them again.
  package func describe(_ list: FeatureList) -> JSONValue {
    .array(list.features.map { describe($0) })
  }

  private func describe(_ feature: FeatureList.Feature) -> JSONValue {
    func named(_ kind: JSONValue, _ list: [Int], _ numbers: [[Double]]) -> JSONValue {
      [
        "kind": kind, "genes": .strings(list.map { genes[$0].name }),
        "values": .array(numbers.map { .array($0.map(JSONValue.number)) }),
      ]
    }
    switch feature {
    case .lookup(let gene, _) where feature == .oneHot(gene, of: genes.genes):
      return ["kind": "one_hot", "genes": [.string(genes[gene].name)]]
    case .lookup(let gene, let vectors):
      return [
        "kind": "lookup", "gene": .string(genes[gene].name),
        "values": .array(vectors.map { .array($0.map { .number(Double($0)) }) }),
      ]
    case .mean(let list, let numbers): return named("mean", list, numbers)
    case .sum(let list, let numbers): return named("sum", list, numbers)
    }
  }
}

extension Gene {
  /// Values as text writes them.
  fileprivate func texts(_ values: [Int32]) -> JSONValue {
    guard let labels else { return .array(values.map { .integer(Int64($0)) }) }
    return .strings(values.map { labels[Int($0)] })
  }
}

extension ArchitectureGraph {
  fileprivate var description: JSONValue {
    [
      "node_count": .integer(Int64(nodeCount)),
      "node_features": .integer(Int64(nodeFeatures)),
      "sources": .array(
        nodes.map { node in .array(node.sources.map { .integer(Int64($0)) }) }),
    ]
  }
}

extension JSONValue {
  fileprivate static func members(_ pairs: [(String, JSONValue)]) -> [Member] {
    pairs.map(Member.init(key:value:))
  }
}
