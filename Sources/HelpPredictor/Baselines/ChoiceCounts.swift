import HelpSpaces

/// How often an architecture chooses what: the counts of operations of NAS-Bench-201 and
/// FBNet, of kernels and expansions of once-for-all, and so on for any space.
///
/// Genes are of one kind if they have the same choices and, but for digits, names. Dead genes
/// do not count. Of a kind that is one gene with more than two numbers, a resolution for
/// instance, the number and its square take the counts' place.
struct ChoiceCounts: Sendable {
  private struct Kind {
    let sample: Gene
    let name: String
    var genes: [Int]

    var isNumber: Bool { genes.count == 1 && sample.labels == nil && sample.choices.count > 2 }
    var count: Int { isNumber ? 2 : sample.choices.count }

    func holds(_ gene: Gene, named name: String) -> Bool {
      self.name == name && sample.choices == gene.choices && sample.labels == gene.labels
    }
  }

  private let genes: GeneList
  private let kinds: [Kind]
  let count: Int

  init(_ space: any SearchSpace) {
    genes = space.genes
    var kinds: [Kind] = []
    for (place, gene) in genes.enumerated() {
      let name = gene.name.filter { !$0.isNumber }
      if let kind = kinds.firstIndex(where: { $0.holds(gene, named: name) }) {
        kinds[kind].genes.append(place)
      } else {
        kinds.append(Kind(sample: gene, name: name, genes: [place]))
      }
    }
    self.kinds = kinds
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

  private func add(_ value: Int32, of kind: Kind, to target: UnsafeMutablePointer<Double>) {
    if kind.isNumber {
      target[0] = Double(value)
      target[1] = Double(value) * Double(value)
    } else if let choice = kind.sample.choices.firstIndex(of: value) {
      target[choice] += 1
    }
  }
}
