/// A cost that is a sum of a number for each choice of the genes that are alive.
package struct CostTable: Sendable, Equatable {
  package let name: String
  /// What every architecture costs.
  package let fixed: Double
  /// A number for each choice of the gene.
  package let terms: [(gene: Int, numbers: [Double])]

  /// The cost where the genes have these choices, -1 for dead ones.
  func total(_ choices: [Int]) -> Double {
    terms.reduce(fixed) { total, term in
      choices[term.gene] < 0 ? total : total + term.numbers[choices[term.gene]]
    }
  }

  package static func == (one: CostTable, other: CostTable) -> Bool {
    one.name == other.name && one.fixed == other.fixed
      && one.terms.elementsEqual(other.terms) { $0.gene == $1.gene && $0.numbers == $1.numbers }
  }
}
