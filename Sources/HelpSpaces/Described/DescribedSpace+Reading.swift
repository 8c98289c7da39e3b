import HelpBase
import HelpJSON

/// The JSON description of a space, checked (docs/guide/own-spaces.md).
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

  package convenience init(_ reader: JSONReader) throws(HelpError) {
    try reader.onlyKeys([
      "name", "genes", "features", "costs", "notation", "width", "count", "feature_count",
    ])
    let name = try Self.name(reader)
    let genes = try GeneReading.genes(reader.array("genes"))
    var tables = TableReader(genes: genes, places: try GeneReading.places(of: genes))
    let costs = try tables.costs(reader)
    let encoding = ArchitectureEncoding.features(try tables.features(reader, costs))
    self.init(name: name, genes: try GeneList(checking: genes), encoding: encoding, costs: costs)
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

extension JSONReader {
  /// A short name of printable ASCII that text can hold without escapes.
  fileprivate func label() throws(HelpError) -> String {
    let text = try string()
    let isPlain = text.utf8.allSatisfy { (0x20...0x7e).contains($0) && $0 != 0x22 && $0 != 0x5c }
    guard (1...64).contains(text.utf8.count), isPlain else {
      throw HelpError(
        .format,
        "\(path) is \"\(text.excerpt)\", not 1 to 64 printable ASCII characters other than "
          + "\" and \\")
    }
    return text
  }

  /// A number of a table: sums over all genes stay finite as 32-bit floats.
  fileprivate func entry() throws(HelpError) -> Double { try number(in: -1e15...1e15) }
}

// MARK: - Genes

private enum GeneReading {
  static func genes(_ readers: [JSONReader]) throws(HelpError) -> [Gene] {
    guard (1...DescribedSpace.maximumGenes).contains(readers.count) else {
      throw HelpError(
        .format, "space.genes has \(readers.count) genes, not 1...\(DescribedSpace.maximumGenes)")
    }
    var genes: [Gene] = []
    for reader in readers { genes.append(try gene(reader)) }
    let places = try places(of: genes)
    var checked: [Gene] = []
    for (gene, reader) in zip(genes, readers) {
      let conditions = try conditions(reader, genes, places)
      checked.append(
        Gene(
          name: gene.name, choices: gene.choices, drawn: gene.drawn, labels: gene.labels,
          conditions: conditions))
    }
    return checked
  }

  static func places(of genes: [Gene]) throws(HelpError) -> [String: Int] {
    var places: [String: Int] = [:]
    for (place, gene) in genes.enumerated()
    where places.updateValue(place, forKey: gene.name) != nil {
      throw HelpError(.format, "two genes of the space are named \"\(gene.name)\"")
    }
    return places
  }

  private static func gene(_ reader: JSONReader) throws(HelpError) -> Gene {
    try reader.onlyKeys(["name", "choices", "drawn", "alive_if"])
    let name = try reader.member("name").label()
    let choices = try reader.array("choices")
    guard (1...DescribedSpace.maximumChoices).contains(choices.count) else {
      throw HelpError(
        .format,
        "\(reader.path).choices has \(choices.count), not 1...\(DescribedSpace.maximumChoices)")
    }
    let (values, labels) = try values(choices)
    guard Set(values).count == values.count, Set(labels ?? []).count == labels?.count ?? 0 else {
      throw HelpError(.format, "\(reader.path).choices has a choice twice")
    }
    let whole = Gene(name: name, choices: values, labels: labels)
    guard reader.value["drawn"] != nil else { return whole }
    let drawn = try Self.values(of: whole, reader.array("drawn"))
    guard !drawn.isEmpty, Set(drawn).count == drawn.count else {
      throw HelpError(.format, "\(reader.path).drawn is empty or has a choice twice")
    }
    return Gene(name: name, choices: values, drawn: drawn, labels: labels)
  }

  /// Numbers as they are; labels are numbered from 0.
  private static func values(
    _ choices: [JSONReader]
  ) throws(HelpError) -> (values: [Int32], labels: [String]?) {
    if case .string? = choices.first?.value {
      var labels: [String] = []
      for choice in choices { labels.append(try choice.label()) }
      return (Array(0..<Int32(labels.count)), labels)
    }
    var values: [Int32] = []
    for choice in choices { values.append(try choice.int32()) }
    return (values, nil)
  }

  private static func values(
    of gene: Gene, _ readers: [JSONReader]
  ) throws(HelpError) -> [Int32] {
    var values: [Int32] = []
    for reader in readers { values.append(try gene.value(reader)) }
    return values
  }

  private static func conditions(
    _ reader: JSONReader, _ genes: [Gene], _ places: [String: Int]
  ) throws(HelpError) -> [Gene.Condition] {
    guard reader.value["alive_if"] != nil else { return [] }
    var conditions: [Gene.Condition] = []
    for condition in try reader.array("alive_if") {
      try condition.onlyKeys(["gene", "in"])
      let place = try condition.member("gene").place(in: places)
      let values = try values(of: genes[place], condition.array("in"))
      conditions.append(Gene.Condition(gene: place, values: values))
    }
    return conditions
  }
}

extension JSONReader {
  /// The gene that a string names.
  fileprivate func place(in places: [String: Int]) throws(HelpError) -> Int {
    let name = try string()
    if let place = places[name] { return place }
    throw HelpError(.format, "\(path) is \"\(name.excerpt)\", which no gene of the space is named")
  }
}

// MARK: - Features and costs

extension FeatureList {
  /// "features" of an object, in the language of a space's description, over the genes of a
  /// space that is there already; without it, every gene one-hot.
  package init(_ reader: JSONReader, of space: any SearchSpace) throws(HelpError) {
    let genes = space.genes.genes
    var tables = TableReader(genes: genes, places: try GeneReading.places(of: genes))
    self = try tables.features(reader, space.ownCosts ?? [])
  }
}

/// Reads what has a number for each choice of a gene, and counts the numbers.
private struct TableReader {
  typealias Feature = FeatureList.Feature

  let genes: [Gene]
  let places: [String: Int]
  private(set) var numbers = 0

  init(genes: [Gene], places: [String: Int]) {
    self.genes = genes
    self.places = places
  }

  mutating func costs(_ reader: JSONReader) throws(HelpError) -> [DescribedSpace.Cost] {
    guard reader.value["costs"] != nil else { return [] }
    var costs: [DescribedSpace.Cost] = []
    for (name, cost) in try reader.member("costs").members() {
      try cost.onlyKeys(["fixed", "genes"])
      var terms: [(gene: Int, numbers: [Double])] = []
      for (gene, values) in try cost.member("genes").members() {
        guard let place = places[gene] else {
          throw HelpError(.format, "\(values.path): no gene of the space has this name")
        }
        terms.append((place, try numbers(values, genes[place])))
      }
      var fixed = 0.0
      if cost.value["fixed"] != nil { fixed = try cost.member("fixed").entry() }
      costs.append(DescribedSpace.Cost(name: name, fixed: fixed, terms: terms))
    }
    return costs
  }

  /// Without "features": every gene one-hot.
  mutating func features(
    _ reader: JSONReader, _ costs: [DescribedSpace.Cost]
  ) throws(HelpError) -> FeatureList {
    var features: [Feature] = []
    if reader.value["features"] == nil {
      features = try oneHots(Array(genes.indices), reader)
    } else {
      for feature in try reader.array("features") {
        features += try self.features(of: feature, costs)
      }
    }
    let list = FeatureList(features)
    guard (1...DescribedSpace.maximumFeatures).contains(list.count) else {
      throw HelpError(
        .format,
        "\(reader.path) has \(list.count) features, not 1...\(DescribedSpace.maximumFeatures)")
    }
    return list
  }

  private mutating func features(
    of reader: JSONReader, _ costs: [DescribedSpace.Cost]
  ) throws(HelpError) -> [Feature] {
    switch try reader.string("kind") {
    case "one_hot":
      try reader.onlyKeys(["kind", "genes"])
      return try oneHots(places(reader), reader)
    case "number":
      try reader.onlyKeys(["kind", "genes", "divide_by"])
      let scale = try scale(reader)
      var features: [Feature] = []
      for place in try places(reader) {
        let values = try divided(ownNumbers(place, reader), by: scale, reader)
        features.append(.sum(genes: [place], numbers: [values]))
      }
      return features
    case "lookup": return [try lookup(reader)]
    case "mean", "sum": return [try total(reader)]
    case "count": return [try counted(reader)]
    case "cost": return [try cost(reader, costs)]
    case let kind:
      throw HelpError(
        .format,
        "\(reader.path).kind is \"\(kind.excerpt)\", not one_hot, number, lookup, mean, sum, "
          + "count or cost")
    }
  }

  private mutating func oneHots(
    _ list: [Int], _ reader: JSONReader
  ) throws(HelpError) -> [Feature] {
    try count(list.reduce(0) { $0 + genes[$1].choices.count * genes[$1].choices.count }, reader)
    return list.map { .oneHot($0, of: genes) }
  }

  private mutating func lookup(_ reader: JSONReader) throws(HelpError) -> Feature {
    try reader.onlyKeys(["kind", "gene", "values"])
    let place = try reader.member("gene").place(in: places)
    var vectors: [[Float]] = []
    for values in try reader.array("values") {
      var vector: [Float] = []
      for value in try values.elements() { vector.append(Float(try value.entry())) }
      vectors.append(vector)
    }
    let width = vectors.first?.count ?? 0
    guard vectors.count == genes[place].choices.count, width > 0,
      vectors.allSatisfy({ $0.count == width })
    else {
      throw HelpError(
        .format,
        "\(reader.path).values is not one list of numbers, all of one length, for each of the "
          + "\(genes[place].choices.count) choices of \"\(genes[place].name)\"")
    }
    try count(vectors.count * width, reader)
    return .lookup(gene: place, vectors: vectors)
  }

  /// "values" has a list for each gene; without it, the choices' own numbers.
  private mutating func total(_ reader: JSONReader) throws(HelpError) -> Feature {
    try reader.onlyKeys(["kind", "genes", "values", "divide_by"])
    let list = try places(reader)
    let scale = try scale(reader)
    var tables: [[Double]] = []
    if reader.value["values"] == nil {
      for place in list { tables.append(try ownNumbers(place, reader)) }
    } else {
      let values = try reader.array("values")
      guard values.count == list.count else {
        throw HelpError(
          .format, "\(reader.path).values has \(values.count) lists for \(list.count) genes")
      }
      for (place, values) in zip(list, values) {
        tables.append(try numbers(values, genes[place]))
      }
    }
    var scaled: [[Double]] = []
    for table in tables { scaled.append(try divided(table, by: scale, reader)) }
    return try reader.string("kind") == "mean"
      ? .mean(genes: list, numbers: scaled) : .sum(genes: list, numbers: scaled)
  }

  /// How many of the genes are alive and have one of the choices.
  private mutating func counted(_ reader: JSONReader) throws(HelpError) -> Feature {
    try reader.onlyKeys(["kind", "genes", "choices", "divide_by"])
    let list = try places(reader)
    let scale = try scale(reader)
    let choices = try reader.array("choices")
    var tables: [[Double]] = []
    for place in list {
      let gene = genes[place]
      var counted: Set<Int32> = []
      for choice in choices { counted.insert(try gene.value(choice)) }
      try count(gene.choices.count, reader)
      tables.append(
        try divided(gene.choices.map { counted.contains($0) ? 1 : 0 }, by: scale, reader))
    }
    return .sum(genes: list, numbers: tables)
  }

  /// A cost without its fixed part.
  private mutating func cost(
    _ reader: JSONReader, _ costs: [DescribedSpace.Cost]
  ) throws(HelpError) -> Feature {
    try reader.onlyKeys(["kind", "cost", "divide_by"])
    let name = try reader.string("cost")
    let scale = try scale(reader)
    guard let cost = costs.first(where: { $0.name == name }) else {
      throw HelpError(.format, "\(reader.path).cost is \"\(name.excerpt)\", which costs lacks")
    }
    try count(cost.terms.reduce(0) { $0 + $1.numbers.count }, reader)
    var tables: [[Double]] = []
    for term in cost.terms { tables.append(try divided(term.numbers, by: scale, reader)) }
    return .sum(genes: cost.terms.map { $0.gene }, numbers: tables)
  }

  // MARK: Parts

  /// The genes that "genes" names; without it, all.
  private func places(_ reader: JSONReader) throws(HelpError) -> [Int] {
    guard reader.value["genes"] != nil else { return Array(genes.indices) }
    var list: [Int] = []
    for name in try reader.array("genes") { list.append(try name.place(in: places)) }
    guard !list.isEmpty else { throw HelpError(.format, "\(reader.path).genes is empty") }
    return list
  }

  /// What is left must be such that it can be read again.
  private func divided(
    _ numbers: [Double], by scale: Double, _ reader: JSONReader
  ) throws(HelpError) -> [Double] {
    let quotients = numbers.map { $0 / scale }
    guard quotients.allSatisfy({ abs($0) <= 1e15 }) else {
      throw HelpError(
        .format, "\(reader.path).divide_by is \(scale.brief), which leaves numbers over 1e15")
    }
    return quotients
  }

  private func scale(_ reader: JSONReader) throws(HelpError) -> Double {
    guard reader.value["divide_by"] != nil else { return 1 }
    return try reader.number("divide_by", in: 1e-12...1e15)
  }

  /// A number for each choice of a gene.
  private mutating func numbers(
    _ reader: JSONReader, _ gene: Gene
  ) throws(HelpError) -> [Double] {
    let elements = try reader.elements()
    guard elements.count == gene.choices.count else {
      throw HelpError(
        .format,
        "\(reader.path) has \(elements.count) numbers for the \(gene.choices.count) choices of "
          + "\"\(gene.name)\"")
    }
    try count(elements.count, reader)
    var numbers: [Double] = []
    for element in elements { numbers.append(try element.entry()) }
    return numbers
  }

  private mutating func ownNumbers(
    _ place: Int, _ reader: JSONReader
  ) throws(HelpError) -> [Double] {
    let gene = genes[place]
    guard gene.labels == nil else {
      throw HelpError(
        .format, "\(reader.path): the choices of \"\(gene.name)\" are labels, not numbers")
    }
    try count(gene.choices.count, reader)
    return gene.choices.map(Double.init)
  }

  private mutating func count(_ added: Int, _ reader: JSONReader) throws(HelpError) {
    numbers += added
    guard numbers <= DescribedSpace.maximumNumbers else {
      throw HelpError(
        .format,
        "\(reader.path): the tables have more than \(DescribedSpace.maximumNumbers) numbers")
    }
  }
}
