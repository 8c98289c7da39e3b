/// Genes that make the same decision in different places: those with the same choices and, but
/// for digits, the same name.
package struct GeneKind: Sendable {
  /// The first of them, which stands for all.
  package let sample: Gene
  package private(set) var genes: [Int]
  private let name: String

  fileprivate init(_ gene: Gene, named name: String, at place: Int) {
    sample = gene
    genes = [place]
    self.name = name
  }

  fileprivate func holds(_ gene: Gene, named name: String) -> Bool {
    self.name == name && sample.choices == gene.choices && sample.labels == gene.labels
  }

  fileprivate mutating func add(_ place: Int) { genes.append(place) }
}

extension GeneList {
  /// Every gene is of one kind; kinds are in the order of their first genes.
  package var kinds: [GeneKind] {
    var kinds: [GeneKind] = []
    for (place, gene) in genes.enumerated() {
      let name = gene.name.filter { !$0.isNumber }
      if let kind = kinds.firstIndex(where: { $0.holds(gene, named: name) }) {
        kinds[kind].add(place)
      } else {
        kinds.append(GeneKind(gene, named: name, at: place))
      }
    }
    return kinds
  }
}
