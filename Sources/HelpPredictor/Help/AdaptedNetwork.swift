import HelpNumerics
import HelpSpaces

/// HELP's network adapted to one device.
package final class AdaptedNetwork: LatencyFunction {
  package var method: String { "help" }
  package var hasDeviations: Bool { weights.count > 1 }

  package let shape: NetworkShape
  /// The device's reference latencies, scaled to 0...1.
  package let embedding: [Float]
  /// One set of adapted weights for each draw of z, laid out by `shape.network`.
  package let weights: [[Float]]
  package let scale: LabelScale

  private let networks: PreparedNetworks

  package init(
    shape: NetworkShape, embedding: [Float], weights: [[Float]], scale: LabelScale
  ) {
    self.shape = shape
    self.embedding = embedding
    self.weights = weights
    self.scale = scale
    networks = PreparedNetworks(shape, weights: weights, embedding: embedding)
  }

  private init(_ other: AdaptedNetwork, scale: LabelScale) {
    shape = other.shape
    embedding = other.embedding
    weights = other.weights
    networks = other.networks
    self.scale = scale
  }

  /// The same network with another way from normalised latencies to milliseconds.
  func withScale(_ scale: LabelScale) -> AdaptedNetwork {
    AdaptedNetwork(self, scale: scale)
  }

  /// Means over the draws of z, and their spread, NaN with fewer than two.
  package func predict(
    _ batch: ArchitectureBatch, latencies: UnsafeMutablePointer<Double>,
    deviations: UnsafeMutablePointer<Double>?
  ) {
    let workspace = Workspace<Float>()
    let size = PreparedNetworks.blockSize
    for start in stride(from: 0, to: batch.count, by: size) {
      let rows = start..<min(start + size, batch.count)
      let moments = workspace.scope { outputs(batch, rows, in: workspace) }
      for (place, row) in rows.enumerated() {
        latencies[row] = scale.milliseconds(moments[place].mean)
        deviations?[row] = scale.slope * moments[place].deviation
      }
    }
  }

  private func outputs(
    _ batch: ArchitectureBatch, _ rows: Range<Int>, in workspace: Workspace<Float>
  ) -> [RunningMoments] {
    var moments = [RunningMoments](repeating: RunningMoments(), count: rows.count)
    networks.run(batch, rows, in: workspace) { output in
      for place in moments.indices { moments[place].add(Double(output.row(place).pointee)) }
    }
    return moments
  }
}
