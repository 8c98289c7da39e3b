import HelpBase
import HelpNumerics
import HelpSpaces

/// Latencies someone measured on one device, checked: each a finite positive number of
/// milliseconds. An architecture that was measured several times counts once, with the median.
package struct Measurements: Sendable {
  /// Different architectures, in the order in which they first occur.
  package let architectures: ArchitectureBatch
  /// Of each, the median of its measurements.
  package let latencies: [Double]
  /// All rows as they were given, with repeated architectures.
  package let given: Given
  /// For each architecture, its rows among the given ones, the first first.
  let givenRows: [[Int]]

  /// Rows as they were given.
  package struct Given: Sendable {
    package let architectures: ArchitectureBatch
    package let latencies: [Double]
  }

  package init(
    _ architectures: ArchitectureBatch, latencies: [Double]
  ) throws(HelpError) {
    for (row, latency) in latencies.enumerated() where !(latency > 0 && latency.isFinite) {
      throw HelpError(
        .measurements,
        "latency_ms[\(row)] is \(latency.brief); a latency is a finite number of milliseconds above 0"
      )
    }
    given = Given(architectures: architectures, latencies: latencies)
    givenRows = Self.rowsOfEach(architectures)
    self.architectures = architectures.rows(givenRows.map { $0[0] })
    self.latencies = givenRows.map { rows in quantile(rows.map { latencies[$0] }, 0.5) }
  }

  /// Some of checked ones.
  private init(
    _ whole: Measurements, _ rows: [Int]
  ) {
    architectures = whole.architectures.rows(rows)
    latencies = rows.map { whole.latencies[$0] }
    given = whole.given
    givenRows = rows.map { whole.givenRows[$0] }
  }

  /// The rows of each different architecture.
  private static func rowsOfEach(_ architectures: ArchitectureBatch) -> [[Int]] {
    var places: [ArraySlice<Int32>: Int] = [:]
    var rows: [[Int]] = []
    for row in 0..<architectures.count {
      let genes = architectures[row].genes
      if let place = places[genes] {
        rows[place].append(row)
      } else {
        places[genes] = rows.count
        rows.append([row])
      }
    }
    return rows
  }

  /// How many architectures were measured.
  package var count: Int { latencies.count }

  /// Row numbers of `references`, in their order.
  func rows(of references: ArchitectureBatch) throws(HelpError) -> [Int] {
    var places: [ArraySlice<Int32>: Int] = [:]
    for row in 0..<count { places[architectures[row].genes] = row }
    var rows: [Int] = []
    for reference in 0..<references.count {
      guard let row = places[references[reference].genes] else {
        let text = references.space.format(references[reference])
        throw HelpError(
          .measurements,
          "reference \(reference) of \(references.count), \(text), is not among the "
            + "\(count) measured rows; every reference must be measured")
      }
      rows.append(row)
    }
    return rows
  }
}

extension Measurements {
  /// Those of these architectures, by their places.
  func rows(_ rows: [Int]) -> Measurements { Measurements(self, rows) }

  /// These and others of the same space.
  func adding(_ others: Measurements) throws(HelpError) -> Measurements {
    try Measurements(
      ArchitectureBatch(
        checked: given.architectures.genes + others.given.architectures.genes,
        in: architectures.space),
      latencies: given.latencies + others.given.latencies)
  }
}

/// What measuring some architectures several times says of how well measurements repeat.
struct Repetition {
  /// Σ (latency / median - 1)² over the repeated rows.
  let squares: Double
  /// Repeated rows beyond the first of each architecture.
  let freedom: Int

  /// Rows that the default repeatability counts for where repetitions say something else; not
  /// tuned.
  private static let defaultRows = 8.0

  /// Nil where no architecture was measured twice.
  init?(_ measurements: Measurements) {
    let repeated = zip(measurements.givenRows, measurements.latencies).filter { $0.0.count > 1 }
    freedom = repeated.reduce(0) { $0 + $1.0.count - 1 }
    guard freedom > 0 else { return nil }
    squares = repeated.reduce(0) { sum, architecture in
      architecture.0.reduce(sum) {
        let difference = measurements.given.latencies[$1] / architecture.1 - 1
        return $0 + difference * difference
      }
    }
  }

  /// ε from the repetitions, drawn towards `expected` where they are few.
  func repeatability(expected: Double) -> Double {
    let known = Self.defaultRows * expected * expected
    return min(((known + squares) / (Self.defaultRows + Double(freedom))).squareRoot(), 1)
  }
}
