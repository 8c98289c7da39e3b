import HelpSpaces

/// A way to predict the latency of architectures on one device: what a method of
/// adaptation leaves.
///
/// Immutable, so any number of threads may use one. An architecture's prediction does not
/// depend on what else is in its batch.
package protocol LatencyFunction: AnyObject, Sendable {
  /// The name by which files and options know the method.
  var method: String { get }

  /// Whether `predict` gives deviations.
  var hasDeviations: Bool { get }

  /// Writes milliseconds; `deviations`, if given, get the standard deviation of each, NaN
  /// where the method has none. Both hold `batch.count` numbers.
  func predict(
    _ batch: ArchitectureBatch, latencies: UnsafeMutablePointer<Double>,
    deviations: UnsafeMutablePointer<Double>?)
}

extension LatencyFunction {
  package var hasDeviations: Bool { false }

  package func predict(_ batch: ArchitectureBatch) -> [Double] {
    [Double](unsafeUninitializedCapacity: batch.count) { buffer, initialized in
      if let base = buffer.baseAddress { predict(batch, latencies: base, deviations: nil) }
      initialized = batch.count
    }
  }
}
