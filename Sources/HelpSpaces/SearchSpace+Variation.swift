import HelpNumerics

/// Random architectures, and new ones from old ones, all in canonical rows. All draws come
/// from the generator that is passed, one architecture after another.
extension SearchSpace {
  /// One architecture, every gene uniform over its drawn choices.
  package func randomRow(using random: inout RandomSource) -> [Int32] {
    genes.canonical(genes.map { $0.drawn[random.index(below: $0.drawn.count)] })
  }

  /// `rows` different architectures, as `randomRow` draws them. `rows` is at most `count`.
  package func sample(_ rows: Int, using random: inout RandomSource) -> ArchitectureBatch {
    // Drawing again on a repeat would be slow where most of the space is wanted.
    if let count, count <= 1_000_000, UInt64(rows) * 2 > count {
      let order = random.sample(rows, below: Int(count))
      return ArchitectureBatch(checked: order.flatMap(row(atPosition:)), in: self)
    }
    var seen: Set<[Int32]> = []
    var drawn: [Int32] = []
    var repeats = 0
    while seen.count < rows {
      // Conditions can make most draws the same few architectures.
      let isStuck = repeats > Self.patience
      let row = isStuck ? uniformRow(using: &random) : randomRow(using: &random)
      if seen.insert(row).inserted {
        drawn += row
        if !isStuck { repeats = 0 }
      } else {
        repeats += 1
      }
    }
    return ArchitectureBatch(checked: drawn, in: self)
  }

  /// Repeats in a row after which architectures are drawn uniformly from all.
  private static var patience: Int { 100 }

  /// A copy of `parent` in which each gene has changed with `probability`, to another of
  /// its drawn choices. A gene that comes alive is drawn anew.
  package func mutated(
    _ parent: ArraySlice<Int32>, probability: Double, using random: inout RandomSource
  ) -> [Int32] {
    var child = zip(genes, parent).map { gene, value in
      guard random.uniform() < probability, gene.drawn.count > 1 else { return value }
      let others = gene.drawn.filter { $0 != value }
      return others[random.index(below: others.count)]
    }
    redraw(&child, using: &random) { genes.isAlive($0, in: parent) }
    return child
  }

  /// A child that takes each gene from one parent or the other, evenly; where it is dead in
  /// one, from the other.
  package func crossed(
    _ mother: ArraySlice<Int32>, _ father: ArraySlice<Int32>, using random: inout RandomSource
  ) -> [Int32] {
    var child = zip(mother, father).map { random.next() & 1 == 0 ? $0 : $1 }
    for gene in genes.conditional {
      switch (genes.isAlive(gene, in: mother), genes.isAlive(gene, in: father)) {
      case (true, false): child[gene] = mother[mother.startIndex + gene]
      case (false, true): child[gene] = father[father.startIndex + gene]
      default: break
      }
    }
    redraw(&child, using: &random) {
      genes.isAlive($0, in: mother) || genes.isAlive($0, in: father)
    }
    return child
  }

  /// Makes a row canonical, drawing those genes that are alive but were not before.
  private func redraw(
    _ row: inout [Int32], using random: inout RandomSource, wasAlive: (Int) -> Bool
  ) {
    for gene in genes.conditional {
      if !genes.isAlive(gene, in: row[...]) {
        row[gene] = genes[gene].idle
      } else if !wasAlive(gene) {
        row[gene] = genes[gene].drawn[random.index(below: genes[gene].drawn.count)]
      }
    }
  }
}
