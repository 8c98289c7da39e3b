import HelpBase
import HelpJSON

/// A space of the user's own, described in JSON (docs/guide/own-spaces.md).
///
/// Text: an object of the genes that are alive, `{"depth": 2, "op1": "k3_e6"}`.
package struct DescribedSpace: SearchSpace {
  package let name: String
  package let notation = Notation.json
  package let genes: GeneList
  package let encoding: ArchitectureEncoding
  package let costTables: [CostTable]
  package var isBuiltIn: Bool { false }
}

// MARK: - Reading

extension DescribedSpace {
  static let maximumGenes = 512
  static let maximumChoices = 256
  static let maximumFeatures = 16_384
  /// Numbers in the tables of all features and costs.
  static let maximumNumbers = 4_000_000

  package init(parsing text: [UInt8]) throws(HelpError) {
    try self.init(
      JSONReader(try JSON.parse(text, what: "the space's description"), path: "space"))
  }

  package init(_ reader: JSONReader) throws(HelpError) {
    try reader.onlyKeys([
      "name", "genes", "features", "costs", "notation", "width", "count", "feature_count",
    ])
    name = try Self.name(reader)
    let genes = try GeneReading.genes(reader.array("genes"))
    var tables = TableReader(genes: genes, places: try GeneReading.places(of: genes))
    costTables = try tables.costs(reader)
    encoding = .features(try tables.features(reader, costTables))
    self.genes = try GeneList(checking: genes)
  }

  private static func name(_ reader: JSONReader) throws(HelpError) -> String {
    let name = try reader.member("name").label()
    if SpaceRegistry.names.contains(name) {
      throw HelpError(
        .format, "space.name is \"\(name)\", the name of a built-in space; choose another")
    }
    return name
  }
}

// MARK: - Costs

extension DescribedSpace {
  /// The costs of these names; nil without the cost "macs".
  package func costs(_ row: ArchitectureRow) -> ArchitectureCosts? {
    guard let macs = value("macs", row) else { return nil }
    return ArchitectureCosts(
      macs: macs, parameters: value("parameters", row) ?? macs,
      activations: value("activations", row) ?? macs,
      operations: value("operations", row) ?? macs)
  }

  /// Of that name only: what stands in for it among the costs is no number of weights.
  package func parameters(_ row: ArchitectureRow) -> Double? { value("parameters", row) }

  private func value(_ name: String, _ row: ArchitectureRow) -> Double? {
    costTables.first { $0.name == name }?.total(row, genes)
  }

  package var regressorGroups: [RegressorGroup] {
    let choices = genes.reduce(0) { $0 + $1.choices.count }
    let costs = costTables.isEmpty ? [] : [RegressorGroup("costs", costTables.count)]
    return costs + [RegressorGroup("one_hot", choices)]
  }

  /// The costs, and every choice of the genes that are alive.
  package func writeRegressors(_ row: ArchitectureRow, to target: UnsafeMutablePointer<Double>) {
    for (place, cost) in costTables.enumerated() { target[place] = cost.total(row, genes) }
    var place = costTables.count
    for (number, gene) in genes.enumerated() {
      (target + place).update(repeating: 0, count: gene.choices.count)
      if let choice = genes.choice(number, in: row) { target[place + choice] = 1 }
      place += gene.choices.count
    }
  }
}

// MARK: - Text

extension DescribedSpace {
  package func parse(_ text: String) throws(HelpError) -> [Int32] {
    let reader = try JSONReader(architecture: text)
    try reader.onlyKeys(genes.map(\.name))
    var row = genes.map(\.idle)
    var isGiven = [Bool](repeating: false, count: width)
    for (place, gene) in genes.enumerated() where reader.value[gene.name] != nil {
      row[place] = try gene.value(reader.member(gene.name))
      isGiven[place] = true
    }
    let canonical = genes.canonical(row)
    for place in genes.indices where !isGiven[place] && genes.isAlive(place, in: canonical[...]) {
      throw HelpError(
        .format, "\"\(text.excerpt)\" lacks \"\(genes[place].name)\", which is alive in it")
    }
    return row
  }

  /// Names and labels have no character that JSON would escape.
  package func format(_ row: ArchitectureRow) -> String {
    let members = genes.indices.filter { genes.isAlive($0, in: row.genes) }.map { place in
      let text = genes[place].labels.map { "\"\($0[Int(row[place])])\"" } ?? "\(row[place])"
      return "\"\(genes[place].name)\": \(text)"
    }
    return "{\(members.joined(separator: ", "))}"
  }
}

extension Gene {
  /// The value that a choice's label or number stands for.
  func value(_ reader: JSONReader) throws(HelpError) -> Int32 {
    guard let labels else {
      let value = try reader.int32()
      if choices.contains(value) { return value }
      throw HelpError(.format, "\(reader.path) is \(value), not \(allowed)")
    }
    let label = try reader.string()
    if let number = labels.firstIndex(of: label) { return Int32(number) }
    throw HelpError(
      .format,
      "\(reader.path) is \"\(label.excerpt)\", not one of \(labels.joined(separator: ", "))")
  }
}
