import HelpBase
import HelpSpaces

/// Latencies someone measured on one device, checked: different architectures, each with
/// a finite positive latency in milliseconds.
package struct Measurements: Sendable {
  package let architectures: ArchitectureBatch
  package let latencies: [Double]

  package init(
    _ architectures: ArchitectureBatch, latencies: [Double]
  ) throws(HelpError) {
    for (row, latency) in latencies.enumerated() where !(latency > 0 && latency.isFinite) {
      throw HelpError(
        .measurements,
        "latency_ms[\(row)] is \(latency.brief); a latency is a finite number of milliseconds above 0"
      )
    }
    if let (first, second) = architectures.firstRepeat() {
      let text = architectures.space.format(architectures[first])
      throw HelpError(
        .measurements,
        "rows \(first) and \(second) are the same architecture, \(text); give each once, "
          + "with the median of its measurements")
    }
    self.architectures = architectures
    self.latencies = latencies
  }

  /// Some rows of checked ones.
  init(checked architectures: ArchitectureBatch, _ latencies: [Double]) {
    self.architectures = architectures
    self.latencies = latencies
  }

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
  /// Those of these row numbers.
  func rows(_ rows: [Int]) -> Measurements {
    Measurements(checked: architectures.rows(rows), rows.map { latencies[$0] })
  }
}
