/// What a network does, whatever device it runs on.
package struct ArchitectureCosts: Sendable, Equatable {
  /// Multiply-accumulate operations.
  package var macs: Double
  /// Weights, biases, and the scales and shifts of normalization: what training learns.
  package var parameters: Double
  /// Numbers that the layers read and write.
  package var activations: Double
  /// Layers.
  package var operations: Double

  package init(
    macs: Double = 0, parameters: Double = 0, activations: Double = 0, operations: Double = 0
  ) {
    self.macs = macs
    self.parameters = parameters
    self.activations = activations
    self.operations = operations
  }

  /// What descriptions and hosts call the costs, in their order.
  package static let names = ["macs", "parameters", "activations", "operations"]

  /// In the order of `names`.
  package var numbers: [Double] { [macs, parameters, activations, operations] }

  /// The inverse of `numbers`.
  init(_ numbers: [Double]) {
    self.init(
      macs: numbers[0], parameters: numbers[1], activations: numbers[2], operations: numbers[3])
  }
}

/// Sums of a mobile network's inverted bottlenecks, kept apart where devices run them at
/// different speeds.
struct BottleneckCosts {
  var blocks = 0.0
  var residuals = 0.0
  /// Multiply-accumulates of pointwise convolutions.
  var pointwise = 0.0
  /// And of depthwise ones.
  var depthwise = 0.0
  var activations = 0.0
  /// Weights of the convolutions.
  var parameters = 0.0
  /// Scales and shifts of the batch normalization after each of them.
  var normalization = 0.0
  /// Elements and channels between the two pointwise convolutions.
  var expanded = 0.0
  var channels = 0.0

  /// Pointwise, depthwise by `kernel`, pointwise, the pointwise ones in `groups`.
  init(
    inputs: Double, outputs: Double, side: Double, outputSide: Double, expansion: Double,
    kernel: Double, groups: Double = 1
  ) {
    let inner = inputs * expansion
    let (before, after) = (side * side, outputSide * outputSide)
    blocks = 1
    residuals = inputs == outputs && side == outputSide ? 1 : 0
    pointwise = (before * inputs * inner + after * inner * outputs) / groups
    depthwise = after * inner * kernel * kernel
    activations = before * (inputs + 2 * inner) + after * (2 * inner + outputs)
    parameters = (inputs + outputs) * inner / groups + inner * kernel * kernel
    normalization = 2 * (2 * inner + outputs)
    expanded = before * inner
    channels = inner
  }
}
