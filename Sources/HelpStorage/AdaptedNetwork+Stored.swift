import HelpBase
import HelpJSON
import HelpPredictor
import HelpSpaces

/// The part of method "help" in a predictor file.
extension AdaptedNetwork: StoredFunction {
  static let methods = ["help"]
  static let keys = [
    "hidden", "reference_count", "draws", "label_min_ms", "label_max_ms", "tail_ms",
  ]

  convenience init(
    _ description: JSONReader, _ tensors: SafeTensors, in space: any SearchSpace
  ) throws(HelpError) {
    let shape = NetworkShape(
      encoding: space.encoding, hidden: try description.hidden(),
      references: try description.integer("reference_count", in: NetworkShape.referenceLimits))
    let draws = try description.integer("draws", in: 1...HelpSettings.maximumSamples)
    try tensors.checkNames(["embedding"] + shape.network.tensorNames("weights"))
    var embedding: [Float] = []
    try tensors.append("embedding", shape: [shape.references], to: &embedding)
    self.init(
      shape: shape, embedding: embedding,
      weights: try shape.network.readSets("weights", count: draws, from: tensors),
      scale: try LabelScale(description))
  }

  var values: [JSONValue] {
    [
      .integer(Int64(shape.hidden)), .integer(Int64(shape.references)),
      .integer(Int64(weights.count)), .number(scale.minimum), .number(scale.maximum),
      scale.tail.map(JSONValue.number) ?? .null,
    ]
  }

  func write(to tensors: inout SafeTensorsWriter) {
    tensors.add("embedding", shape: [embedding.count], embedding)
    shape.network.writeSets("weights", weights, to: &tensors)
  }
}

extension LabelScale {
  fileprivate init(_ description: JSONReader) throws(HelpError) {
    let finite = -Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude
    let low = try description.number("label_min_ms", in: finite)
    let high = try description.number("label_max_ms", in: finite)
    guard low < high else {
      throw HelpError(
        .format,
        "the predictor's label_min_ms is \(low.brief(unlike: high)), not less than label_max_ms = "
          + high.brief(unlike: low))
    }
    self.init(minimum: low, maximum: high, tail: try Self.tail(description))
  }

  private static func tail(_ description: JSONReader) throws(HelpError) -> Double? {
    let member = try description.member("tail_ms")
    if member.value == .null { return nil }
    return try member.number(in: Double.leastNonzeroMagnitude...Double.greatestFiniteMagnitude)
  }
}
