import HelpBase
import HelpJSON

/// A space of the user's own, described in JSON (docs/guide/own-spaces.md).
///
/// Text: an object of the genes that are alive, `{"depth": 2, "op1": "k3_e6"}`.
package final class DescribedSpace: SearchSpace {
  package let name: String
  package let notation = Notation.json
  package let genes: GeneList
  package let encoding: ArchitectureEncoding
  /// "sizes", "layers" and "costs" as they were given.
  package let costDescription: [JSONValue.Member]
  let ownCosts: DescribedCosts
  let regressors: DescribedRegressors
  package var isBuiltIn: Bool { false }
  package var costTables: [CostTable] { ownCosts.tables }

  /// The description as it stands in a model file, or in a file of its own.
  package init(_ reader: JSONReader) throws(HelpError) {
    try reader.onlyKeys([
      "name", "genes", "features", "sizes", "layers", "costs", "notation", "width", "count",
      "feature_count", "cost_names",
    ])
    name = try Self.name(reader)
    let genes = try GeneList(checking: GeneReading.genes(reader.array("genes")))
    var tables = TableReader(
      genes: genes.genes, places: try GeneReading.places(of: genes.genes))
    ownCosts = try DescribedCosts(reader, genes, &tables)
    encoding = .features(try tables.features(reader, ownCosts.tables))
    regressors = DescribedRegressors(ownCosts)
    costDescription = ["sizes", "layers", "costs"].compactMap { key in
      reader.value[key].map { JSONValue.Member(key: key, value: $0) }
    }
    self.genes = genes
  }
}

// MARK: - Reading

extension DescribedSpace {
  static let maximumGenes = 512
  static let maximumChoices = 256
  static let maximumFeatures = 16_384
  /// Numbers in the tables of all features and costs.
  static let maximumNumbers = 4_000_000

  package convenience init(parsing text: [UInt8]) throws(HelpError) {
    try self.init(
      JSONReader(try JSON.parse(text, what: "the space's description"), path: "space"))
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
  /// By layers, or by tables of these names; nil without multiply-accumulates.
  package func costs(_ row: ArchitectureRow) -> ArchitectureCosts? {
    let choices = genes.choices(in: row)
    guard ownCosts.terms.isEmpty else {
      return ArchitectureCosts(ownCosts.layerSums(choices))
    }
    guard let macs = ownCosts.tabulated("macs", choices) else { return nil }
    return ArchitectureCosts(
      macs: macs, parameters: ownCosts.tabulated("parameters", choices) ?? macs,
      activations: ownCosts.tabulated("activations", choices) ?? macs,
      operations: ownCosts.tabulated("operations", choices) ?? macs)
  }

  /// Of layers or a table of that name: what stands in for it among the costs is no number of
  /// weights.
  package func parameters(_ row: ArchitectureRow) -> Double? {
    ownCosts.terms.isEmpty
      ? ownCosts.tabulated("parameters", genes.choices(in: row)) : costs(row)?.parameters
  }

  package var statedCostNames: [String] { ownCosts.statedNames }

  package var furtherCostNames: [String] { ownCosts.further.map { $0.name } }

  package func writeFurtherCosts(_ row: ArchitectureRow, to target: UnsafeMutablePointer<Double>) {
    let choices = genes.choices(in: row)
    ownCosts.writeFurther(choices, ownCosts.layerSums(choices), to: target)
  }

  package var regressorGroups: [RegressorGroup] { regressors.groups }

  package func writeRegressors(_ row: ArchitectureRow, to target: UnsafeMutablePointer<Double>) {
    regressors.write(genes.choices(in: row), to: target)
  }

  package func layers(_ row: ArchitectureRow) -> [JSONValue]? {
    guard !ownCosts.layers.isEmpty else { return nil }
    let choices = genes.choices(in: row)
    return choices.withUnsafeBufferPointer { buffer in
      ownCosts.layers.filter { $0.isThere(buffer, genes) }
    }.map { $0.described(choices) }
  }

  package var interactions: [[Int]] {
    (ownCosts.interactions + genes.indices.map { genes.influences(on: [$0]) }).withoutSubsets
  }
}

// MARK: - Text

extension DescribedSpace {
  package func parse(_ text: String) throws(HelpError) -> [Int32] {
    let reader = try JSONReader(architecture: text)
    try reader.onlyKeys(genes.map { $0.name })
    var row = genes.map { $0.idle }
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
