import HelpNumerics

/// NAS-Bench-201's own numbering, 0 to 15,624.
///
/// The benchmark lists all cells in order of their genes, last gene fastest, and
/// shuffles the list with Python's `random.seed(88)`; so the table of 15,625 strings
/// follows from one number.
package final class NASBench201Numbering: ArchitectureNumbering {
  private static let positions: [Int] = {
    var generator = MersenneTwister(pythonSeed: 88)
    return generator.pythonShuffle(count: 15_625)
  }()

  private static let indices: [Int] = {
    var inverse = [Int](repeating: 0, count: positions.count)
    for (index, position) in positions.enumerated() { inverse[position] = index }
    return inverse
  }()

  private static let space = NASBench201()

  package func genes(at index: Int) -> [Int32] {
    Self.space.row(atPosition: Self.positions[index])
  }

  package func index(of row: ArchitectureRow) -> Int {
    Self.indices[row.genes.reduce(0) { $0 * 5 + Int($1) }]
  }
}
