import HelpNumerics
import HelpSpaces

/// Between which milliseconds a measurement falls.
extension Predictor {
  /// Writes the interval of probability `level` for each row, by its deviation; lower ends
  /// bend so as to stay above 0.
  package func intervals(
    _ batch: ArchitectureBatch, level: Double, lower: UnsafeMutablePointer<Double>,
    upper: UnsafeMutablePointer<Double>
  ) throws(HelpError) {
    guard level > 0, level < 1 else {
      throw HelpError(.argument, "level is \(level), not between 0 and 1")
    }
    var latencies = [Double](repeating: 0, count: batch.count)
    var deviations = latencies
    latencies.withUnsafeMutableBufferPointer { latencies in
      deviations.withUnsafeMutableBufferPointer { deviations in
        if let latencies = latencies.baseAddress {
          predict(batch, latencies: latencies, deviations: deviations.baseAddress)
        }
      }
    }
    guard deviations.allSatisfy(\.isFinite) else {
      throw HelpError(
        .unsupported, "method \"\(method)\" has no deviations to make intervals of")
    }
    let width = normalQuantile((1 + level) / 2)
    for row in 0..<batch.count {
      lower[row] = Self.positive(latencies[row] - width * deviations[row], of: latencies[row])
      upper[row] = latencies[row] + width * deviations[row]
    }
  }

  /// A lower end as it is or, below a tenth of the latency, on a hyperbola above 0.
  private static func positive(_ end: Double, of latency: Double) -> Double {
    let bend = latency / 10
    return end >= bend ? end : bend * bend / (2 * bend - end)
  }
}
