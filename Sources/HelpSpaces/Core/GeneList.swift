import HelpBase
import HelpNumerics

/// The genes of a space, with what follows from their conditions.
///
/// A gene whose conditions do not hold is dead: it means nothing and holds its idle value
/// in the one canonical row of an architecture. Conditions look at canonical values, so a
/// dead gene counts as having its idle one.
package struct GeneList: Sendable, Equatable {
  package let genes: [Gene]
  /// Genes that conditions look at, each after those it looks at itself.
  let deciding: [Int]
  /// The combinations of the deciding genes, and how many architectures have each.
  let blocks: [Block]
  let rules: GeneRules

  /// The architectures whose deciding genes have these values.
  struct Block: Sendable, Equatable {
    let values: [Int32]
    /// Architectures in this block and those before it; nil when beyond 64 bits.
    fileprivate(set) var end: UInt64?
    /// The same as a share of all.
    fileprivate(set) var share = 0.0
  }

  /// Most combinations of the deciding genes.
  package static let maximumBlocks = 65_536

  /// For a built-in space, whose conditions make neither a cycle nor too many blocks.
  package init(builtIn genes: [Gene]) {
    let order = Self.order(genes) ?? []
    let rules = Self.rules(genes, order)
    self.init(genes, order, rules, Self.blocks(genes, Self.deciding(genes, order), rules) ?? [])
  }

  package init(checking genes: [Gene]) throws(HelpError) {
    guard let order = Self.order(genes) else {
      throw HelpError(.format, "conditions of the genes form a cycle")
    }
    let deciding = Self.deciding(genes, order)
    let rules = Self.rules(genes, order)
    guard let blocks = Self.blocks(genes, deciding, rules) else {
      let names = deciding.map { genes[$0].name }.joined(separator: ", ").excerpt
      throw HelpError(
        .format,
        "the genes that conditions look at (\(names)) have more than \(Self.maximumBlocks) "
          + "combinations")
    }
    self.init(genes, order, rules, blocks)
  }

  private init(_ genes: [Gene], _ order: [Int], _ rules: GeneRules, _ blocks: [Block]) {
    self.genes = genes
    self.blocks = blocks
    self.rules = rules
    deciding = Self.deciding(genes, order)
  }

  private static func rules(_ genes: [Gene], _ order: [Int]) -> GeneRules {
    GeneRules(genes, conditional: order.filter { !genes[$0].conditions.isEmpty })
  }

  private static func deciding(_ genes: [Gene], _ order: [Int]) -> [Int] {
    let looked = Set(genes.flatMap { $0.conditions.map { $0.gene } })
    return order.filter(looked.contains)
  }
}

extension GeneList: RandomAccessCollection {
  package var startIndex: Int { 0 }
  package var endIndex: Int { genes.count }
  package subscript(position: Int) -> Gene { genes[position] }
}

// MARK: - Dead and alive

extension GeneList {
  /// Whether the gene means anything in a canonical row.
  package func isAlive(_ gene: Int, in row: ArraySlice<Int32>) -> Bool {
    row.withUnsafeBufferPointer { rules.isAlive(gene, in: $0) }
  }

  /// The architecture's one row.
  package func canonical(_ row: [Int32]) -> [Int32] {
    guard rules.hasConditions else { return row }
    var row = row
    rules.canonicalize(&row)
    return row
  }
}

// MARK: - What follows

extension GeneList {
  /// All genes, each after those it looks at; nil for a cycle.
  private static func order(_ genes: [Gene]) -> [Int]? {
    var order: [Int] = []
    var placed = [Bool](repeating: false, count: genes.count)
    while order.count < genes.count {
      let ready = genes.indices.filter { gene in
        !placed[gene] && genes[gene].conditions.allSatisfy { placed[$0.gene] }
      }
      if ready.isEmpty { return nil }
      for gene in ready { placed[gene] = true }
      order += ready
    }
    return order
  }

  private static func blocks(
    _ genes: [Gene], _ deciding: [Int], _ rules: GeneRules
  ) -> [Block]? {
    var combinations: [[Int32]] = [[]]
    for gene in deciding {
      combinations = combinations.flatMap { values in
        let row = row(genes, deciding, values)
        return (rules.isAlive(gene, in: row) ? genes[gene].drawn : [genes[gene].idle])
          .map { values + [$0] }
      }
      if combinations.count > maximumBlocks { return nil }
    }
    let isFixed = genes.indices.map(deciding.contains)
    let sizes = combinations.map { values in
      let row = row(genes, deciding, values)
      return genes.indices.filter { !isFixed[$0] && rules.isAlive($0, in: row) }
        .map { genes[$0].drawn.count }
    }
    return cumulated(combinations.map { Block(values: $0) }, sizes)
  }

  /// The blocks with their ends; `sizes` has the choices of each one's other genes.
  private static func cumulated(_ blocks: [Block], _ sizes: [[Int]]) -> [Block] {
    let logs = sizes.map { $0.reduce(0) { $0 + logarithm(Double($1)) } }
    let largest = logs.max() ?? 0
    let total = logs.reduce(0) { $0 + exponential($1 - largest) }
    var end: UInt64? = 0
    var share = 0.0
    return blocks.indices.map { number in
      end = end.flatMap { $0.adding(sizes[number].productOrNil) }
      share += exponential(logs[number] - largest) / total
      var block = blocks[number]
      block.end = end
      block.share = share
      return block
    }
  }

  /// A row of idle values but for the first deciding genes.
  private static func row(_ genes: [Gene], _ deciding: [Int], _ values: [Int32]) -> [Int32] {
    var row = genes.map { $0.idle }
    for (gene, value) in zip(deciding, values) { row[gene] = value }
    return row
  }

  /// A row of the block's values, idle elsewhere, and the genes that are free to differ.
  func start(of block: Block) -> (row: [Int32], free: [Int]) {
    let row = Self.row(genes, deciding, block.values)
    let free = genes.indices.filter { !deciding.contains($0) && rules.isAlive($0, in: row) }
    return (row, free)
  }
}

extension GeneRules {
  fileprivate func isAlive(_ gene: Int, in row: [Int32]) -> Bool {
    row.withUnsafeBufferPointer { isAlive(gene, in: $0) }
  }
}

extension [Int] {
  /// Nil when it exceeds 64 bits.
  fileprivate var productOrNil: UInt64? {
    var total: UInt64 = 1
    for factor in self {
      let (product, overflow) = total.multipliedReportingOverflow(by: UInt64(factor))
      if overflow { return nil }
      total = product
    }
    return total
  }
}

extension UInt64 {
  fileprivate func adding(_ other: UInt64?) -> UInt64? {
    guard let other else { return nil }
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? nil : sum
  }
}
