import HelpSpaces

/// How often an architecture chooses what: the counts of operations of NAS-Bench-201 and
/// FBNet, of kernels and expansions of once-for-all, and so on for any space.
///
/// Dead genes do not count. Of a kind (`GeneKind`) that is one gene with more than two numbers, a
/// resolution for instance, the number and its square take the counts' place.
struct ChoiceCounts: Sendable {
  private let genes: GeneList
  private let kinds: [GeneKind]
  let count: Int

  init(_ space: any SearchSpace) {
    genes = space.genes
    kinds = space.genes.kinds
    count = kinds.reduce(0) { $0 + $1.count }
  }

  /// Writes `count` numbers.
  func write(_ row: ArchitectureRow, to target: UnsafeMutablePointer<Double>) {
    target.update(repeating: 0, count: count)
    var place = 0
    for kind in kinds {
      for gene in kind.genes where genes.isAlive(gene, in: row.genes) {
        add(row[gene], of: kind, to: target + place)
      }
      place += kind.count
    }
  }

  private func add(_ value: Int32, of kind: GeneKind, to target: UnsafeMutablePointer<Double>) {
    if kind.isNumber {
      target[0] = Double(value)
      target[1] = Double(value) * Double(value)
    } else if let choice = kind.sample.choices.firstIndex(of: value) {
      target[choice] += 1
    }
  }
}

extension GeneKind {
  fileprivate var isNumber: Bool {
    genes.count == 1 && sample.labels == nil && sample.choices.count > 2
  }
  fileprivate var count: Int { isNumber ? 2 : sample.choices.count }
}
