import HelpJSON
import HelpNumerics
import HelpPredictor
import HelpSpaces

/// The part of the methods to compare with in a predictor file.
extension LinearFunction: StoredFunction {
  static let methods = BaselineMethod.allCases.map({ $0.rawValue })
  static let keys = ["bend_ms"]

  convenience init(
    _ description: JSONReader, _ tensors: SafeTensors, in space: any SearchSpace
  ) throws(HelpError) {
    let name = try description.string("method")
    guard let method = BaselineMethod(rawValue: name) else {
      throw HelpError(.unsupported, "\(description.path).method is \"\(name.excerpt)\"")
    }
    guard let width = Self.width(of: method, in: space) else {
      throw HelpError(
        .format, "method \"\(name)\" reads costs, and \(space.name) does not know them")
    }
    try tensors.checkNames(["weights"])
    self.init(
      method, weights: try tensors.doubles("weights", shape: [width]),
      bend: try description.number("bend_ms", in: Double.leastNonzeroMagnitude...1e300))
  }

  var keys: [String] { Self.keys }
  var values: [JSONValue] { [.number(bend)] }

  func write(to tensors: inout SafeTensorsWriter) {
    tensors.add("weights", shape: [weights.count], doubles: weights)
  }
}
