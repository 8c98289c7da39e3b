import HelpNumerics
import HelpSpaces

/// A predictor's networks, one for each draw of z, ready for prediction: weights packed for
/// the kernels, in memory of their own.
///
/// Gives the bits that `LatencyNetwork.forward` gives.
final class PreparedNetworks: @unchecked Sendable {
  // Written in init only.
  private let networks: [LatencyNetwork<Float>]
  private let body: any PreparedBody
  private let memory: Workspace<Float>

  /// Architectures to run through all layers together: their activations fit the second cache.
  static let blockSize = 64

  /// - weights: for each draw, laid out by `shape.network`.
  init(_ shape: NetworkShape, weights: [[Float]], embedding: [Float]) {
    let memory = Workspace<Float>()
    let networks = weights.map { weights in
      let copy = memory.take(weights.count)
      copy.update(from: weights, count: weights.count)
      return LatencyNetwork(shape, DualVector(copy), embedding: embedding, in: memory)
    }
    body =
      switch shape.encoding {
      case .graph(let graph): SharedGraphBody(graph, networks, in: memory)
      case .features: DenseBody()
      }
    self.networks = networks
    self.memory = memory
  }

  /// Calls `use` with each network's normalised latencies of some rows, one below the other.
  func run(
    _ batch: ArchitectureBatch, _ rows: Range<Int>, in workspace: Workspace<Float>,
    _ use: (Matrix<Float>) -> Void
  ) {
    // The networks and the body point into `memory`, which must outlive their use.
    withExtendedLifetime((memory, workspace)) {
      body.run(networks, batch, rows, in: workspace) { network, output in
        use(network.head(DualMatrix(output), in: workspace).output.value)
      }
    }
  }
}

/// How the body's output is computed for prediction.
protocol PreparedBody: AnyObject {
  /// Calls `use` with each network and its body's output for some rows. What no network
  /// changes is computed once.
  func run(
    _ networks: [LatencyNetwork<Float>], _ batch: ArchitectureBatch, _ rows: Range<Int>,
    in workspace: Workspace<Float>, _ use: (LatencyNetwork<Float>, Matrix<Float>) -> Void)
}

/// Dense layers on the encodings.
private final class DenseBody: PreparedBody {
  func run(
    _ networks: [LatencyNetwork<Float>], _ batch: ArchitectureBatch, _ rows: Range<Int>,
    in workspace: Workspace<Float>, _ use: (LatencyNetwork<Float>, Matrix<Float>) -> Void
  ) {
    let features = workspace.encodings(of: batch, rows)
    for network in networks {
      workspace.scope {
        var output = features
        for number in network.shape.body.indices {
          output = network.layer(number, DualMatrix(output), in: workspace).value
        }
        use(network, output)
      }
    }
  }
}

extension Workspace<Float> {
  /// One row for each architecture.
  fileprivate func encodings(of batch: ArchitectureBatch, _ rows: Range<Int>) -> Matrix<Float> {
    let encodings = matrix(rows.count, batch.space.encoding.featureCount)
    for (place, row) in rows.enumerated() {
      batch.space.encode(batch[row], into: encodings.row(place))
    }
    return encodings
  }
}
