import HelpBase
import HelpNumerics
import HelpSpaces

/// A predictor's latency, before the positive tail (B23), as a constant plus one number for each
/// combination of choices in small sets of genes.
///
/// The sets are the space's `interactions`. With f the latency and 0 the anchor, the first choice
/// of every gene, h_T(x) = Σ_{U ⊆ T} (-1)^{|T|-|U|} f(x_U, 0 elsewhere) is what the genes T do
/// together beyond what fewer of them do. f is the sum of all h_T with T in one of the sets, and
/// each h_T belongs to the first set that holds T. So entry x of set k is Σ_U c_U f(x_U), with
/// c_U = Σ (-1)^{|T|-|U|} over the T ⊇ U, not empty, that belong to k.
package struct AdditiveTable: Sendable {
  /// One set of genes.
  package struct Term: Sendable {
    /// Places of the genes in a row.
    package let genes: [Int]
    /// Milliseconds for each combination of the genes' choices, the last gene's changing fastest.
    package fileprivate(set) var latencies: [Double]
    /// Standard deviation of each, in milliseconds; empty for a method without deviations.
    package fileprivate(set) var deviations: [Double]
  }

  /// f of the anchor, in milliseconds.
  package let constant: Double
  package let terms: [Term]

  /// Combinations of all sets together.
  package static let maximumEntries = 1 << 20
  /// Genes of one set, whose subsets are looked through.
  private static let maximumGenes = 12
}

/// A latency function that is, before the positive tail, a weighted sum over an architecture's
/// numbers.
protocol LinearLatency {
  /// What the numbers are weighed by, in milliseconds.
  var weights: [Double] { get }
  /// How many numbers it reads of an architecture.
  var width: Int { get }
  /// Writes them for each row, [rows, width].
  func numbers(_ batch: ArchitectureBatch) -> [Double]
  /// The deviation of a sum of several architectures' numbers, each times a factor that sum to
  /// 0, without noise, in milliseconds; nil for a method without deviations.
  func deviation(ofContrast numbers: UnsafePointer<Double>) -> Double?
}

extension AdditiveTable {
  init(_ function: some LinearLatency, in space: any SearchSpace) throws(HelpError) {
    let sets = space.interactions
    try Self.check(sets, space)
    let anchor = ArchitectureBatch(
      checked: space.genes.canonical(space.genes.map { $0.choices[0] }), in: space)
    constant = zip(function.weights, function.numbers(anchor)).reduce(0) { $0 + $1.0 * $1.1 }
    terms = sets.indices.map { place in
      Self.term(sets[place], before: sets[..<place], function, space)
    }.filter { $0.latencies.contains { $0 != 0 } }
  }

  private static func check(_ sets: [[Int]], _ space: any SearchSpace) throws(HelpError) {
    var entries = 0.0
    for set in sets {
      entries += set.reduce(1.0) { $0 * Double(space.genes[$1].choices.count) }
      guard set.count <= maximumGenes, entries <= Double(maximumEntries) else {
        throw HelpError(
          .unsupported,
          "the table of \(space.name) is too large: \(set.count) genes interact, and there are at "
            + "least \(entries.brief) entries; \(maximumGenes) genes and \(maximumEntries) entries "
            + "are allowed")
      }
    }
  }

  private static func term(
    _ set: [Int], before: ArraySlice<[Int]>, _ function: some LinearLatency,
    _ space: any SearchSpace
  ) -> Term {
    let grid = ChoiceGrid(set, space)
    let numbers = function.numbers(grid.architectures)
    let parts = coefficients(set, before)
    var term = Term(genes: set, latencies: [], deviations: [])
    var contrast = [Double](repeating: 0, count: function.width)
    for entry in 0..<grid.count {
      for column in contrast.indices { contrast[column] = 0 }
      for (subset, coefficient) in parts {
        let start = grid.anchored(entry, outside: subset) * function.width
        for column in contrast.indices { contrast[column] += coefficient * numbers[start + column] }
      }
      contrast.withUnsafeBufferPointer { contrast in
        guard let contrast = contrast.baseAddress else { return }
        term.latencies.append(sum(function.weights, contrast))
        if let deviation = function.deviation(ofContrast: contrast) {
          term.deviations.append(deviation)
        }
      }
    }
    return term
  }

  private static func sum(_ weights: [Double], _ numbers: UnsafePointer<Double>) -> Double {
    weights.withUnsafeBufferPointer { weights in
      weights.baseAddress.map { dot($0, numbers, weights.count) } ?? 0
    }
  }

  /// The subsets U of a set, as bits over its genes, with their c_U where that is not 0.
  private static func coefficients(
    _ set: [Int], _ before: ArraySlice<[Int]>
  ) -> [(subset: Int, coefficient: Double)] {
    let earlier = Swift.Set(before.map { bits(of: set, in: $0) })
    let all = 1 << set.count
    let own = (1..<all).filter { subset in !earlier.contains { subset & ~$0 == 0 } }
    var coefficients = [Double](repeating: 0, count: all)
    for superset in own {
      var subset = superset
      while true {
        let isEven = (superset & ~subset).nonzeroBitCount.isMultiple(of: 2)
        coefficients[subset] += isEven ? 1 : -1
        if subset == 0 { break }
        subset = (subset - 1) & superset
      }
    }
    return coefficients.enumerated().filter { $0.element != 0 }.map { ($0.offset, $0.element) }
  }

  /// Which genes of a set are in another.
  private static func bits(of set: [Int], in other: [Int]) -> Int {
    set.enumerated().reduce(0) { $0 | (other.contains($1.element) ? 1 << $1.offset : 0) }
  }
}

/// All combinations of the choices of some genes, the others at the anchor.
private struct ChoiceGrid {
  let count: Int
  let architectures: ArchitectureBatch
  /// Choices of each gene, and entries between two neighbouring ones.
  private let sizes, strides: [Int]

  init(_ set: [Int], _ space: any SearchSpace) {
    let sizes = set.map { space.genes[$0].choices.count }
    let strides = sizes.indices.map { sizes[($0 + 1)...].reduce(1, *) }
    let count = sizes.reduce(1, *)
    let anchor = space.genes.map { $0.choices[0] }
    let rows = (0..<count).flatMap { entry in
      var row = anchor
      for (place, gene) in set.enumerated() {
        row[gene] = space.genes[gene].choices[entry / strides[place] % sizes[place]]
      }
      return space.genes.canonical(row)
    }
    architectures = ArchitectureBatch(checked: rows, in: space)
    (self.sizes, self.strides, self.count) = (sizes, strides, count)
  }

  /// The entry whose genes outside `subset`, bits over the genes, are at the anchor.
  func anchored(_ entry: Int, outside subset: Int) -> Int {
    sizes.indices.reduce(0) { place, gene in
      subset >> gene & 1 == 1
        ? place + entry / strides[gene] % sizes[gene] * strides[gene] : place
    }
  }
}

extension Predictor {
  /// Throws `unsupported` for a method that is no sum over an architecture's numbers, and in a
  /// space in which too many genes interact.
  package func additiveTable() throws(HelpError) -> AdditiveTable {
    if let function = function as? BayesPredictor {
      return try AdditiveTable(function, in: space)
    }
    if let function = function as? BaselineFunction {
      return try AdditiveTable(BaselineLine(function, in: space), in: space)
    }
    throw HelpError(
      .unsupported, "method \"\(method)\" is no sum over an architecture's choices")
  }
}
