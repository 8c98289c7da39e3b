import HelpNumerics
import HelpSpaces

/// The backward pass, layer by layer from the output.
///
/// On a network with a direction it can write the gradient's derivative along it, the
/// Hessian-vector product that second-order meta-gradients need.
extension LatencyNetwork {
  /// Writes the loss's gradient, or its derivative, for all parameters to `target`.
  ///
  /// - outputGradient: the loss's derivative by each output, n by 1.
  func backward(
    _ activations: Activations, outputGradient: DualMatrix<Scalar>,
    to target: GradientTarget<Scalar>, in workspace: Workspace<Scalar>
  ) {
    let pass = BackwardPass(network: self, target: target, workspace: workspace)
    let architecture = pass.head(activations, outputGradient)
    pass.body(activations, architecture)
  }
}

private struct BackwardPass<Scalar: KernelScalar> {
  let network: LatencyNetwork<Scalar>
  let target: GradientTarget<Scalar>
  let workspace: Workspace<Scalar>

  var shape: NetworkShape { network.shape }

  /// Through fc5, fc4, fc3 and the device branch; returns the loss's gradient by the
  /// body's output.
  func head(
    _ activations: LatencyNetwork<Scalar>.Activations, _ output: DualMatrix<Scalar>
  ) -> DualMatrix<Scalar> {
    let fc4 = through(shape.fc5, input: activations.fc4, output)
    fc4.gate(by: activations.fc4)
    let fc3 = through(shape.fc4, input: activations.fc3, fc4)
    fc3.gate(by: activations.fc3)

    let hidden = shape.hidden
    let architecture = activations.body[activations.body.count - 1].output
    let total = workspace.rowSum(fc3)
    let weightTarget = matrixTarget(shape.fc3.weight)
    workspace.writeOuterProduct(
      fc3, architecture, target.part, to: weightTarget.columns(from: 0, count: hidden))
    workspace.writeOuterProduct(
      total, network.deviceOutput, target.part,
      to: weightTarget.columns(from: hidden, count: hidden))
    total.copyRow(target.part, to: target.base + shape.fc3.bias.offset)

    let weight = network.parameters.weights(shape.fc3)
    deviceBranch(product(total, weight.rows(from: hidden, count: hidden).transposed))
    return product(fc3, weight.rows(from: 0, count: hidden).transposed)
  }

  private func deviceBranch(_ gradient: DualMatrix<Scalar>) {
    gradient.gate(by: network.deviceOutput)
    let inner = through(shape.device2, input: network.deviceHidden, gradient)
    inner.gate(by: network.deviceHidden)
    writeLayer(shape.device1, input: network.embedding, inner)
  }

  /// Through the body's layers, last first.
  func body(_ activations: LatencyNetwork<Scalar>.Activations, _ output: DualMatrix<Scalar>) {
    var gradient = output
    for number in shape.body.indices.reversed() {
      let layer = shape.body[number]
      let (input, output) = activations.body[number]
      gradient.gate(by: output)
      if number == 0 { return writeLayer(layer.tensors, input: input, gradient) }
      gradient = layer.scatter(
        through(layer.tensors, input: input, gradient), in: workspace)
    }
  }

  /// Writes a layer's gradient; returns the one by its input.
  private func through(
    _ layer: ParameterLayout.Layer, input: DualMatrix<Scalar>, _ gradient: DualMatrix<Scalar>
  ) -> DualMatrix<Scalar> {
    writeLayer(layer, input: input, gradient)
    return product(gradient, network.parameters.weights(layer).transposed)
  }

  private func writeLayer(
    _ layer: ParameterLayout.Layer, input: DualMatrix<Scalar>, _ gradient: DualMatrix<Scalar>
  ) {
    let weight = matrixTarget(layer.weight)
    switch layer.order {
    case .inputsByOutputs: workspace.writeOuterProduct(input, gradient, target.part, to: weight)
    case .outputsByInputs: workspace.writeOuterProduct(gradient, input, target.part, to: weight)
    }
    writeBias(layer.bias, gradient)
  }

  private func writeBias(_ bias: ParameterLayout.Tensor, _ gradient: DualMatrix<Scalar>) {
    workspace.scope {
      workspace.rowSum(gradient).copyRow(target.part, to: target.base + bias.offset)
    }
  }

  private func product(
    _ gradient: DualMatrix<Scalar>, _ weight: DualMatrix<Scalar>
  ) -> DualMatrix<Scalar> {
    workspace.product(gradient, workspace.packed(weight), bias: nil, rectify: false)
  }

  private func matrixTarget(_ tensor: ParameterLayout.Tensor) -> Matrix<Scalar> {
    Matrix(target.base + tensor.offset, rows: tensor.shape[0], columns: tensor.shape[1])
  }
}
