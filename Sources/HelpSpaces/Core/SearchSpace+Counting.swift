import HelpNumerics

/// Every architecture by its position: blocks of equal deciding genes one after another,
/// within a block in order of the other genes, last fastest.
extension SearchSpace {
  /// Architectures that sampling and search draw from, or nil when it exceeds
  /// `UInt64.max - 1`.
  package var count: UInt64? {
    guard let end = genes.blocks.last?.end, end < .max else { return nil }
    return end
  }

  /// The architecture at `position`, which is below `count`.
  package func row(atPosition position: Int) -> [Int32] {
    let position = UInt64(position)
    let number = genes.firstBlock { $0.end.map { $0 > position } ?? true }
    let start = number == 0 ? 0 : genes.blocks[number - 1].end ?? 0
    var (row, free) = genes.start(of: genes.blocks[number])
    var rest = position - start
    for gene in free.reversed() {
      let drawn = genes[gene].drawn
      row[gene] = drawn[Int(rest % UInt64(drawn.count))]
      rest /= UInt64(drawn.count)
    }
    return row
  }

  /// An architecture drawn uniformly from all.
  func uniformRow(using random: inout RandomSource) -> [Int32] {
    let place = random.uniform()
    let number = genes.firstBlock { $0.share > place }
    var (row, free) = genes.start(of: genes.blocks[number])
    for gene in free {
      row[gene] = genes[gene].drawn[random.index(below: genes[gene].drawn.count)]
    }
    return row
  }
}

extension GeneList {
  /// The first block that `isBeyond`, or the last; those that are follow those that are not.
  fileprivate func firstBlock(_ isBeyond: (Block) -> Bool) -> Int {
    blocks.dropLast().partitioningIndex(where: isBeyond)
  }
}
