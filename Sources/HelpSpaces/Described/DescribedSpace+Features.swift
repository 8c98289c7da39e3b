import HelpBase
import HelpJSON

extension FeatureList {
  /// "features" of an object, in the language of a space's description, over the genes of a
  /// space that is there already; without it, every gene one-hot.
  package init(_ reader: JSONReader, of space: any SearchSpace) throws(HelpError) {
    let genes = space.genes.genes
    var tables = TableReader(genes: genes, places: try GeneReading.places(of: genes))
    self = try tables.features(reader, space.costTables)
  }
}

/// Features out of a space's description.
extension TableReader {
  typealias Feature = FeatureList.Feature

  /// Without "features": every gene one-hot.
  mutating func features(
    _ reader: JSONReader, _ costs: [CostTable]
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
    of reader: JSONReader, _ costs: [CostTable]
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
    _ reader: JSONReader, _ costs: [CostTable]
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
    return .sum(genes: cost.terms.map(\.gene), numbers: tables)
  }
}

// MARK: - Parts

extension TableReader {
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
}
