/// How an architecture becomes a list of floats, feature by feature.
package struct FeatureList: Sendable, Equatable {
  package enum Feature: Sendable, Equatable {
    /// A vector for each choice of a gene; zeros while the gene is dead.
    case lookup(gene: Int, vectors: [[Float]])
    /// The mean, over those of some genes that are alive, of a number for each choice;
    /// 0 when all are dead.
    case mean(genes: [Int], numbers: [[Double]])
    /// The sum instead of the mean.
    case sum(genes: [Int], numbers: [[Double]])

    package var count: Int {
      switch self {
      case .lookup(_, let vectors): vectors.first?.count ?? 0
      case .mean, .sum: 1
      }
    }
  }

  package let features: [Feature]
  /// Floats in all.
  package let count: Int

  package init(_ features: [Feature]) {
    self.features = features
    count = features.reduce(0) { $0 + $1.count }
  }

  /// Writes `count` floats for a checked row.
  package func encode(
    _ row: ArchitectureRow, _ genes: GeneList, into target: UnsafeMutablePointer<Float>
  ) {
    var place = 0
    for feature in features {
      feature.encode(row, genes, into: target + place)
      place += feature.count
    }
  }
}

extension FeatureList.Feature {
  /// One feature for each choice of a gene.
  package static func oneHot(_ gene: Int, of genes: [Gene]) -> Self {
    let count = genes[gene].choices.count
    return .lookup(
      gene: gene,
      vectors: (0..<count).map { choice in (0..<count).map { $0 == choice ? 1 : 0 } })
  }

  /// One gene's value, divided.
  package static func value(_ gene: Int, of genes: [Gene], dividedBy scale: Double) -> Self {
    .mean(genes: [gene], numbers: [genes[gene].choices.map { Double($0) / scale }])
  }

  fileprivate func encode(
    _ row: ArchitectureRow, _ genes: GeneList, into target: UnsafeMutablePointer<Float>
  ) {
    switch self {
    case .lookup(let gene, let vectors):
      let choice = genes.choice(gene, in: row)
      for place in 0..<count { target[place] = choice.map { vectors[$0][place] } ?? 0 }
    case .mean(let list, let numbers):
      let (total, alive) = Self.total(list, numbers, row, genes)
      target[0] = Float(total / Double(max(alive, 1)))
    case .sum(let list, let numbers):
      target[0] = Float(Self.total(list, numbers, row, genes).total)
    }
  }

  private static func total(
    _ list: [Int], _ numbers: [[Double]], _ row: ArchitectureRow, _ genes: GeneList
  ) -> (total: Double, alive: Int) {
    var total = 0.0
    var alive = 0
    for (gene, numbers) in zip(list, numbers) {
      guard let choice = genes.choice(gene, in: row) else { continue }
      total += numbers[choice]
      alive += 1
    }
    return (total, alive)
  }
}

extension GeneList {
  /// The number of the gene's choice in a checked row; nil while it is dead.
  package func choice(_ gene: Int, in row: ArchitectureRow) -> Int? {
    guard isAlive(gene, in: row.genes) else { return nil }
    return genes[gene].choices.firstIndex(of: row[gene])
  }
}
