import HelpJSON
import HelpNumerics
import HelpPredictor
import HelpSpaces

/// Meta-trained models as files (docs/file-format.md).
package enum ModelFile {
  package static func load(_ path: FilePath) throws(HelpError) -> LatencyModel {
    try FileAccess.read(path) { bytes throws(HelpError) in try read(bytes) }
  }

  package static func save(_ model: LatencyModel, to path: FilePath) throws(HelpError) {
    try FileAccess.replace(path, with: try write(model))
  }
}

// MARK: - Reading

extension ModelFile {
  private static let keys = [
    "format_version", "space", "method", "hidden", "references", "inner_steps",
    "modulation_scale", "record",
  ]

  package static func read(_ bytes: [UInt8]) throws(HelpError) -> LatencyModel {
    let file = try HelpFile(parsing: bytes, as: .model)
    let description = file.description
    try description.onlyKeys(keys)
    try description.checkMethod()
    let references = try references(description)
    let shape = NetworkShape(
      encoding: references.space.encoding,
      hidden: try description.hidden(), references: references.count)
    let modulated = file.tensors.entries.keys.contains { $0.hasPrefix("inference.") }
    try file.tensors.checkNames(tensorNames(shape, modulated: modulated))
    return LatencyModel(
      references: references, shape: shape,
      parameters: try shape.network.read("network", from: file.tensors),
      rates: try shape.network.read("rates", from: file.tensors),
      inference: modulated ? try shape.inference.read("inference", from: file.tensors) : nil,
      innerSteps: try description.integer("inner_steps", in: 0...AdaptationSettings.maximumSteps),
      modulationScale: try description.number("modulation_scale", in: 0...1000),
      record: try description.member("record").value)
  }

  private static func references(
    _ description: JSONReader
  ) throws(HelpError) -> ArchitectureBatch {
    let space = try description.member("space").space()
    let texts = try description.array("references")
    guard NetworkShape.referenceLimits.contains(texts.count) else {
      throw HelpError(
        .format, "the model has \(texts.count) references, not \(NetworkShape.referenceLimits)")
    }
    var genes: [Int32] = []
    for text in texts { genes += try parse(text, in: space) }
    let batch = ArchitectureBatch(checked: genes, in: space)
    if let (first, second) = batch.firstRepeat() {
      throw HelpError(.format, "the model's references \(first) and \(second) are the same")
    }
    return batch
  }

  /// Canonical genes.
  private static func parse(
    _ text: JSONReader, in space: any SearchSpace
  ) throws(HelpError) -> [Int32] {
    let string = try text.string()
    do throws(HelpError) {
      return try ArchitectureBatch(parsing: [string], in: space).genes
    } catch {
      throw HelpError(.format, "\(text.path): \(error.message)")
    }
  }

  private static func tensorNames(_ shape: NetworkShape, modulated: Bool) -> [String] {
    shape.network.tensorNames("network") + shape.network.tensorNames("rates")
      + (modulated ? shape.inference.tensorNames("inference") : [])
  }
}

// MARK: - Writing

extension ModelFile {
  package static func write(_ model: LatencyModel) throws(HelpError) -> [UInt8] {
    var tensors = SafeTensorsWriter()
    model.shape.network.write("network", model.parameters, to: &tensors)
    model.shape.network.write("rates", model.rates, to: &tensors)
    if let inference = model.inference {
      model.shape.inference.write("inference", inference, to: &tensors)
    }
    return try HelpFile.bytes(.model, description: describe(model), tensors: tensors)
  }

  package static func describe(_ model: LatencyModel) -> JSONValue {
    let references = (0..<model.references.count).map { model.space.format(model.references[$0]) }
    return [
      "format_version": .integer(Int64(HelpFile.version)),
      "space": model.space.reference,
      "method": "help",
      "hidden": .integer(Int64(model.shape.hidden)),
      "references": .strings(references),
      "inner_steps": .integer(Int64(model.innerSteps)),
      "modulation_scale": .number(model.modulationScale),
      "record": model.record,
    ]
  }
}
