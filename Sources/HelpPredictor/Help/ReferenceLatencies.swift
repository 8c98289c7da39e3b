import HelpBase
import HelpSpaces

/// A device's latencies on a dataset's references: measured or, where a table lacks some,
/// estimated from its others.
///
/// An estimate is the ridge regression of the device's measured latencies on the encodings,
/// kept within their range.
struct ReferenceLatencies: Sendable {
  let milliseconds: [Double]
  /// Which references are estimated.
  let estimated: [Int]

  /// Fewest measured rows for an estimate.
  static let minimumRows = 100

  /// - rows: those an estimate may use, measured or not.
  init(
    of device: LatencyDataset.Device, references: [Int], rows: Range<Int>,
    encodings: EncodedRows
  ) throws(HelpError) {
    let measured = references.map { device.latencies[$0] }
    estimated = references.indices.filter { measured[$0].isNaN }
    guard let first = estimated.first else {
      milliseconds = measured
      return
    }
    guard let estimate = Estimate(device, rows: rows, encodings: encodings) else {
      throw HelpError(
        .measurements,
        "device \"\(device.name)\" lacks reference \(first), row \(references[first]); estimating "
          + "it takes \(Self.minimumRows) measured training rows, of which the device has "
          + "\(device.measured(rows).count), and at most \(RidgeRegression.maximumColumns) features"
      )
    }
    milliseconds = zip(measured, references).map { latency, row in
      latency.isNaN ? estimate(encodings[row]) : latency
    }
  }

  /// What the network knows of the device; the latencies must not be all equal.
  func embedding(of name: String) throws(HelpError) -> [Float] {
    let embedding = deviceEmbedding(referenceLatencies: milliseconds)
    guard embedding.allSatisfy({ $0.isFinite }) else {
      throw HelpError(
        .measurements, "device \"\(name)\" has the same latency on all references")
    }
    return embedding.map { Float($0) }
  }
}

private struct Estimate {
  private let regression: RidgeRegression
  private let range: ClosedRange<Double>

  init?(_ device: LatencyDataset.Device, rows: Range<Int>, encodings: EncodedRows) {
    let rows = device.measured(rows)
    let latencies = rows.map { device.latencies[$0] }
    guard rows.count >= ReferenceLatencies.minimumRows,
      let low = latencies.min(), let high = latencies.max(),
      let regression = RidgeRegression(rows.map { encodings[$0] }, targets: latencies)
    else { return nil }
    self.regression = regression
    range = low...high
  }

  func callAsFunction(_ encoding: ArraySlice<Float>) -> Double {
    min(max(regression(encoding), range.lowerBound), range.upperBound)
  }
}

extension LatencyDataset.Device {
  /// Those of some rows that are measured.
  fileprivate func measured(_ rows: Range<Int>) -> [Int] {
    rows.filter { !latencies[$0].isNaN }
  }

  /// All latencies, with those of the references that are estimates put in.
  func latencies(with references: ReferenceLatencies, at rows: [Int]) -> [Double] {
    var latencies = latencies
    for place in references.estimated { latencies[rows[place]] = references.milliseconds[place] }
    return latencies
  }
}
