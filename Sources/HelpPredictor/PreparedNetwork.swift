import HelpNumerics

/// A network's weights packed for the kernels, in memory of its own, for prediction.
final class PreparedNetwork: @unchecked Sendable {
  // Written in init only; `run` reads it.
  private let network: LatencyNetwork<Float>
  private let memory = Workspace<Float>()

  /// Architectures to run through all layers together: their activations fit the second cache.
  static let blockSize = 32

  init(_ shape: NetworkShape, weights: [Float], embedding: [Float]) {
    let copy = memory.take(weights.count)
    copy.update(from: weights, count: weights.count)
    network = LatencyNetwork(shape, DualVector(copy), embedding: embedding, in: memory)
  }

  /// Normalised latencies, count by 1.
  func run(
    _ features: UnsafePointer<Float>, count: Int, in workspace: Workspace<Float>
  ) -> Matrix<Float> {
    // The network is pointers into `memory`, which must outlive their use.
    withExtendedLifetime((memory, workspace)) {
      network.forward(features, count: count, in: workspace).output.value
    }
  }

  /// The same for any number of architectures, block by block.
  func run(all features: [Float], count: Int) -> [Float] {
    let workspace = Workspace<Float>()
    let width = count == 0 ? 0 : features.count / count
    var result: [Float] = []
    features.withUnsafeBufferPointer { features in
      guard let base = features.baseAddress else { return }
      for start in stride(from: 0, to: count, by: Self.blockSize) {
        workspace.scope {
          let size = min(Self.blockSize, count - start)
          let output = run(base + start * width, count: size, in: workspace)
          for row in 0..<size { result.append(output.row(row).pointee) }
        }
      }
    }
    return result
  }
}
