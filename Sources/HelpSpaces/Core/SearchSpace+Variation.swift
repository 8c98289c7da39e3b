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
    child(of: parent) { parent, child in
      genes.rules.mutate(parent, into: child, probability: probability, using: &random)
    }
  }

  /// A child that takes each gene from one parent or the other, evenly; where it is dead in
  /// one, from the other.
  package func crossover(
    _ one: ArraySlice<Int32>, _ other: ArraySlice<Int32>, using random: inout RandomSource
  ) -> [Int32] {
    child(of: one) { one, child in
      other.withUnsafeBufferPointer { other in
        genes.rules.crossover(one, other, into: child, using: &random)
      }
    }
  }

  /// A copy of `parent` as `change` leaves it.
  private func child(
    of parent: ArraySlice<Int32>,
    _ change: (UnsafeBufferPointer<Int32>, UnsafeMutableBufferPointer<Int32>) -> Void
  ) -> [Int32] {
    parent.withUnsafeBufferPointer { parent in
      [Int32](unsafeUninitializedCapacity: parent.count) { child, count in
        count = child.initialize(fromContentsOf: parent)
        change(parent, UnsafeMutableBufferPointer(rebasing: child[..<count]))
      }
    }
  }
}
