import HelpNumerics
import HelpSpaces

/// HELP's latency network with one set of weights, for one device, ready to run.
///
/// The body reads the architecture: four graph convolutions that keep the global node, or
/// two dense layers. Two dense layers read the device's reference latencies; `fc3` to `fc5`
/// read both (HELP, section 3.2; the sizes of the published code). The device's part does
/// not depend on the architecture, so it is computed once, here, and enters `fc3` as its
/// bias.
///
/// With a direction beside the parameters every result has a tangent along it.
struct LatencyNetwork<Scalar: KernelScalar> {
  let shape: NetworkShape
  let parameters: DualVector<Scalar>
  private let body: [DualWeights<Scalar>]
  private let architectureHead: DualWeights<Scalar>
  private let fc4: DualWeights<Scalar>
  private let fc5: DualWeights<Scalar>

  let embedding: DualMatrix<Scalar>
  let deviceHidden: DualMatrix<Scalar>
  let deviceOutput: DualMatrix<Scalar>
  /// fc3's bias plus what it makes of the device: one row.
  private let deviceBias: DualMatrix<Scalar>

  /// - embedding: `shape.references` numbers. Everything lives in `workspace`.
  init(
    _ shape: NetworkShape, _ parameters: DualVector<Scalar>, embedding: [Scalar],
    in workspace: Workspace<Scalar>
  ) {
    func packed(_ layer: ParameterLayout.Layer) -> DualWeights<Scalar> {
      workspace.packed(parameters.weights(layer))
    }
    let reference = workspace.matrix(1, embedding.count)
    reference.base.update(from: embedding, count: embedding.count)
    let hidden = shape.hidden
    let fc3 = parameters.weights(shape.fc3)

    self.shape = shape
    self.parameters = parameters
    self.embedding = DualMatrix(reference)
    body = shape.body.map { packed($0.tensors) }
    architectureHead = workspace.packed(fc3.rows(from: 0, count: hidden))
    fc4 = packed(shape.fc4)
    fc5 = packed(shape.fc5)

    deviceHidden = workspace.product(
      self.embedding, packed(shape.device1), bias: parameters.vector(shape.device1.bias),
      rectify: true)
    deviceOutput = workspace.product(
      deviceHidden, packed(shape.device2), bias: parameters.vector(shape.device2.bias),
      rectify: true)
    deviceBias = workspace.product(
      deviceOutput, workspace.packed(fc3.rows(from: hidden, count: hidden)),
      bias: parameters.vector(shape.fc3.bias), rectify: false)
  }

  /// What a layer of the body multiplied, and what came out.
  typealias BodyActivation = (input: DualMatrix<Scalar>, output: DualMatrix<Scalar>)

  /// What a forward pass leaves for the backward pass.
  struct Activations {
    let body: [BodyActivation]
    let fc3: DualMatrix<Scalar>
    let fc4: DualMatrix<Scalar>
    /// One normalised latency for each architecture, n by 1.
    let output: DualMatrix<Scalar>
  }

  /// Runs `count` architectures, encoded one after another at `features`.
  func forward(
    _ features: UnsafePointer<Scalar>, count: Int, in workspace: Workspace<Scalar>
  ) -> Activations {
    var rows = DualVector(features)
      .matrix(count * shape.encoding.rowCount, shape.encoding.rowFeatures)
    var body: [BodyActivation] = []
    for (number, layer) in shape.body.enumerated() {
      let input = layer.gather(rows, in: workspace)
      rows = self.layer(number, input, in: workspace)
      body.append((input, rows))
    }
    let head = self.head(rows, in: workspace)
    return Activations(body: body, fc3: head.fc3, fc4: head.fc4, output: head.output)
  }

  /// The body's layer `number`, from 0, on what it multiplies.
  func layer(
    _ number: Int, _ input: DualMatrix<Scalar>, in workspace: Workspace<Scalar>
  ) -> DualMatrix<Scalar> {
    workspace.product(
      input, body[number], bias: parameters.vector(shape.body[number].tensors.bias),
      rectify: true)
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
  /// A layer's weights in a flat parameter array, inputs by outputs.
  func weights(_ layer: ParameterLayout.Layer) -> DualMatrix<Scalar> {
    let base = advanced(by: layer.weight.offset)
    return switch layer.order {
    case .inputsByOutputs: base.matrix(layer.inputs, layer.outputs)
    case .outputsByInputs: base.matrix(layer.outputs, layer.inputs).transposed
    }
  }

  func vector(_ tensor: ParameterLayout.Tensor) -> DualVector { advanced(by: tensor.offset) }
}
