import HelpBase

/// The layers that read the same genes, and what they cost together: a table of the combinations
/// of those genes, or the layers themselves where the combinations are too many.
struct CostTerm: Sendable {
  /// Most combinations that are tabulated.
  static let maximumCombinations = 4_096

  /// The genes that sizes, costs and conditions of the layers read.
  let read: [Int]
  /// The same and the genes that decide whether those are alive.
  let influences: [Int]
  private let genes: GeneList
  /// The cost of each layer by its four costs, added to these.
  private let further: [Expression]
  private let layers: [Layer]
  /// Of each of `influences`, how far its choices are from one another in the table.
  private let strides: [Int]
  /// Costs and further costs of each combination; empty if the layers are computed each time.
  private var table: [Double] = []

  /// Numbers for an architecture: the four costs, then the further ones.
  var width: Int { ArchitectureCosts.names.count + further.count }

  /// - layers: all read the same genes.
  /// - further: over the four costs of a layer, as if they were genes.
  /// - budget: numbers that tables may still have.
  init(
    _ layers: [Layer], _ genes: GeneList, further: [Expression] = [], budget: inout Int
  ) throws(HelpError) {
    self.layers = layers
    self.genes = genes
    self.further = further
    read = layers.first?.read ?? []
    influences = genes.influences(on: read)
    var strides: [Int] = []
    var combinations = 1
    for gene in influences {
      strides.append(combinations)
      combinations *= genes[gene].choices.count + 1
      if combinations > Self.maximumCombinations { break }
    }
    self.strides = strides
    let cost = combinations * width * layers.count
    guard combinations <= Self.maximumCombinations, cost <= budget else {
      for layer in layers { try check(layer) }
      return
    }
    budget -= cost
    table = [Double](repeating: 0, count: combinations * width)
    try tabulate()
  }

  /// The numbers of a row with these choices, -1 for dead genes.
  func numbers(_ choices: [Int]) -> ArraySlice<Double> {
    guard table.isEmpty else {
      let place = place(choices) * width
      return table[place..<(place + width)]
    }
    // Bounds over all choices have shown that this does not fail.
    return ((try? computed(choices)) ?? [Double](repeating: 0, count: width))[...]
  }

  private func place(_ choices: [Int]) -> Int {
    var place = 0
    for (gene, stride) in zip(influences, strides) { place += (choices[gene] + 1) * stride }
    return place
  }

  private func computed(_ choices: [Int]) throws(HelpError) -> [Double] {
    var total = [Double](repeating: 0, count: width)
    for layer in layers where layer.isThere(choices, genes) {
      let costs = try layer.costs { expression in
        expression.bounds { gene, numbers in
          Bounds(choices[gene] < 0 ? 0 : numbers[choices[gene]])
        }
      }
      for (place, number) in costs.numbers.enumerated() { total[place] += number }
      for (place, rule) in further.enumerated() {
        total[ArchitectureCosts.names.count + place] +=
          try layer.further(rule) { Bounds(costs.numbers[$0]) }
      }
    }
    return total
  }
}

// MARK: - Every combination

extension CostTerm {
  private mutating func tabulate() throws(HelpError) {
    var choices = [Int](repeating: -1, count: genes.count)
    var row = genes.map { $0.idle }
    try tabulate(from: 0, &choices, &row)
  }

  /// All choices of the genes from `position` on.
  private mutating func tabulate(
    from position: Int, _ choices: inout [Int], _ row: inout [Int32]
  ) throws(HelpError) {
    guard position < influences.count else { return try tabulate(choices) }
    let gene = influences[position]
    guard genes.isAlive(gene, in: row[...]) else {
      return try tabulate(from: position + 1, &choices, &row)
    }
    for (choice, value) in genes[gene].choices.enumerated() {
      (choices[gene], row[gene]) = (choice, value)
      try tabulate(from: position + 1, &choices, &row)
    }
    (choices[gene], row[gene]) = (-1, genes[gene].idle)
  }

  private mutating func tabulate(_ choices: [Int]) throws(HelpError) {
    do throws(HelpError) {
      let start = place(choices) * width
      table.replaceSubrange(start..<(start + width), with: try computed(choices))
    } catch {
      let named = read.map { gene in
        let text = choices[gene] < 0 ? "dead" : genes[gene].text(ofChoice: choices[gene])
        return "\(genes[gene].name) is \(text)"
      }
      let context = named.isEmpty ? "" : " where " + named.joined(separator: ", ").excerpt
      throw HelpError(.format, error.message + context)
    }
  }
}

// MARK: - Bounds over all combinations

extension CostTerm {
  /// Throws where what the layer's sizes and costs can be is not shown to be allowed.
  private func check(_ layer: Layer) throws(HelpError) {
    do throws(HelpError) {
      let costs = try layer.costs { expression in
        expression.bounds { gene, numbers in layer.bounds(numbers, of: gene, genes) }
      }
      for rule in further {
        _ = try layer.further(rule) { Bounds(lower: 0, upper: costs.numbers[$0]) }
      }
    } catch {
      throw HelpError(
        .format,
        error.message + " at the extremes of its genes, which have more combinations than are "
          + "tried one by one; max(1, ...) and min(...) state bounds")
    }
  }
}

extension Layer {
  /// A further cost by the layer's four, which `costs` has by their places.
  fileprivate func further(
    _ rule: Expression, _ costs: (Int) -> Bounds
  ) throws(HelpError) -> Double {
    guard let bounds = rule.bounds({ place, _ in costs(place) }), bounds.lower >= 0,
      bounds.upper <= Self.maximum
    else {
      throw HelpError(
        .format,
        "\(path): a cost of each layer divides by 0, or is not 0 to \(Self.maximum.brief)")
    }
    return bounds.upper
  }

  /// Of the numbers of a gene's choices that the layer's conditions leave, and 0 if they leave
  /// the gene dead.
  fileprivate func bounds(_ numbers: [Double], of gene: Int, _ genes: GeneList) -> Bounds {
    let own = conditions.filter { $0.gene == gene }
    var possible = zip(genes[gene].choices, numbers)
      .filter { choice in own.allSatisfy { $0.values.contains(choice.0) } }.map { $0.1 }
    let isAlive =
      !own.isEmpty
      || genes[gene].conditions.allSatisfy { needed in
        conditions.contains {
          $0.gene == needed.gene && $0.values.allSatisfy(needed.values.contains)
        }
      }
    if !isAlive { possible.append(0) }
    return Bounds(lower: possible.min() ?? 0, upper: possible.max() ?? 0)
  }
}
