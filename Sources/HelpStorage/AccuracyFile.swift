import HelpBase
import HelpJSON
import HelpPredictor
import HelpSpaces

/// Accuracy models as files (docs/internals/file-format.md).
package enum AccuracyFile: StoredFile {}

// MARK: - Reading

extension AccuracyFile {
  private static let keys = ["format_version", "space", "layers", "features", "base", "record"]

  package static func read(_ bytes: [UInt8]) throws(HelpError) -> AccuracyModel {
    let file = try HelpFile(parsing: bytes, as: .accuracy)
    let description = file.description
    try description.onlyKeys(keys)
    let space = try description.member("space").space()
    _ = try description.member("features")  // only a space may leave it out
    let features = try FeatureList(description, of: space)
    return AccuracyModel(
      space: space,
      network: try DenseNetwork(description, file.tensors, features: features),
      base: try description.number("base", in: -1e15...1e15),
      record: try description.member("record").value)
  }
}

// MARK: - Writing

extension AccuracyFile {
  package static func write(_ model: AccuracyModel) throws(HelpError) -> [UInt8] {
    var tensors = SafeTensorsWriter()
    model.network.write(to: &tensors)
    return try HelpFile.bytes(.accuracy, description: describe(model), tensors: tensors)
  }

  package static func describe(_ model: AccuracyModel) -> JSONValue {
    [
      "format_version": .integer(Int64(HelpFile.version)),
      "space": model.space.reference,
      "layers": model.network.widths,
      "features": model.space.describe(model.network.features),
      "base": .number(model.base),
      "record": model.record,
    ]
  }
}
