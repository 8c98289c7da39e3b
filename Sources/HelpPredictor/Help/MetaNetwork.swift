import HelpSpaces

/// HELP's network as meta-training leaves it.
package struct MetaNetwork: Sendable {
  /// The architectures whose latencies describe a device to the network.
  package let references: ArchitectureBatch
  /// Shapes of all parameters; what `parameters`, `rates` and `inference` are laid out by.
  package let shape: NetworkShape
  /// The network's weights, laid out by `shape.network`.
  package let parameters: [Float]
  /// A signed inner learning rate for each weight (Meta-SGD), laid out like `parameters`.
  package let rates: [Float]
  /// The inference network's weights, laid out by `shape.inference`; nil without modulation.
  package let inference: [Float]?
  /// Inner steps the network was trained with.
  package let innerSteps: Int
  /// The factor on z in the modulated weights.
  package let modulationScale: Double

  package init(
    references: ArchitectureBatch, shape: NetworkShape, parameters: [Float], rates: [Float],
    inference: [Float]?, innerSteps: Int, modulationScale: Double
  ) {
    self.references = references
    self.shape = shape
    self.parameters = parameters
    self.rates = rates
    self.inference = inference
    self.innerSteps = innerSteps
    self.modulationScale = modulationScale
  }
}
