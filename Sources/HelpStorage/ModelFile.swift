import HelpBase
import HelpJSON
import HelpPredictor
import HelpSpaces

/// Meta-trained models as files (docs/internals/file-format.md).
package enum ModelFile: StoredFile {}

// MARK: - Reading

extension ModelFile {
  private static let keys = ["format_version", "space", "bayes", "help", "record"]

  package static func read(_ bytes: [UInt8]) throws(HelpError) -> LatencyModel {
    let file = try HelpFile(parsing: bytes, as: .model)
    let description = file.description
    try description.onlyKeys(keys)
    let space = try description.member("space").space()
    let bayes = try BayesPrior(ifIn: description, file.tensors, space)
    let help = try MetaNetwork(ifIn: description, file.tensors, space)
    guard bayes != nil || help != nil else {
      throw HelpError(.format, "description has neither \"bayes\" nor \"help\"")
    }
    try file.tensors.checkNames(
      BayesPrior.tensorNames(in: description) + (help?.tensorNames ?? []))
    return LatencyModel(
      space: space, bayes: bayes, help: help, record: try description.member("record").value)
  }
}

// MARK: - Writing

extension ModelFile {
  package static func write(_ model: LatencyModel) throws(HelpError) -> [UInt8] {
    var tensors = SafeTensorsWriter()
    model.bayes?.write(to: &tensors)
    model.help?.write(to: &tensors)
    return try HelpFile.bytes(.model, description: describe(model), tensors: tensors)
  }

  package static func describe(_ model: LatencyModel) -> JSONValue {
    var members: [(String, JSONValue)] = [
      ("format_version", .integer(Int64(HelpFile.version))),
      ("space", model.space.reference),
    ]
    if let bayes = model.bayes { members.append(("bayes", bayes.description(model.space))) }
    if let help = model.help { members.append(("help", help.stored)) }
    return .object(pairs: members + [("record", model.record)])
  }
}
