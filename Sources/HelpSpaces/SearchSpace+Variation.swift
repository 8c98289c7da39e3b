import HelpNumerics

/// Random architectures, and new ones from old ones. All draws come from the
/// generator that is passed, one architecture after another.
extension SearchSpace {
  /// One architecture, every gene uniform over its choices.
  package func randomRow(using random: inout RandomSource) -> [Int32] {
    genes.map { $0.choices[random.index(below: $0.choices.count)] }
  }

  /// `rows` different architectures, uniformly. `rows` is at most `count`.
  package func sample(_ rows: Int, using random: inout RandomSource) -> ArchitectureBatch {
    // Drawing again on a repeat would be slow where most of the space is wanted.
    if let count, count <= 1_000_000, UInt64(rows) * 2 > count {
      let order = random.sample(rows, below: Int(count))
      return ArchitectureBatch(checked: order.flatMap(row(atPosition:)), in: self)
    }
    var seen: Set<[Int32]> = []
    var drawn: [Int32] = []
    while seen.count < rows {
      let row = randomRow(using: &random)
      if seen.insert(row).inserted { drawn += row }
    }
    return ArchitectureBatch(checked: drawn, in: self)
  }

  /// The architecture at `position` of the product of all choices, last gene fastest.
  package func row(atPosition position: Int) -> [Int32] {
    var row = [Int32](repeating: 0, count: width)
    var rest = position
    for gene in stride(from: width - 1, through: 0, by: -1) {
      let choices = genes[gene].choices
      row[gene] = choices[rest % choices.count]
      rest /= choices.count
    }
    return row
  }

  /// A copy of `parent` in which each gene has changed with `probability`, to
  /// another of its choices.
  package func mutated(
    _ parent: ArraySlice<Int32>, probability: Double, using random: inout RandomSource
  ) -> [Int32] {
    zip(genes, parent).map { gene, value in
      guard random.uniform() < probability, gene.choices.count > 1 else { return value }
      let others = gene.choices.filter { $0 != value }
      return others[random.index(below: others.count)]
    }
  }

  /// A child that takes each gene from one parent or the other, evenly.
  package func crossed(
    _ mother: ArraySlice<Int32>, _ father: ArraySlice<Int32>, using random: inout RandomSource
  ) -> [Int32] {
    zip(mother, father).map { random.next() & 1 == 0 ? $0 : $1 }
  }
}
