import HelpBase

/// The genes of one architecture that has been checked against its space.
package struct ArchitectureRow: Sendable {
  package let genes: ArraySlice<Int32>

  package subscript(position: Int) -> Int32 { genes[genes.startIndex + position] }
}

/// Rows of genes that are all inside a space: the only form in which
/// architectures travel below the C boundary.
///
/// Rows are canonical (see `GeneList`), one after another without gaps.
package struct ArchitectureBatch: Sendable {
  /// Rows that a call may have or return: enough for any space that is listed at all, and few
  /// enough that no size of a batch overflows.
  package static let maximumRows = 100_000_000

  package let space: any SearchSpace
  package let count: Int
  package let genes: [Int32]

  /// Checks every gene of every row and makes the rows canonical. Of several arguments with rows
  /// `argument` says which this is.
  package init(
    checking genes: [Int32], in space: any SearchSpace, of argument: String? = nil
  ) throws(HelpError) {
    let width = space.width
    guard genes.count % width == 0 else {
      throw HelpError(
        .argument,
        "\(genes.count) genes are not whole rows of \(space.name), which has \(width) genes a row")
    }
    let rules = space.genes.rules
    if let place = rules.firstBadPlace(genes) {
      throw HelpError(
        .architecture,
        "row \(place / width)\(argument.map { " of \($0)" } ?? "") is outside \(space.name): "
          + space.genes.complaint(gene: place % width, value: genes[place]))
    }
    var genes = genes
    if rules.hasConditions { rules.canonicalize(&genes) }
    self.init(checked: genes, in: space)
  }

  /// Reads the space's own text of each architecture; of several, errors name the row.
  package init(parsing texts: [String], in space: any SearchSpace) throws(HelpError) {
    var genes: [Int32] = []
    for (row, text) in texts.enumerated() {
      do throws(HelpError) {
        genes += try Self.checkedGenes(text, in: space)
      } catch {
        if texts.count == 1 { throw error }
        throw HelpError(error.kind ?? .internal, "row \(row): \(error.message)")
      }
    }
    try self.init(checking: genes, in: space)
  }

  private static func checkedGenes(
    _ text: String, in space: any SearchSpace
  ) throws(HelpError) -> [Int32] {
    let genes = try space.parse(text)
    if let place = space.genes.rules.firstBadPlace(genes) {
      throw HelpError(
        .architecture,
        "the architecture is outside \(space.name): "
          + space.genes.complaint(gene: place, value: genes[place]))
    }
    return genes
  }

  /// For canonical genes that came from the space itself.
  package init(checked genes: [Int32], in space: any SearchSpace) {
    self.space = space
    self.genes = genes
    self.count = genes.count / space.width
  }

  package subscript(row: Int) -> ArchitectureRow {
    let width = space.width
    return ArchitectureRow(genes: genes[(row * width)..<((row + 1) * width)])
  }

  package func rows(_ indices: [Int]) -> ArchitectureBatch {
    ArchitectureBatch(checked: indices.flatMap { self[$0].genes }, in: space)
  }

  /// Encodings, row after row: `count * space.encoding.featureCount` floats.
  package func encoded() -> [Float] {
    let features = space.encoding.featureCount
    return [Float](unsafeUninitializedCapacity: count * features) { buffer, initialized in
      buffer.initialize(repeating: 0)
      if let base = buffer.baseAddress {
        for row in 0..<count { space.encode(self[row], into: base + row * features) }
      }
      initialized = count * features
    }
  }

  /// Multiply-accumulate operations of each row; nil where the space cannot tell.
  package func macs() -> [Double]? {
    var costs: [Double] = []
    costs.reserveCapacity(count)
    for row in 0..<count {
      guard let cost = space.macs(self[row]) else { return nil }
      costs.append(cost)
    }
    return costs
  }

  /// The first two rows that hold the same genes, or nil.
  package func firstRepeat() -> (Int, Int)? {
    var seen: [ArraySlice<Int32>: Int] = [:]
    for row in 0..<count {
      if let earlier = seen.updateValue(row, forKey: self[row].genes) { return (earlier, row) }
    }
    return nil
  }
}

extension GeneList {
  /// "gene 5 (3<-2) is 9, not 0...4"
  fileprivate func complaint(gene position: Int, value: Int32) -> String {
    "gene \(position) (\(genes[position].name)) is \(value), not \(genes[position].allowed)"
  }

  /// The first of whole rows with a gene outside its choices, dead or alive.
  package func firstBadRow(of rows: [Int32]) -> Int? {
    guard let place = rules.firstBadPlace(rows) else { return nil }
    return place / count
  }
}
