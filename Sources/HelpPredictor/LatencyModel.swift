import HelpNumerics
import HelpSpaces

/// A meta-trained model: what every device shares, for each method that needs something.
///
/// Immutable; adapting turns it into a `Predictor` for one device.
package struct LatencyModel: Sendable {
  package let space: any SearchSpace
  /// HELP's network; nil where the model was trained without it.
  package let network: MetaNetwork?
  /// What method "bayes" starts from; nil where the model was trained without it.
  package let linear: LinearPrior?
  /// Devices, settings, scores and origin, for people.
  package let record: JSONValue

  package init(
    space: any SearchSpace, network: MetaNetwork?, linear: LinearPrior?, record: JSONValue
  ) {
    self.space = space
    self.network = network
    self.linear = linear
    self.record = record
  }

  /// Fits HELP's network to the device behind `measurements`, which include every reference.
  package func adapted(
    to measurements: Measurements, _ settings: AdaptationSettings
  ) throws(HelpError) -> Predictor {
    guard let network else {
      throw HelpError(
        .unsupported, "the model has no part for method \"help\"; it was trained without one")
    }
    return try network.adapted(to: measurements, settings)
  }
}

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
