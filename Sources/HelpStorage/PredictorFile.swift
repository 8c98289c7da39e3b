import HelpJSON
import HelpNumerics
import HelpPredictor
import HelpSpaces

/// Predictors as files (docs/file-format.md).
package enum PredictorFile {
  package static func load(_ path: FilePath) throws(HelpError) -> Predictor {
    try FileAccess.read(path) { bytes throws(HelpError) in try read(bytes) }
  }

  package static func save(_ predictor: Predictor, to path: FilePath) throws(HelpError) {
    try FileAccess.replace(path, with: try write(predictor))
  }
}

/// A method's part of a predictor file. A new method is a conforming type and a place in
/// `PredictorFile.types`.
protocol StoredFunction: LatencyFunction {
  /// Their keys of the description.
  var keys: [String] { get }

  /// A value for each of `keys`, in their order.
  var values: [JSONValue] { get }
  func write(to tensors: inout SafeTensorsWriter)
}

// MARK: - Reading

extension PredictorFile {
  private struct Kind: Sendable {
    let methods: [String]
    let keys: [String]
    let make: @Sendable (JSONReader, SafeTensors, any SearchSpace) throws(HelpError) -> any LatencyFunction
  }

  private static let kinds: [Kind] = [
    Kind(methods: LinearPredictor.methods, keys: LinearPredictor.keys) { (d, t, s) throws(HelpError) in try LinearPredictor(d, t, in: s) },
    Kind(methods: AdaptedNetwork.methods, keys: AdaptedNetwork.keys) { (d, t, s) throws(HelpError) in try AdaptedNetwork(d, t, in: s) },
    Kind(methods: DenseLatency.methods, keys: DenseLatency.keys) { (d, t, s) throws(HelpError) in try DenseLatency(d, t, in: s) },
    Kind(methods: LinearFunction.methods, keys: LinearFunction.keys) { (d, t, s) throws(HelpError) in try LinearFunction(d, t, in: s) },
  ]

  private static func stored(_ function: any LatencyFunction) -> (any StoredFunction)? {
    if let function = function as? LinearPredictor { return function }
    if let function = function as? AdaptedNetwork { return function }
    if let function = function as? DenseLatency { return function }
    if let function = function as? LinearFunction { return function }
    return nil
  }

  package static func read(_ bytes: [UInt8]) throws(HelpError) -> Predictor {
    let file = try HelpFile(parsing: bytes, as: .predictor)
    let description = file.description
    let type = try storedType(of: try description.string("method"))
    try description.onlyKeys(["format_version", "space", "method"] + type.keys + ["record"])
    let space = try description.member("space").space()
    return Predictor(
      space: space, function: try type.make(description, file.tensors, space),
      record: try description.member("record").value)
  }

  private static func storedType(of method: String) throws(HelpError) -> Kind {
    if let type = kinds.first(where: { $0.methods.contains(method) }) { return type }
    let names = kinds.flatMap { $0.methods }.map { "\"\($0)\"" }.joined(separator: ", ")
    throw HelpError(
      .unsupported, "description.method is \"\(method.excerpt)\"; this library knows \(names)")
  }
}

// MARK: - Writing

extension PredictorFile {
  package static func write(_ predictor: Predictor) throws(HelpError) -> [UInt8] {
    guard let function = stored(predictor.function) else {
      throw HelpError(
        .unsupported, "a predictor of method \"\(predictor.method)\" has no form as a file")
    }
    var tensors = SafeTensorsWriter()
    function.write(to: &tensors)
    return try HelpFile.bytes(.predictor, description: describe(predictor), tensors: tensors)
  }

  package static func describe(_ predictor: Predictor) -> JSONValue {
    .object(
      [
        JSONValue.Member(key: "format_version", value: .integer(Int64(HelpFile.version))),
        JSONValue.Member(key: "space", value: predictor.space.reference),
        JSONValue.Member(key: "method", value: .string(predictor.method)),
      ] + members(predictor.function) + [JSONValue.Member(key: "record", value: predictor.record)])
  }

  private static func members(_ function: any LatencyFunction) -> [JSONValue.Member] {
    guard let function = stored(function) else { return [] }
    return zip(function.keys, function.values).map(JSONValue.Member.init(key:value:))
  }
}
