import HelpNumerics

/// New rows from old ones; `child` begins as a copy of a parent, and all rows are canonical.
extension GeneRules {
  typealias Row = UnsafeBufferPointer<Int32>
  typealias Child = UnsafeMutableBufferPointer<Int32>

  /// Changes each gene with `probability` to another of its drawn choices. A gene that comes
  /// alive is drawn anew.
  func mutate(
    _ parent: Row, into child: Child, probability: Double, using random: inout RandomSource
  ) {
    for gene in child.indices {
      let count = drawn[gene].end - drawn[gene].start
      guard random.uniform() < probability, count > 1 else { continue }
      child[gene] = draw(gene, otherThan: child[gene], using: &random)
    }
    for gene in conditionals {
      settle(gene, wasAlive: isAlive(gene.gene, in: parent), child, using: &random)
    }
  }

  /// Takes each gene from one parent or the other, evenly; where it is dead in one, from the
  /// other.
  func crossover(
    _ one: Row, _ other: Row, into child: Child, using random: inout RandomSource
  ) {
    var bits: UInt64 = 0
    for gene in child.indices {
      if gene % 64 == 0 { bits = random.next() }
      child[gene] = bits & 1 == 0 ? one[gene] : other[gene]
      bits >>= 1
    }
    for gene in conditionals {
      let alive = (isAlive(gene.gene, in: one), isAlive(gene.gene, in: other))
      if alive == (true, false) { child[gene.gene] = one[gene.gene] }
      if alive == (false, true) { child[gene.gene] = other[gene.gene] }
      settle(gene, wasAlive: alive.0 || alive.1, child, using: &random)
    }
  }

  /// Any of the drawn choices but this one.
  private func draw(
    _ gene: Int, otherThan value: Int32, using random: inout RandomSource
  ) -> Int32 {
    let (start, end) = (drawn[gene].start, drawn[gene].end)
    let place = (start..<end).first { values[$0] == value }
    let choice = start + random.index(below: end - start - (place == nil ? 0 : 1))
    return values[place.map { choice < $0 ? choice : choice + 1 } ?? choice]
  }

  /// Gives a gene its idle value where it is dead, and draws it where it was dead before.
  private func settle(
    _ gene: Conditional, wasAlive: Bool, _ child: Child, using random: inout RandomSource
  ) {
    if !isAlive(gene.gene, in: UnsafeBufferPointer(child)) {
      child[gene.gene] = gene.idle
    } else if !wasAlive {
      let (start, end) = (drawn[gene.gene].start, drawn[gene.gene].end)
      child[gene.gene] = values[start + random.index(below: end - start)]
    }
  }
}
