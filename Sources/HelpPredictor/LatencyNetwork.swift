import HelpNumerics
import HelpSpaces

/// HELP's latency network with one set of weights, for one device, ready to run.
///
/// Four graph convolutions, relu(A · Y · W + b), read the architecture and keep the global
/// node; two dense layers read the device's reference latencies; `fc3` to `fc5` read both
/// (HELP, section 3.2; the sizes of the published code). The device's part does not depend
/// on the architecture, so it is computed once, here, and enters `fc3` as its bias.
///
/// With a direction beside the parameters every result has a tangent along it.
struct LatencyNetwork<Scalar: KernelScalar> {
  let shape: NetworkShape
  let parameters: DualVector<Scalar>
  let convolutions: [DualWeights<Scalar>]
  let architectureHead: DualWeights<Scalar>
  let fc4: DualWeights<Scalar>
  let fc5: DualWeights<Scalar>

  let embedding: DualMatrix<Scalar>
  let deviceHidden: DualMatrix<Scalar>
  let deviceOutput: DualMatrix<Scalar>
  /// fc3's bias plus what it makes of the device: one row.
  let deviceBias: DualMatrix<Scalar>

  /// - embedding: `shape.references` numbers. Everything lives in `workspace`.
  init(
    _ shape: NetworkShape, _ parameters: DualVector<Scalar>, embedding: [Scalar],
    in workspace: Workspace<Scalar>
  ) {
    let reference = workspace.matrix(1, embedding.count)
    reference.base.update(from: embedding, count: embedding.count)
    let hidden = shape.hidden
    let fc3 = parameters.matrix(shape.fc3.weight).transposed

    self.shape = shape
    self.parameters = parameters
    self.embedding = DualMatrix(reference)
    convolutions = shape.convolutions.map { workspace.packed(parameters.matrix($0.weight)) }
    architectureHead = workspace.packed(fc3.rows(from: 0, count: hidden))
    fc4 = workspace.packed(parameters.matrix(shape.fc4.weight).transposed)
    fc5 = workspace.packed(parameters.matrix(shape.fc5.weight).transposed)

    deviceHidden = workspace.product(
      self.embedding, workspace.packed(parameters.matrix(shape.device1.weight).transposed),
      bias: parameters.vector(shape.device1.bias), rectify: true)
    deviceOutput = workspace.product(
      deviceHidden, workspace.packed(parameters.matrix(shape.device2.weight).transposed),
      bias: parameters.vector(shape.device2.bias), rectify: true)
    deviceBias = workspace.product(
      deviceOutput, workspace.packed(fc3.rows(from: hidden, count: hidden)),
      bias: parameters.vector(shape.fc3.bias), rectify: false)
  }

  /// What a forward pass leaves for the backward pass.
  struct Activations {
    /// What each convolution multiplies: sums over the nodes read.
    var gathered: [DualMatrix<Scalar>] = []
    /// Each convolution's output; the last for the global node alone.
    var convolved: [DualMatrix<Scalar>] = []
    let fc3: DualMatrix<Scalar>
    let fc4: DualMatrix<Scalar>
    /// One normalised latency for each architecture, n by 1.
    let output: DualMatrix<Scalar>
  }

  /// Runs `count` architectures, encoded one after another at `features`.
  func forward(
    _ features: UnsafePointer<Scalar>, count: Int, in workspace: Workspace<Scalar>
  ) -> Activations {
    let aggregation = NodeAggregation<Scalar>(graph: shape.graph)
    var nodes = DualVector(features)
      .matrix(count * shape.graph.nodeCount, shape.graph.nodeFeatures)
    var gathered: [DualMatrix<Scalar>] = []
    var convolved: [DualMatrix<Scalar>] = []
    for (layer, weights) in convolutions.enumerated() {
      let isLast = layer == convolutions.count - 1
      let sums =
        isLast
        ? aggregation.gatherGlobal(nodes, in: workspace)
        : aggregation.gather(nodes, in: workspace)
      nodes = workspace.product(
        sums, weights, bias: parameters.vector(shape.convolutions[layer].bias), rectify: true)
      gathered.append(sums)
      convolved.append(nodes)
    }
    let head = self.head(nodes, in: workspace)
    return Activations(
      gathered: gathered, convolved: convolved, fc3: head.fc3, fc4: head.fc4,
      output: head.output)
  }

  /// fc3 to fc5 on the body's output, n by `shape.hidden`; the output is n by 1.
  func head(
    _ architectures: DualMatrix<Scalar>, in workspace: Workspace<Scalar>
  ) -> (fc3: DualMatrix<Scalar>, fc4: DualMatrix<Scalar>, output: DualMatrix<Scalar>) {
    let fc3 = workspace.product(
      architectures, architectureHead, bias: deviceBias.row, rectify: true)
    let fc4 = workspace.product(
      fc3, self.fc4, bias: parameters.vector(shape.fc4.bias), rectify: true)
    let output = workspace.product(
      fc4, fc5, bias: parameters.vector(shape.fc5.bias), rectify: false)
    return (fc3, fc4, output)
  }
}

extension DualVector {
  /// A weight tensor of a flat parameter array.
  func matrix(_ tensor: ParameterLayout.Tensor) -> DualMatrix<Scalar> {
    advanced(by: tensor.offset).matrix(tensor.shape[0], tensor.shape[1])
  }

  func vector(_ tensor: ParameterLayout.Tensor) -> DualVector { advanced(by: tensor.offset) }
}
