import HelpBase
import HelpJSON

/// Reads what has a number for each choice of a gene, and counts the numbers.
struct TableReader {
  let genes: [Gene]
  let places: [String: Int]
  private(set) var numbers = 0

  init(genes: [Gene], places: [String: Int]) {
    self.genes = genes
    self.places = places
  }

  mutating func costs(_ reader: JSONReader) throws(HelpError) -> [CostTable] {
    guard reader.value["costs"] != nil else { return [] }
    var costs: [CostTable] = []
    for (name, cost) in try reader.member("costs").members() {
      try cost.onlyKeys(["fixed", "genes"])
      var terms: [(Int, [Double])] = []
      for (gene, values) in try cost.member("genes").members() {
        guard let place = places[gene] else {
          throw HelpError(.format, "\(values.path): no gene of the space has this name")
        }
        terms.append((place, try numbers(values, genes[place])))
      }
      let fixed = cost.value["fixed"] == nil ? 0 : try cost.member("fixed").entry()
      costs.append(CostTable(name: name, fixed: fixed, terms: terms))
    }
    return costs
  }

  /// A number for each choice of a gene.
  mutating func numbers(
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

  mutating func count(_ added: Int, _ reader: JSONReader) throws(HelpError) {
    numbers += added
    guard numbers <= DescribedSpace.maximumNumbers else {
      throw HelpError(
        .format,
        "\(reader.path): the tables have more than \(DescribedSpace.maximumNumbers) numbers")
    }
  }
}

extension JSONReader {
  /// A number of a table: sums over all genes stay finite as 32-bit floats.
  func entry() throws(HelpError) -> Double { try number(in: -1e15...1e15) }
}
