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

// MARK: - Reading

extension PredictorFile {
  private static let keys = [
    "format_version", "space", "method", "hidden", "reference_count", "draws", "label_min_ms",
    "label_max_ms", "bend_ms", "record",
  ]

  package static func read(_ bytes: [UInt8]) throws(HelpError) -> Predictor {
    let file = try HelpFile(parsing: bytes, as: .predictor)
    let description = file.description
    try description.onlyKeys(keys)
    try description.checkMethod()
    let space = try SpaceRegistry.space(named: try description.string("space"))
    let shape = NetworkShape(
      encoding: space.encoding, hidden: try description.hidden(),
      references: try description.integer("reference_count", in: NetworkShape.referenceLimits))
    let draws = try description.integer("draws", in: 1...AdaptationSettings.maximumSamples)
    try file.tensors.checkNames(["embedding"] + shape.network.tensorNames("weights"))
    var embedding: [Float] = []
    try file.tensors.append("embedding", shape: [shape.references], to: &embedding)
    return Predictor(
      space: space, shape: shape, embedding: embedding,
      weights: try shape.network.readSets("weights", count: draws, from: file.tensors),
      scale: try scale(description), record: try description.member("record").value)
  }

  private static func scale(_ description: JSONReader) throws(HelpError) -> LabelScale {
    let finite = -Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude
    let low = try description.number("label_min_ms", in: finite)
    let high = try description.number("label_max_ms", in: finite)
    guard low < high else {
      throw HelpError(
        .format, "the predictor's label_min_ms is \(low), not less than label_max_ms = \(high)")
    }
    return LabelScale(minimum: low, maximum: high, bend: try bend(description))
  }
}

extension PredictorFile {
  private static func bend(_ description: JSONReader) throws(HelpError) -> Double? {
    let member = try description.member("bend_ms")
    if member.value == .null { return nil }
    return try member.number(in: Double.leastNonzeroMagnitude...Double.greatestFiniteMagnitude)
  }
}

// MARK: - Writing

extension PredictorFile {
  package static func write(_ predictor: Predictor) throws(HelpError) -> [UInt8] {
    var tensors = SafeTensorsWriter()
    tensors.add("embedding", shape: [predictor.embedding.count], predictor.embedding)
    predictor.shape.network.writeSets("weights", predictor.weights, to: &tensors)
    return try HelpFile.bytes(
      .predictor, description: describe(predictor), tensors: tensors)
  }

  package static func describe(_ predictor: Predictor) -> JSONValue {
    [
      "format_version": .integer(Int64(HelpFile.version)),
      "space": .string(predictor.space.name),
      "method": "help",
      "hidden": .integer(Int64(predictor.shape.hidden)),
      "reference_count": .integer(Int64(predictor.shape.references)),
      "draws": .integer(Int64(predictor.weights.count)),
      "label_min_ms": .number(predictor.scale.minimum),
      "label_max_ms": .number(predictor.scale.maximum),
      "bend_ms": predictor.scale.bend.map(JSONValue.number) ?? .null,
      "record": predictor.record,
    ]
  }
}
