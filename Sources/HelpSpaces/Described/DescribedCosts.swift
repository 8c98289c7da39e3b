import HelpBase
import HelpJSON

/// What networks of a described space cost: sums over its layers, tables of each gene's choices,
/// and further costs of the user's own.
struct DescribedCosts: Sendable {
  /// A cost besides the four of `ArchitectureCosts`.
  enum Further: Sendable {
    case table(CostTable)
    /// Of the genes; the term's first number.
    case expression(CostTerm)
    /// Summed over the layers; the place among what they cost by `CostTerm`.
    case eachLayer(Int)
  }

  let genes: GeneList
  /// The layers, together where they read the same genes; empty without layers.
  let terms: [CostTerm]
  /// Costs that are tables, in the order of the description.
  let tables: [CostTable]
  /// Names and costs besides the four.
  let further: [(name: String, cost: Further)]

  /// Which of the four are known, in their order.
  var statedNames: [String] {
    terms.isEmpty
      ? ArchitectureCosts.names.filter { name in tables.contains { $0.name == name } }
      : ArchitectureCosts.names
  }

  /// Sums over the layers of the four costs and of further costs of each layer.
  func layerSums(_ choices: [Int]) -> [Double] {
    var sums = [Double](repeating: 0, count: terms.first?.width ?? 0)
    sums.withUnsafeMutableBufferPointer { sums in
      guard let base = sums.baseAddress else { return }
      choices.withUnsafeBufferPointer { choices in
        for term in terms { term.add(choices, to: base) }
      }
    }
    return sums
  }

  /// The cost of this name by its table; nil without one.
  func tabulated(_ name: String, _ choices: [Int]) -> Double? {
    tables.first { $0.name == name }?.total(choices)
  }

  /// Writes the further costs.
  func writeFurther(
    _ choices: [Int], _ layerSums: [Double], to target: UnsafeMutablePointer<Double>
  ) {
    for (place, (_, cost)) in further.enumerated() {
      target[place] =
        switch cost {
        case .table(let table): table.total(choices)
        case .expression(let term): term.numbers(choices)[0]
        case .eachLayer(let column): layerSums[column]
        }
    }
  }

  /// Genes that no cost is a sum over parts of.
  var interactions: [[Int]] {
    var sets = terms.map { $0.influences }
    for (_, cost) in further {
      if case .expression(let term) = cost { sets.append(term.influences) }
    }
    return sets
  }
}

// MARK: - Reading

extension DescribedCosts {
  /// "sizes", "layers" and "costs" of a space's description.
  init(
    _ reader: JSONReader, _ genes: GeneList, _ tableReader: inout TableReader
  ) throws(HelpError) {
    var scope = SizeScope(genes: genes.genes, places: try GeneReading.places(of: genes.genes))
    try scope.add(reader)
    var layers: [Layer] = []
    if reader.value["layers"] != nil {
      layers = try LayerReading.layers(reader.member("layers"), genes.genes, &scope)
    }
    var costs = CostReading(
      genes: genes, hasLayers: !layers.isEmpty, scope: scope, tableReader: tableReader)
    if reader.value["costs"] != nil { try costs.read(reader.member("costs")) }
    tableReader = costs.tableReader
    self.genes = genes
    tables = costs.tables
    further = costs.further
    terms = try Self.terms(layers, genes, costs.rules, &costs.budget)
  }

  private static func terms(
    _ layers: [Layer], _ genes: GeneList, _ rules: [Expression], _ budget: inout Int
  ) throws(HelpError) -> [CostTerm] {
    var groups: [(read: [Int], layers: [Layer])] = []
    var places: [[Int]: Int] = [:]
    for layer in layers {
      let read = layer.read
      if let place = places[read] {
        groups[place].layers.append(layer)
      } else {
        places[read] = groups.count
        groups.append((read, [layer]))
      }
    }
    var terms: [CostTerm] = []
    for (_, layers) in groups {
      terms.append(try CostTerm(layers, genes, further: rules, budget: &budget))
    }
    return terms
  }
}

/// Reads "costs".
private struct CostReading {
  let genes: GeneList
  let hasLayers: Bool
  var scope: SizeScope
  var tableReader: TableReader
  /// Numbers that tables of layers and expressions may still have.
  var budget = DescribedSpace.maximumNumbers
  var tables: [CostTable] = []
  /// Of costs of each layer, over the layer's four.
  var rules: [Expression] = []
  var further: [(name: String, cost: DescribedCosts.Further)] = []

  mutating func read(_ reader: JSONReader) throws(HelpError) {
    for (name, cost) in try reader.members() {
      let isStated = ArchitectureCosts.names.contains(name)
      guard !isStated || !hasLayers else {
        throw HelpError(
          .format, "\(cost.path) is given, but layers give it already; leave one of them out")
      }
      if cost.value["expression"] != nil || cost.value["each_layer"] != nil {
        guard !isStated else {
          throw HelpError(
            .format, "\(cost.path) is no table; \(name) comes from one or from layers")
        }
        further.append((name, try computed(name, cost)))
      } else {
        let table = try tableReader.cost(name, cost)
        tables.append(table)
        if !isStated { further.append((name, .table(table))) }
      }
    }
  }

  private mutating func computed(
    _ name: String, _ cost: JSONReader
  ) throws(HelpError) -> DescribedCosts.Further {
    guard cost.value["each_layer"] != nil else {
      try cost.onlyKeys(["expression"])
      let expression = try scope.expression(cost.member("expression"))
      let layer = Layer(
        path: cost.path, kind: .custom, sizes: [], given: [expression, nil, nil, nil],
        conditions: [])
      return .expression(try CostTerm([layer], genes, budget: &budget))
    }
    try cost.onlyKeys(["each_layer"])
    guard hasLayers else {
      throw HelpError(.format, "\(cost.path).each_layer is given, but the space has no layers")
    }
    let own = ArchitectureCosts.names.map { Gene(name: $0, choices: [0]) }
    var scope = SizeScope(genes: own, places: try GeneReading.places(of: own))
    rules.append(try scope.expression(cost.member("each_layer")))
    return .eachLayer(ArchitectureCosts.names.count + rules.count - 1)
  }
}
