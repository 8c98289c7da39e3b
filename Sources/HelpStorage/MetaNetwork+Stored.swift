import HelpBase
import HelpJSON
import HelpPredictor
import HelpSpaces

/// HELP's network in a model file: the key "help" and tensors "help.*".
extension MetaNetwork {
  private static let keys = ["hidden", "references", "inner_steps", "modulation_scale"]
  private static let networkPrefix = "help.network"
  private static let ratesPrefix = "help.rates"
  private static let inferencePrefix = "help.inference"

  /// Nil where the description has no "help".
  init?(
    ifIn model: JSONReader, _ tensors: SafeTensors, _ space: any SearchSpace
  ) throws(HelpError) {
    guard model.value["help"] != nil else { return nil }
    let description = try model.member("help")
    try description.onlyKeys(Self.keys)
    let references = try Self.references(description, in: space)
    let shape = NetworkShape(
      encoding: space.encoding, hidden: try description.hidden(), references: references.count)
    let isModulated = tensors.entries.keys.contains { $0.hasPrefix(Self.inferencePrefix + ".") }
    self.init(
      references: references, shape: shape,
      parameters: try shape.network.read(Self.networkPrefix, from: tensors),
      rates: try shape.network.read(Self.ratesPrefix, from: tensors),
      inference: isModulated ? try shape.inference.read(Self.inferencePrefix, from: tensors) : nil,
      innerSteps: try description.integer("inner_steps", in: 0...HelpSettings.maximumSteps),
      modulationScale: try description.number("modulation_scale", in: 0...1000))
  }

  private static func references(
    _ description: JSONReader, in space: any SearchSpace
  ) throws(HelpError) -> ArchitectureBatch {
    let texts = try description.array("references")
    let limits = NetworkShape.referenceLimits
    guard limits.contains(texts.count) else {
      throw HelpError(
        .format,
        "the model has \(texts.count) references, not \(limits.lowerBound)...\(limits.upperBound)")
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

  var tensorNames: [String] {
    shape.network.tensorNames(Self.networkPrefix) + shape.network.tensorNames(Self.ratesPrefix)
      + (inference == nil ? [] : shape.inference.tensorNames(Self.inferencePrefix))
  }

  func write(to tensors: inout SafeTensorsWriter) {
    shape.network.write(Self.networkPrefix, parameters, to: &tensors)
    shape.network.write(Self.ratesPrefix, rates, to: &tensors)
    if let inference { shape.inference.write(Self.inferencePrefix, inference, to: &tensors) }
  }

  /// Its part of the description.
  var stored: JSONValue {
    [
      "hidden": .integer(Int64(shape.hidden)),
      "references": .strings(
        (0..<references.count).map { references.space.format(references[$0]) }),
      "inner_steps": .integer(Int64(innerSteps)),
      "modulation_scale": .number(modulationScale),
    ]
  }
}
