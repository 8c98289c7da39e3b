import HelpSpaces

/// A network trained on one device alone, such as HAT's published predictors, whose output is
/// a share of `scale` milliseconds.
package final class DenseLatency: LatencyFunction {
  package var method: String { "mlp" }

  package let network: DenseNetwork
  /// Milliseconds.
  package let scale: Double

  package init(network: DenseNetwork, scale: Double) {
    self.network = network
    self.scale = scale
  }

  package func predict(
    _ batch: ArchitectureBatch, latencies: UnsafeMutablePointer<Double>,
    deviations: UnsafeMutablePointer<Double>?
  ) {
    let outputs = network.run(batch)
    for row in 0..<batch.count { latencies[row] = scale * outputs[row] }
    deviations?.update(repeating: .nan, count: batch.count)
  }
}
