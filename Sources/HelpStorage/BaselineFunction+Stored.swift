import HelpBase
import HelpJSON
import HelpPredictor
import HelpSpaces

/// The part of the baselines in a predictor file.
extension BaselineFunction: StoredFunction {
  static let methods = Method.baselines.map { $0.name }
  static let keys = ["tail_ms"]

  convenience init(
    _ description: JSONReader, _ tensors: SafeTensors, in space: any SearchSpace
  ) throws(HelpError) {
    let name = try description.string("method")
    guard let method = Method(named: name) else {
      throw HelpError(.unsupported, "\(description.path).method is \"\(name.excerpt)\"")
    }
    guard let width = Self.width(of: method, in: space) else {
      throw HelpError(
        .format, "method \"\(name)\" reads costs, and \(space.name) does not know them")
    }
    try tensors.checkNames(["weights"])
    try self.init(
      method, weights: try tensors.doubles("weights", shape: [width]),
      tail: try description.number("tail_ms", in: Double.leastNonzeroMagnitude...1e300))
  }

  var values: [JSONValue] { [.number(tail)] }

  func write(to tensors: inout SafeTensorsWriter) {
    tensors.add("weights", shape: [weights.count], doubles: weights)
  }
}
