import HelpNumerics
import HelpSpaces

/// A layer of the body: relu(S · W + b), where S is what the layer before gives, or the
/// encoding, summed over a graph's edges if there is one.
struct BodyLayer: Sendable, Equatable {
  let tensors: ParameterLayout.Layer
  /// Nil for a dense layer.
  let aggregation: NodeAggregation?

  /// Four graph convolutions, the last for the global node alone, or two dense layers
  /// (HELP, section 4.2, and its published code).
  static func layers(
    reading encoding: ArchitectureEncoding, hidden: Int, in layout: inout ParameterLayout
  ) -> [BodyLayer] {
    let isGraph = encoding.graph != nil
    let count = isGraph ? 4 : 2
    return (1...count).map { number in
      let tensors = layout.add(
        "\(isGraph ? "gc" : "fc")\(number)",
        inputs: number == 1 ? encoding.rowFeatures : hidden, outputs: hidden,
        isGraph ? .inputsByOutputs : .outputsByInputs)
      let aggregation = encoding.graph.map { graph in
        number == count ? NodeAggregation(globalOf: graph) : NodeAggregation(graph)
      }
      return BodyLayer(tensors: tensors, aggregation: aggregation)
    }
  }

  /// S, from what the layer before gives.
  func gather<Scalar>(
    _ rows: DualMatrix<Scalar>, in workspace: Workspace<Scalar>
  ) -> DualMatrix<Scalar> {
    guard let aggregation else { return rows }
    return aggregation.gather(rows, in: workspace)
  }

  /// The transpose of `gather`, for gradients.
  func scatter<Scalar>(
    _ sums: DualMatrix<Scalar>, in workspace: Workspace<Scalar>
  ) -> DualMatrix<Scalar> {
    guard let aggregation else { return sums }
    return aggregation.scatter(sums, in: workspace)
  }
}

extension ArchitectureEncoding {
  var graph: ArchitectureGraph? {
    guard case .graph(let graph) = self else { return nil }
    return graph
  }

  /// Rows of the body's input for one architecture.
  var rowCount: Int { graph?.nodeCount ?? 1 }

  /// Floats in each of them.
  var rowFeatures: Int { featureCount / rowCount }
}
