import HelpBase
import HelpNumerics
import HelpSpaces

/// Between which milliseconds a measurement falls.
extension Predictor {
  /// Where the lower end of an interval leaves its line for the hyperbolic tail, as a share of
  /// the latency; not tuned.
  private static var tailShare: Double { 0.1 }

  /// Whether intervals of this probability can be made.
  package func checkIntervals(level: Double) throws(HelpError) {
    guard level > 0, level < 1 else {
      throw HelpError(.argument, "level is \(level.brief(unlike: 0, 1)), not between 0 and 1")
    }
    guard hasDeviations else {
      throw HelpError(
        .unsupported, "method \"\(method)\" has no deviations to make intervals of")
    }
  }

  /// Writes the interval of probability `level`, which has been checked, for each row, by its
  /// deviation; the hyperbolic tail keeps lower ends above 0.
  package func intervals(
    _ batch: ArchitectureBatch, level: Double, lower: UnsafeMutablePointer<Double>,
    upper: UnsafeMutablePointer<Double>
  ) {
    let (latencies, deviations) = moments(batch)
    let width = normalQuantile((1 + level) / 2)
    for row in 0..<batch.count {
      lower[row] = Self.lowerEnd(latencies[row], width * deviations[row])
      upper[row] = latencies[row] + width * deviations[row]
    }
  }

  /// The lower end of an interval, `width` below the latency and always above 0.
  package static func lowerEnd(_ latency: Double, _ width: Double) -> Double {
    hyperbolicTail(latency - width, below: latency * tailShare)
  }

  /// Latency and deviation of each row, in milliseconds.
  package func moments(_ batch: ArchitectureBatch) -> (latencies: [Double], deviations: [Double]) {
    var latencies = [Double](repeating: 0, count: batch.count)
    var deviations = latencies
    latencies.withUnsafeMutableBufferPointer { latencies in
      deviations.withUnsafeMutableBufferPointer { deviations in
        if let latencies = latencies.baseAddress {
          predict(batch, latencies: latencies, deviations: deviations.baseAddress)
        }
      }
    }
    return (latencies, deviations)
  }
}
