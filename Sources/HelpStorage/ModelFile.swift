import HelpJSON
import HelpNumerics
import HelpPredictor
import HelpSpaces

/// Meta-trained models as files (docs/internals/file-format.md).
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
  private static let keys = ["format_version", "space", "record"]

  package static func read(_ bytes: [UInt8]) throws(HelpError) -> LatencyModel {
    let file = try HelpFile(parsing: bytes, as: .model)
    let description = file.description
    // A model of the first files had HELP's network and nothing else.
    let hasNetwork = description.value["references"] != nil || description.value["linear"] == nil
    try description.onlyKeys(keys + (hasNetwork ? MetaNetwork.keys : []) + ["linear"])
    let space = try description.member("space").space()
    let network = hasNetwork ? try MetaNetwork(description, file.tensors, in: space) : nil
    let linear = try LinearPrior(ifIn: description, file.tensors, space)
    try file.tensors.checkNames(
      (network?.tensorNames ?? []) + (linear == nil ? [] : LinearPrior.tensorNames))
    return LatencyModel(
      space: space, network: network, linear: linear,
      record: try description.member("record").value)
  }
}

// MARK: - Writing

extension ModelFile {
  package static func write(_ model: LatencyModel) throws(HelpError) -> [UInt8] {
    var tensors = SafeTensorsWriter()
    model.network?.write(to: &tensors)
    model.linear?.write(to: &tensors)
    return try HelpFile.bytes(.model, description: describe(model), tensors: tensors)
  }

  package static func describe(_ model: LatencyModel) -> JSONValue {
    var members: [(String, JSONValue)] = [
      ("format_version", .integer(Int64(HelpFile.version))),
      ("space", model.space.reference),
    ]
    if let network = model.network { members += network.members }
    if let linear = model.linear { members.append(("linear", linear.description(model.space))) }
    return .object(pairs: members + [("record", model.record)])
  }
}
