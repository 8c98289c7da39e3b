/// What the contribution of some genes depends on.
extension GeneList {
  /// The genes themselves and those that conditions of theirs look at, however far; each comes
  /// after those it looks at.
  func influences(on list: [Int]) -> [Int] {
    var found = Set(list)
    var rest = list
    while let gene = rest.popLast() {
      for condition in genes[gene].conditions where found.insert(condition.gene).inserted {
        rest.append(condition.gene)
      }
    }
    let free = found.filter { genes[$0].conditions.isEmpty }.sorted()
    return free + rules.conditionals.map { $0.gene }.filter(found.contains)
  }

  /// For each gene of a canonical row the number of its choice, or -1 while it is dead.
  func choices(in row: ArchitectureRow) -> [Int] {
    row.genes.withUnsafeBufferPointer { rules.choices(in: $0) }
  }
}

extension [[Int]] {
  /// Sets of genes without those that are part of another, each ascending.
  var withoutSubsets: [[Int]] {
    let sets = Set(map(Set.init)).sorted {
      $0.count > $1.count
        || $0.count == $1.count && $0.sorted().lexicographicallyPrecedes($1.sorted())
    }
    var kept: [Set<Int>] = []
    for set in sets where !kept.contains(where: set.isSubset) { kept.append(set) }
    return kept.map { $0.sorted() }
  }
}
