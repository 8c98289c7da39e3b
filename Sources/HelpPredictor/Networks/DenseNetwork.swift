import HelpNumerics
import HelpSpaces

/// A multilayer perceptron from a list of features to one number, relu between its layers,
/// ready to run: weights packed for the kernels, in memory of its own.
///
/// Immutable, so any number of threads may use one. A row's output does not depend on what
/// else is in its batch.
package final class DenseNetwork: @unchecked Sendable {
  /// outputs = weight · inputs + bias
  package struct Layer: Sendable, Equatable {
    /// `outputs` rows of `inputs` weights, as PyTorch's Linear has them.
    package let weight: [Float]
    package let bias: [Float]

    package var outputs: Int { bias.count }
    package var inputs: Int { weight.count / max(outputs, 1) }

    package init(weight: [Float], bias: [Float]) {
      self.weight = weight
      self.bias = bias
    }
  }

  package static let maximumLayers = 16
  package static let maximumWidth = 4096
  /// Architectures to run through all layers together.
  static let blockSize = 64

  package let features: FeatureList
  package let layers: [Layer]
  // Pointers into `memory`; written in init only.
  private let weights: [PackedMatrix<Float>]
  private let memory: Workspace<Float>

  /// Whoever calls vouches for the sizes: those of `shapes`, the last layer's output one.
  package init(features: FeatureList, layers: [Layer]) {
    let memory = Workspace<Float>()
    self.features = features
    self.layers = layers
    self.memory = memory
    weights = layers.map { layer in
      memory.packed(layer.weight, rows: layer.outputs, columns: layer.inputs)
    }
  }

  /// The shapes of layers with these widths of output.
  package static func shapes(features: Int, widths: [Int]) -> [(outputs: Int, inputs: Int)] {
    zip(widths, [features] + widths).map { (outputs: $0, inputs: $1) }
  }

  /// The output for each architecture.
  package func run(_ batch: ArchitectureBatch) -> [Double] {
    let workspace = Workspace<Float>()
    var outputs: [Double] = []
    outputs.reserveCapacity(batch.count)
    for start in stride(from: 0, to: batch.count, by: Self.blockSize) {
      let rows = start..<min(start + Self.blockSize, batch.count)
      workspace.scope {
        withExtendedLifetime((memory, workspace)) {
          let block = forward(encoded(batch, rows, in: workspace), in: workspace)
          for row in 0..<block.rows { outputs.append(Double(block.row(row).pointee)) }
        }
      }
    }
    return outputs
  }

  private func encoded(
    _ batch: ArchitectureBatch, _ rows: Range<Int>, in workspace: Workspace<Float>
  ) -> Matrix<Float> {
    let inputs = workspace.matrix(rows.count, features.count)
    for (place, row) in rows.enumerated() {
      features.encode(batch[row], batch.space.genes, into: inputs.row(place))
    }
    return inputs
  }

  private func forward(
    _ inputs: Matrix<Float>, in workspace: Workspace<Float>
  ) -> Matrix<Float> {
    var values = inputs
    for (index, layer) in layers.enumerated() {
      let outputs = workspace.matrix(values.rows, layer.outputs)
      layer.bias.withUnsafeBufferPointer { bias in
        Float.multiply(
          values, weights[index], bias: bias.baseAddress, into: outputs, accumulate: false,
          rectify: index < layers.count - 1)
      }
      values = outputs
    }
    return values
  }
}

extension Workspace {
  /// The transpose of row-major values, packed as the right side of products.
  fileprivate func packed(
    _ values: [Scalar], rows: Int, columns: Int
  ) -> PackedMatrix<Scalar> {
    var values = values
    return values.withUnsafeMutableBufferPointer { values in
      // Not empty: a layer has an output and an input at least.
      packed(Matrix(values.baseAddress ?? take(0), rows: rows, columns: columns).transposed)
    }
  }
}
