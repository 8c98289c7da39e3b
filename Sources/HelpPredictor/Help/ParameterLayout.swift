/// Named tensors one after another in a flat array.
package struct ParameterLayout: Sendable, Equatable {
  package struct Tensor: Sendable, Equatable {
    package let name: String
    package let shape: [Int]
    package let offset: Int

    package var count: Int { shape.reduce(1, *) }
    package var range: Range<Int> { offset..<(offset + count) }
  }

  /// A weight matrix and the bias of its outputs.
  struct Layer: Sendable, Equatable {
    /// Graph convolutions' weights are stored inputs by outputs, dense layers' the other way
    /// round (HELP's published code).
    enum Order { case inputsByOutputs, outputsByInputs }

    let weight: Tensor
    let bias: Tensor
    let order: Order

    var outputs: Int { bias.count }
    var inputs: Int { weight.count / outputs }
  }

  package private(set) var tensors: [Tensor] = []
  package private(set) var count = 0

  /// The tensors `name`.weight and `name`.bias.
  mutating func add(
    _ name: String, inputs: Int, outputs: Int, _ order: Layer.Order = .outputsByInputs
  ) -> Layer {
    let shape = order == .inputsByOutputs ? [inputs, outputs] : [outputs, inputs]
    return Layer(
      weight: add("\(name).weight", shape), bias: add("\(name).bias", [outputs]), order: order)
  }

  private mutating func add(_ name: String, _ shape: [Int]) -> Tensor {
    let tensor = Tensor(name: name, shape: shape, offset: count)
    tensors.append(tensor)
    count += tensor.count
    return tensor
  }
}
