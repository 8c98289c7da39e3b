import HelpNumerics
import HelpSpaces

/// A model adapted to one device: milliseconds for every architecture of the space.
///
/// Immutable, so any number of threads may use one. An architecture's prediction does not
/// depend on what else is in its batch.
package struct Predictor: Sendable {
  package let space: any SearchSpace
  package let shape: NetworkShape
  /// The device's reference latencies, scaled to 0...1.
  package let embedding: [Float]
  /// One set of adapted weights for each draw of z, laid out by `shape.network`.
  package let weights: [[Float]]
  package private(set) var scale: LabelScale
  /// Method, measurements, settings and fit, for people.
  package private(set) var record: JSONValue

  private let networks: [PreparedNetwork]

  package init(
    space: any SearchSpace, shape: NetworkShape, embedding: [Float], weights: [[Float]],
    scale: LabelScale, record: JSONValue
  ) {
    self.space = space
    self.shape = shape
    self.embedding = embedding
    self.weights = weights
    self.scale = scale
    self.record = record
    let sharing = NodeSharing(shape.graph, convolutions: shape.convolutions.count)
    networks = weights.map {
      PreparedNetwork(shape, sharing: sharing, weights: $0, embedding: embedding)
    }
  }

  /// The same predictor with another account of itself.
  func withRecord(_ record: JSONValue) -> Predictor {
    var copy = self
    copy.record = record
    return copy
  }

  /// The same predictor with another way from normalised latencies to milliseconds.
  func withScale(_ scale: LabelScale) -> Predictor {
    var copy = self
    copy.scale = scale
    return copy
  }

  /// Predicted latencies in milliseconds; `deviations`, if given, get the spread over the
  /// draws of z, NaN with fewer than two. Both hold `batch.count` numbers.
  package func predict(
    _ batch: ArchitectureBatch, latencies: UnsafeMutablePointer<Double>,
    deviations: UnsafeMutablePointer<Double>? = nil
  ) {
    let workspace = Workspace<Float>()
    for start in stride(from: 0, to: batch.count, by: PreparedNetwork.blockSize) {
      let rows = start..<min(start + PreparedNetwork.blockSize, batch.count)
      workspace.scope {
        predict(batch, rows, latencies, deviations, in: workspace)
      }
    }
  }

  package func predict(_ batch: ArchitectureBatch) -> [Double] {
    [Double](unsafeUninitializedCapacity: batch.count) { buffer, initialized in
      if let base = buffer.baseAddress { predict(batch, latencies: base) }
      initialized = batch.count
    }
  }

  private func predict(
    _ batch: ArchitectureBatch, _ rows: Range<Int>, _ latencies: UnsafeMutablePointer<Double>,
    _ deviations: UnsafeMutablePointer<Double>?, in workspace: Workspace<Float>
  ) {
    let states = rows.map { shape.graph.states(in: batch[$0]) }
    var moments = [RunningMoments](repeating: RunningMoments(), count: rows.count)
    for network in networks {
      workspace.scope {
        let output = network.run(states, in: workspace)
        for place in moments.indices { moments[place].add(Double(output.row(place).pointee)) }
      }
    }
    for (place, row) in rows.enumerated() {
      latencies[row] = scale.milliseconds(moments[place].mean)
      deviations?[row] = scale.slope * moments[place].deviation
    }
  }
}

/// Mean and standard deviation of numbers that come one by one (Welford, 1962).
private struct RunningMoments {
  private var count = 0.0
  private(set) var mean = 0.0
  private var squares = 0.0

  mutating func add(_ value: Double) {
    count += 1
    let difference = value - mean
    mean += difference / count
    squares += difference * (value - mean)
  }

  /// NaN for fewer than two numbers.
  var deviation: Double { count < 2 ? .nan : (squares / (count - 1)).squareRoot() }
}
