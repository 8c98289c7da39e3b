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

  /// "fixed" and a list for each of "genes".
  mutating func cost(_ name: String, _ cost: JSONReader) throws(HelpError) -> CostTable {
    try cost.onlyKeys(["fixed", "genes"])
    var terms: [(gene: Int, numbers: [Double])] = []
    for (gene, values) in try cost.member("genes").members() {
      guard let place = places[gene] else {
        throw HelpError(.format, "\(values.path): no gene of the space has this name")
      }
      terms.append((place, try numbers(values, genes[place])))
    }
    let fixed = cost.value["fixed"] == nil ? 0 : try cost.member("fixed").entry()
    return CostTable(name: name, fixed: fixed, terms: terms)
  }

  /// A number for each choice of a gene.
  mutating func numbers(
    _ reader: JSONReader, _ gene: Gene
  ) throws(HelpError) -> [Double] {
    let numbers = try reader.numbers(forChoicesOf: gene)
    try count(numbers.count, reader)
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
  /// A number for each choice of a gene.
  func numbers(forChoicesOf gene: Gene) throws(HelpError) -> [Double] {
    let elements = try elements()
    guard elements.count == gene.choices.count else {
      throw HelpError(
        .format,
        "\(path) has \(elements.count) numbers for the \(gene.choices.count) choices of "
          + "\"\(gene.name)\"")
    }
    var numbers: [Double] = []
    for element in elements { numbers.append(try element.entry()) }
    return numbers
  }

  /// A number of a table: sums over all genes stay finite as 32-bit floats.
  func entry() throws(HelpError) -> Double { try number(in: -1e15...1e15) }
}
