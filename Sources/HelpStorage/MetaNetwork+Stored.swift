import HelpJSON
import HelpNumerics
import HelpPredictor
import HelpSpaces

/// HELP's network in a model file.
extension MetaNetwork {
  static let keys = [
    "method", "hidden", "references", "inner_steps", "modulation_scale",
  ]

  init(
    _ description: JSONReader, _ tensors: SafeTensors, in space: any SearchSpace
  ) throws(HelpError) {
    try description.checkMethod()
    let references = try Self.references(description, in: space)
    let shape = NetworkShape(
      encoding: space.encoding, hidden: try description.hidden(), references: references.count)
    let isModulated = tensors.entries.keys.contains { $0.hasPrefix("inference.") }
    self.init(
      references: references, shape: shape,
      parameters: try shape.network.read("network", from: tensors),
      rates: try shape.network.read("rates", from: tensors),
      inference: isModulated ? try shape.inference.read("inference", from: tensors) : nil,
      innerSteps: try description.integer("inner_steps", in: 0...AdaptationSettings.maximumSteps),
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
    shape.network.tensorNames("network") + shape.network.tensorNames("rates")
      + (inference == nil ? [] : shape.inference.tensorNames("inference"))
  }

  func write(to tensors: inout SafeTensorsWriter) {
    shape.network.write("network", parameters, to: &tensors)
    shape.network.write("rates", rates, to: &tensors)
    if let inference { shape.inference.write("inference", inference, to: &tensors) }
  }

  /// The network's part of the description.
  var members: [(String, JSONValue)] {
    [
      ("method", "help"), ("hidden", .integer(Int64(shape.hidden))),
      (
        "references",
        .strings((0..<references.count).map { references.space.format(references[$0]) })
      ),
      ("inner_steps", .integer(Int64(innerSteps))),
      ("modulation_scale", .number(modulationScale)),
    ]
  }
}
