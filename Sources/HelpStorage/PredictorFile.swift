import HelpBase
import HelpJSON
import HelpPredictor
import HelpSpaces

/// Predictors as files (docs/internals/file-format.md).
package enum PredictorFile: StoredFile {}

/// A method's part of a predictor file. A new method is a conforming type and a place in
/// `PredictorFile.types`.
protocol StoredFunction: LatencyFunction {
  /// The methods that functions of this type may have.
  static var methods: [String] { get }
  /// Their keys of the description.
  static var keys: [String] { get }

  /// Reads "method", its keys and all tensors of the file.
  init(_ description: JSONReader, _ tensors: SafeTensors, in space: any SearchSpace)
    throws(HelpError)

  /// A value for each of `keys`, in their order.
  var values: [JSONValue] { get }
  func write(to tensors: inout SafeTensorsWriter)
}

// MARK: - Reading

extension PredictorFile {
  private static let types: [any StoredFunction.Type] = [
    BayesPredictor.self, AdaptedNetwork.self, DenseLatency.self, BaselineFunction.self,
  ]

  package static func read(_ bytes: [UInt8]) throws(HelpError) -> Predictor {
    let file = try HelpFile(parsing: bytes, as: .predictor)
    let description = file.description
    let type = try storedType(of: try description.string("method"))
    try description.onlyKeys(["format_version", "space", "method"] + type.keys + ["record"])
    let space = try description.member("space").space()
    return Predictor(
      space: space, function: try type.init(description, file.tensors, in: space),
      record: try description.member("record").value)
  }

  private static func storedType(of method: String) throws(HelpError) -> any StoredFunction.Type {
    if let type = types.first(where: { $0.methods.contains(method) }) { return type }
    let names = types.flatMap { $0.methods }.map { "\"\($0)\"" }.joined(separator: ", ")
    throw HelpError(
      .unsupported, "description.method is \"\(method.excerpt)\"; this library knows \(names)")
  }
}

// MARK: - Writing

extension PredictorFile {
  package static func write(_ predictor: Predictor) throws(HelpError) -> [UInt8] {
    guard let function = predictor.function as? any StoredFunction else {
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
    guard let function = function as? any StoredFunction else { return [] }
    return zip(type(of: function).keys, function.values).map(JSONValue.Member.init(key:value:))
  }
}
