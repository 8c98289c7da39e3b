import HelpBase
import HelpJSON
import HelpPredictor
import HelpSpaces

/// Predictors as files (docs/internals/file-format.md).
package enum PredictorFile: StoredFile {}

/// A method's part of a predictor file. A new type of function conforms, and has a place
/// in `PredictorFile.kinds` and `stored`.
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
  /// Keys and values.
  var members: [JSONValue.Member] { get }
  func write(to tensors: inout SafeTensorsWriter)
}

// MARK: - Reading

extension PredictorFile {
  private static var kinds: [StoredKind] {
    [BayesPredictor.kind, AdaptedNetwork.kind, DenseLatency.kind, BaselineFunction.kind]
  }

  package static func read(_ bytes: [UInt8]) throws(HelpError) -> Predictor {
    let file = try HelpFile(parsing: bytes, as: .predictor)
    let description = file.description
    let kind = try storedKind(of: try description.string("method"))
    try description.onlyKeys(
      ["format_version", "space", "method"] + kind.keys + Fitting.keys + ["record"])
    let space = try description.member("space").space()
    let own = file.tensors.without(Fitting.tensorNames(in: description))
    return Predictor(
      space: space, function: try kind.read(description, own, space),
      record: try description.member("record").value,
      fitting: try Fitting(ifIn: description, file.tensors, space))
  }

  private static func storedKind(of method: String) throws(HelpError) -> StoredKind {
    if let kind = kinds.first(where: { $0.methods.contains(method) }) { return kind }
    let names = kinds.flatMap { $0.methods }.map { "\"\($0)\"" }.joined(separator: ", ")
    throw HelpError(
      .unsupported, "description.method is \"\(method.excerpt)\"; this library knows \(names)")
  }
}

/// How the functions of one type are read.
struct StoredKind: Sendable {
  let methods: [String]
  let keys: [String]
  let read:
    @Sendable (JSONReader, SafeTensors, any SearchSpace) throws(HelpError) -> any LatencyFunction
}

extension StoredFunction {
  fileprivate static var kind: StoredKind {
    StoredKind(methods: methods, keys: keys) {
      (description, tensors, space) throws(HelpError) in
      try Self(description, tensors, in: space)
    }
  }

  var members: [JSONValue.Member] {
    zip(Self.keys, values).map { JSONValue.Member(key: $0, value: $1) }
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
    predictor.fitting?.write(to: &tensors)
    let description = members(predictor) + (predictor.fitting?.members ?? [])
    return try HelpFile.bytes(.predictor, description: .object(description), tensors: tensors)
  }

  /// What the file says but for what updating needs.
  package static func describe(_ predictor: Predictor) -> JSONValue {
    .object(members(predictor))
  }

  private static func members(_ predictor: Predictor) -> [JSONValue.Member] {
    [
      JSONValue.Member(key: "format_version", value: .integer(Int64(HelpFile.version))),
      JSONValue.Member(key: "space", value: predictor.space.reference),
      JSONValue.Member(key: "method", value: .string(predictor.method)),
    ] + (stored(predictor.function)?.members ?? [])
      + [JSONValue.Member(key: "record", value: predictor.record)]
  }

  /// Nil for a function of a type that has no form as a file.
  private static func stored(_ function: any LatencyFunction) -> (any StoredFunction)? {
    if let function = function as? BayesPredictor { return function }
    if let function = function as? AdaptedNetwork { return function }
    if let function = function as? DenseLatency { return function }
    if let function = function as? BaselineFunction { return function }
    return nil
  }
}
