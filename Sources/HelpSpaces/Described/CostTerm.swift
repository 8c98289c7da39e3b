import HelpBase

/// What the layers cost together that read the same genes: a table of the combinations of those
/// genes, or the layers themselves where the combinations are too many.
final class CostTerm: Sendable {
  /// Most combinations that are tabulated.
  static let maximumCombinations = 4_096

  private let layers: LayerGroup
  /// Numbers of each combination; empty if the layers are computed each time.
  private let table: [Double]

  /// The genes that sizes, costs and conditions of the layers read.
  let read: [Int]
  /// The same and the genes that decide whether those are alive.
  var influences: [Int] { layers.influences }
  /// Numbers for an architecture: the four costs, then further ones.
  let width: Int

  /// - layers: all read the same genes.
  /// - further: over the four costs of a layer, as if they were genes.
  /// - budget: numbers that tables may still have.
  init(
    _ layers: [Layer], _ genes: GeneList, further: [Expression] = [], budget: inout Int
  ) throws(HelpError) {
    let group = LayerGroup(layers, genes, further: further)
    self.layers = group
    (read, width) = (group.read, group.width)
    let work = (group.combinations ?? 0) * group.width * layers.count
    if group.combinations != nil, work <= budget {
      budget -= work
      table = try group.table()
    } else {
      table = []
      try group.check()
    }
  }

  /// Adds the numbers of a row with these choices, -1 for dead genes.
  func add(_ choices: UnsafeBufferPointer<Int>, to sums: UnsafeMutablePointer<Double>) {
    if table.isEmpty {
      // Bounds over all choices have shown that this does not fail.
      let numbers = (try? layers.computed(choices)) ?? []
      for (place, number) in numbers.enumerated() { sums[place] += number }
      return
    }
    let start = layers.place(choices) * width
    table.withUnsafeBufferPointer { table in
      for place in 0..<width { sums[place] += table[start + place] }
    }
  }
}

extension CostTerm {
  /// The numbers of a row with these choices, -1 for dead genes.
  func numbers(_ choices: [Int]) -> [Double] {
    var numbers = [Double](repeating: 0, count: width)
    numbers.withUnsafeMutableBufferPointer { numbers in
      guard let base = numbers.baseAddress else { return }
      choices.withUnsafeBufferPointer { add($0, to: base) }
    }
    return numbers
  }
}

/// Layers that read the same genes.
private struct LayerGroup: Sendable {
  let read: [Int]
  let influences: [Int]
  let width: Int
  /// Places that a table needs; nil if they are too many.
  let combinations: Int?
  private let genes: GeneList
  /// Costs of each layer by its four, added to these.
  private let further: [Expression]
  private let layers: [Layer]
  /// Of each of `influences`, how far its choices are from one another in the table.
  private let strides: [Int]

  init(_ layers: [Layer], _ genes: GeneList, further: [Expression]) {
    self.layers = layers
    self.genes = genes
    self.further = further
    width = ArchitectureCosts.names.count + further.count
    read = layers.first?.read ?? []
    influences = genes.influences(on: read)
    var strides: [Int] = []
    var combinations: Int? = 1
    for gene in influences {
      strides.append(combinations ?? 0)
      combinations = combinations.map { $0 * (genes[gene].choices.count + 1) }
      if let count = combinations, count > CostTerm.maximumCombinations { combinations = nil }
    }
    (self.strides, self.combinations) = (strides, combinations)
  }

  func place(_ choices: UnsafeBufferPointer<Int>) -> Int {
    var place = 0
    for number in influences.indices {
      place += (choices[influences[number]] + 1) * strides[number]
    }
    return place
  }

  func computed(_ choices: UnsafeBufferPointer<Int>) throws(HelpError) -> [Double] {
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

extension LayerGroup {
  /// One architecture on the way through all.
  private struct Visit {
    var table: [Double]
    var choices: [Int]
    /// Its canonical row.
    var row: [Int32]
  }

  /// The numbers of every combination.
  func table() throws(HelpError) -> [Double] {
    var visit = Visit(
      table: [Double](repeating: 0, count: (combinations ?? 0) * width),
      choices: [Int](repeating: -1, count: genes.count), row: genes.map { $0.idle })
    try tabulate(from: 0, &visit)
    return visit.table
  }

  /// All choices of the genes from `position` on.
  private func tabulate(from position: Int, _ visit: inout Visit) throws(HelpError) {
    guard position < influences.count else { return try tabulate(&visit) }
    let gene = influences[position]
    guard genes.isAlive(gene, in: visit.row[...]) else {
      return try tabulate(from: position + 1, &visit)
    }
    for (choice, value) in genes[gene].choices.enumerated() {
      (visit.choices[gene], visit.row[gene]) = (choice, value)
      try tabulate(from: position + 1, &visit)
    }
    (visit.choices[gene], visit.row[gene]) = (-1, genes[gene].idle)
  }

  private func tabulate(_ visit: inout Visit) throws(HelpError) {
    let choices = visit.choices
    do throws(HelpError) {
      let (start, numbers) = try choices.withUnsafeBufferPointer { choices throws(HelpError) in
        (place(choices) * width, try computed(choices))
      }
      visit.table.replaceSubrange(start..<(start + width), with: numbers)
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

extension LayerGroup {
  /// Throws where what sizes and costs can be is not shown to be allowed.
  func check() throws(HelpError) {
    for layer in layers { try check(layer) }
  }

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
