import HelpBase
import HelpJSON
import HelpPredictor
import HelpSpaces

/// The part of method "mlp" in a predictor file; it reads the space's own features.
extension DenseLatency: StoredFunction {
  static let methods = ["mlp"]
  static let keys = ["layers", "scale_ms"]

  convenience init(
    _ description: JSONReader, _ tensors: SafeTensors, in space: any SearchSpace
  ) throws(HelpError) {
    guard case .features(let features) = space.encoding else {
      throw HelpError(
        .unsupported, "method \"mlp\" reads a list of features, and \(space.name) has a graph")
    }
    self.init(
      network: try DenseNetwork(description, tensors, features: features),
      scale: try description.number("scale_ms", in: 1e-9...1e15))
  }

  var values: [JSONValue] { [network.widths, .number(scale)] }

  func write(to tensors: inout SafeTensorsWriter) { network.write(to: &tensors) }
}
