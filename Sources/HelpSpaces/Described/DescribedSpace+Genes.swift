import HelpBase
import HelpJSON

/// Genes out of a space's description.
enum GeneReading {
  static func genes(_ readers: [JSONReader]) throws(HelpError) -> [Gene] {
    let entries = try entries(readers)
    guard !entries.isEmpty else {
      throw HelpError(.format, "space.genes has 0 genes, not 1...\(DescribedSpace.maximumGenes)")
    }
    var genes: [Gene] = []
    for entry in entries { genes.append(try gene(entry.reader)) }
    let places = try places(of: genes)
    var checked: [Gene] = []
    for (gene, entry) in zip(genes, entries) {
      var conditions: [Gene.Condition] = []
      for reader in entry.groups + [entry.reader] {
        conditions += try Self.conditions(reader, genes, places)
      }
      checked.append(
        Gene(
          name: gene.name, choices: gene.choices, drawn: gene.drawn, labels: gene.labels,
          conditions: conditions))
    }
    return checked
  }

  /// A gene and the groups it stands in, outermost first.
  private typealias Entry = (reader: JSONReader, groups: [JSONReader])

  /// The genes with groups written out.
  private static func entries(_ readers: [JSONReader]) throws(HelpError) -> [Entry] {
    var entries: [Entry] = []
    for reader in readers { try add(reader, in: [], to: &entries) }
    return entries
  }

  private static func add(
    _ reader: JSONReader, in groups: [JSONReader], to entries: inout [Entry]
  ) throws(HelpError) {
    guard reader.value["genes"] != nil else {
      entries.append((reader, groups))
      guard entries.count <= DescribedSpace.maximumGenes else {
        throw HelpError(
          .format, "space.genes has more genes than 1...\(DescribedSpace.maximumGenes)")
      }
      return
    }
    let group = try Repetition(
      reader, contents: "genes", keys: ["alive_if"], depth: groups.count)
    for number in 0..<group.count {
      let round = group.round(number)
      for reader in try round.array("genes") { try add(reader, in: groups + [round], to: &entries) }
    }
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
    for choice in choices {
      if case .number(let number) = choice.value { throw notWhole(number, at: choice.path) }
      values.append(try choice.int32())
    }
    return (values, nil)
  }

  private static func notWhole(_ number: Double, at path: String) -> HelpError {
    let advice = "write choices that are not whole numbers as texts, such as \"\(number.brief)\""
    return HelpError(.format, "\(path) is \(number.brief), not an integer: \(advice)")
  }

  private static func values(
    of gene: Gene, _ readers: [JSONReader]
  ) throws(HelpError) -> [Int32] {
    var values: [Int32] = []
    for reader in readers { values.append(try gene.value(reader)) }
    return values
  }

  /// What "alive_if" says; conditions that always hold are left out.
  static func conditions(
    _ reader: JSONReader, _ genes: [Gene], _ places: [String: Int]
  ) throws(HelpError) -> [Gene.Condition] {
    guard reader.value["alive_if"] != nil else { return [] }
    var conditions: [Gene.Condition] = []
    let readers = try reader.array("alive_if")
    guard readers.count <= DescribedSpace.maximumGenes else {
      throw HelpError(
        .format,
        "\(reader.path).alive_if has \(readers.count) conditions, not 0..."
          + "\(DescribedSpace.maximumGenes)")
    }
    for condition in readers {
      let place = try condition.member("gene").place(in: places)
      guard condition.value["above"] != nil else {
        try condition.onlyKeys(["gene", "in"])
        let listed = try condition.array("in")
        let choices = genes[place].choices.count
        guard listed.count <= choices else {
          throw HelpError(
            .format,
            "\(condition.path).in has \(listed.count) values; \"\(genes[place].name)\" has "
              + "\(choices) choices")
        }
        let values = try values(of: genes[place], listed)
        conditions.append(Gene.Condition(gene: place, values: values))
        continue
      }
      try condition.onlyKeys(["gene", "above"])
      let values = try values(of: genes[place], above: condition.member("above"))
      if values.count == genes[place].choices.count { continue }
      conditions.append(Gene.Condition(gene: place, values: values))
    }
    return conditions
  }

  /// The choices above an integer, which a group's index may have become.
  private static func values(
    of gene: Gene, above reader: JSONReader
  ) throws(HelpError) -> [Int32] {
    let least: Int32
    if case .string(let text) = reader.value, let index = Int32(text) {
      least = index
    } else {
      least = try reader.int32()
    }
    guard gene.labels == nil else {
      throw HelpError(.format, "\(reader.path): the choices of \"\(gene.name)\" are labels")
    }
    let values = gene.choices.filter { $0 > least }
    guard !values.isEmpty else {
      throw HelpError(
        .format, "\(reader.path) is \(least), which no choice of \"\(gene.name)\" is above")
    }
    return values
  }
}

extension JSONReader {
  /// The gene that a string names.
  func place(in places: [String: Int]) throws(HelpError) -> Int {
    let name = try string()
    if let place = places[name] { return place }
    throw HelpError(.format, "\(path) is \"\(name.excerpt)\", which no gene of the space is named")
  }
}

extension JSONReader {
  /// A short name of printable ASCII that text can hold without escapes.
  func label() throws(HelpError) -> String {
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
}
