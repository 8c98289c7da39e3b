import HelpBase
import HelpJSON
import HelpPredictor
import HelpSpaces

/// What a predictor was fitted from, in its file: the keys "fitting" and "bayes", and tensors
/// "fitting.*" and "bayes.*".
extension Fitting {
  /// The keys of a predictor file's description that belong to it.
  static let keys = ["fitting", "bayes"]

  private static let rows = "fitting.archs"
  private static let latencies = "fitting.latency_ms"
  /// Rows as they were given.
  private static let maximumRows = 1_000_000

  /// Nil where the description has no "fitting".
  init?(
    ifIn description: JSONReader, _ tensors: SafeTensors, _ space: any SearchSpace
  ) throws(HelpError) {
    guard description.value["fitting"] != nil else { return nil }
    let fitting = try description.member("fitting")
    try fitting.onlyKeys(["repeatability"])
    let repeatability =
      fitting.value["repeatability"] == .null
      ? nil : try fitting.number("repeatability", in: 0...1)
    self.init(
      try Self.method(try description.string("method")),
      try Self.measurements(tensors, space),
      try BayesPrior(ifIn: description, tensors, space), repeatability: repeatability)
  }

  private static func method(_ name: String) throws(HelpError) -> Method {
    if let method = Method(named: name) { return method }
    throw HelpError(.format, "description.method is \"\(name.excerpt)\", which is not fitted")
  }

  private static func measurements(
    _ tensors: SafeTensors, _ space: any SearchSpace
  ) throws(HelpError) -> Measurements {
    let shape = try tensors.shape(of: latencies)
    guard let count = shape.first, shape.count == 1, (1...maximumRows).contains(count) else {
      throw HelpError(
        .format, "tensor \(latencies) has shape \(shape.bracketed), not [1...\(maximumRows)]")
    }
    let genes = try tensors.integers(rows, shape: [count, space.width])
    return try Measurements(
      ArchitectureBatch(checking: genes, in: space),
      latencies: try tensors.doubles(latencies, shape: [count]))
  }

  /// The tensors of a predictor file that belong to it.
  static func tensorNames(in description: JSONReader) -> [String] {
    guard description.value["fitting"] != nil else { return [] }
    return [rows, latencies] + BayesPrior.tensorNames(in: description)
  }

  // MARK: Writing

  /// The description's members.
  var members: [JSONValue.Member] {
    let space = measurements.architectures.space
    let own = JSONValue.Member(
      key: "fitting", value: ["repeatability": repeatability.map(JSONValue.number) ?? .null])
    guard let prior else { return [own] }
    return [own, JSONValue.Member(key: "bayes", value: prior.description(space))]
  }

  func write(to tensors: inout SafeTensorsWriter) {
    let given = measurements.given
    tensors.add(
      Self.rows, shape: [given.latencies.count, given.architectures.space.width],
      integers: given.architectures.genes)
    tensors.add(Self.latencies, shape: [given.latencies.count], doubles: given.latencies)
    prior?.write(to: &tensors)
  }
}
