import HelpBase
import HelpJSON
import HelpNumerics
import HelpPredictor
import HelpSpaces
@testable import HelpStorage
import Testing

/// A small model with random weights, over features of all kinds.
private func sample(
  _ space: any SearchSpace = NASBench201(), widths: [Int] = [3, 1]
) -> AccuracyModel {
  var random = RandomSource(seed: 21)
  let genes = space.genes.genes
  let features = FeatureList([
    .oneHot(0, of: genes),
    .lookup(gene: 1, vectors: genes[1].choices.map { [0.1, Float($0) / 3] }),
    .mean(genes: [1], numbers: [genes[1].choices.map { Double($0) / 7 }]),
    .sum(genes: [0, 1], numbers: [0, 1].map { genes[$0].choices.map(Double.init) }),
  ])
  let layers = DenseNetwork.shapes(features: features.count, widths: widths).map { shape in
    DenseNetwork.Layer(
      weight: (0..<(shape.outputs * shape.inputs)).map { _ in Float(random.normal()) },
      bias: (0..<shape.outputs).map { _ in Float(random.normal()) })
  }
  return AccuracyModel(
    space: space, network: DenseNetwork(features: features, layers: layers), base: 0.1 + 0.2,
    record: ["note": "é", "n": 3])
}

private func ownSpace() throws -> DescribedSpace {
  let text = #"""
    {"name": "mine", "genes": [{"name": "depth", "choices": [1, 2]},
      {"name": "op", "choices": ["a", "b", "c"], "alive_if": [{"gene": "depth", "in": [2]}]}]}
    """#
  return try DescribedSpace(parsing: Array(text.utf8))
}

@Suite struct AccuracyFileTests {
  private func expectReadBack(_ model: AccuracyModel) throws {
    let bytes = try AccuracyFile.write(model)
    let read = try AccuracyFile.read(bytes)
    #expect(read.space.isSame(as: model.space))
    #expect(read.network.features == model.network.features)
    #expect(read.network.layers == model.network.layers)
    #expect(read.base == model.base)
    #expect(read.record == model.record)
    #expect(try AccuracyFile.write(read) == bytes)
    var random = RandomSource(seed: 3)
    let batch = model.space.sample(min(Int(model.space.count ?? 50), 50), using: &random)
    #expect(read.predict(batch) == model.predict(batch))
  }

  @Test(arguments: [[1], [3, 1], [400, 20, 1], [Int](repeating: 2, count: 15) + [1]])
  func whatIsWrittenIsRead(_ widths: [Int]) throws {
    try expectReadBack(sample(widths: widths))
    try expectReadBack(sample(OFAMobileNetV3(), widths: widths))
  }

  @Test func aSpaceOfOnesOwnIsRead() throws { try expectReadBack(sample(try ownSpace())) }

  @Test func featuresMayBeWrittenInShort() throws {
    let space = NASBench201()
    var file = try DissectedFile(try AccuracyFile.write(sample(widths: [1])))
    let features: JSONValue = [["kind": "one_hot", "genes": ["1<-0"]], ["kind": "number"]]
    file.header = file.header.setting(
      "layers.0.weight", ["dtype": "F32", "shape": [1, 11], "data_offsets": [0, 44]]
    ).setting("layers.0.bias", ["dtype": "F32", "shape": [1], "data_offsets": [44, 48]])
    file.data = [UInt8](repeating: 0, count: 48)
    try seal(&file, try file.description.setting("features", features))
    let network = try AccuracyFile.read(try file.bytes()).network
    #expect(network.features.count == 11)
    #expect(network.features.features[0] == .oneHot(0, of: space.genes.genes))
  }

  /// Written out as tables, these would be too long for a file.
  @Test func manyChoicesAreWrittenInShort() throws {
    let choices = (0..<250).map(String.init).joined(separator: ",")
    let genes = (0..<20).map { "{\"name\": \"g\($0)\", \"choices\": [\(choices)]}" }
    let text = "{\"name\": \"wide\", \"genes\": [\(genes.joined(separator: ","))]}"
    let space = try DescribedSpace(parsing: Array(text.utf8))
    guard case .features(let features) = space.encoding else { return }
    let layer = DenseNetwork.Layer(
      weight: (0..<features.count).map { Float($0) }, bias: [0])
    try expectReadBack(
      AccuracyModel(
        space: space, network: DenseNetwork(features: features, layers: [layer]), base: 0,
        record: .null))
  }

  @Test func filesAreLoaded() throws {
    let scratch = Scratch()
    let path = try scratch.file("a.help")
    try AccuracyFile.save(sample(), to: path)
    #expect(try AccuracyFile.load(path).network.layers == sample().network.layers)
    let error = #expect(throws: HelpError.self) { _ = try ModelFile.load(path) }
    #expect(error?.message.contains("holds an accuracy model, not a model") == true)
    try FileAccess.replace(path, with: try PredictorFile.write(samplePredictor()))
    let other = #expect(throws: HelpError.self) { _ = try AccuracyFile.load(path) }
    #expect(other?.message.contains("holds a predictor, not an accuracy model") == true)
  }

  @Test func truncationsAreRefused() throws {
    let bytes = try AccuracyFile.write(sample())
    for size in bytes.indices {
      #expect(throws: HelpError.self) { _ = try AccuracyFile.read(Array(bytes[..<size])) }
    }
    #expect(throws: HelpError.self) { _ = try AccuracyFile.read(bytes + [0]) }
  }

  @Test func bitFlipsAreNoticed() throws {
    var bytes = try AccuracyFile.write(sample())
    for index in bytes.indices {
      for bit in Set([5, index % 8]) {
        bytes[index] ^= 1 << bit
        #expect(throws: HelpError.self) { _ = try AccuracyFile.read(bytes) }
        bytes[index] ^= 1 << bit
      }
    }
  }

  private func seal(_ file: inout DissectedFile, _ description: JSONValue) throws {
    try file.seal(description: try JSON.text(description), format: "libhelp-accuracy")
  }

  private typealias Change = (
    key: String, value: JSONValue?, kind: HelpError.Kind, reason: String
  )
  private static let changes: [Change] = [
    ("format_version", .integer(2), .version, "accuracy model has format version 2"),
    ("space", "nasbench301", .unsupported, "nasbench301"),
    ("space", .integer(1), .format, "description.space"),
    ("space", ["name": "x"], .format, "description.space has no \"genes\""),
    ("space", "ofa-mbv3", .format, "no gene of the space"),
    ("layers", nil, .format, "no \"layers\""),
    ("layers", [], .format, "0 widths"),
    ("layers", [3, 2], .format, "the last 2"),
    ("layers", [3, 0], .format, "not 1...4096"),
    ("layers", [4097, 1], .format, "not 1...4096"),
    ("layers", [.integer(.max), 1], .format, "not 1...4096"),
    ("layers", [.number(3), 1], .format, "not an integer"),
    ("layers", .array([JSONValue](repeating: 1, count: 17)), .format, "17 widths"),
    ("layers", [4, 1], .format, "shape"),
    ("layers", [1], .format, "unknown tensor layers.1"),
    ("layers", [3, 3, 1], .format, "no tensor layers.2.weight"),
    ("features", nil, .format, "no \"features\""),
    ("features", [], .format, "description has 0 features"),
    ("features", "x", .format, "not an array"),
    ("features", [["kind": "one_hot"]], .format, "shape"),
    ("features", [["kind": "one_hot", "genes": ["z"]]], .format, "description.features[0].genes"),
    ("features", [["kind": "lookup", "gene": "1<-0", "values": [[1]]]], .format, "5 choices"),
    ("features", [["kind": "cost", "cost": "macs"]], .format, "costs lacks"),
    ("base", nil, .format, "no \"base\""),
    ("base", "0", .format, "base"),
    ("base", .number(1e16), .format, "base"),
    ("record", nil, .format, "no \"record\""),
    ("method", "help", .format, "unknown key \"method\""),
  ]

  @Test(arguments: changes.indices)
  func descriptionsAreChecked(_ index: Int) throws {
    let change = Self.changes[index]
    var file = try DissectedFile(try AccuracyFile.write(sample()))
    try seal(&file, try file.description.setting(change.key, change.value))
    let bytes = try file.bytes()
    let error = #expect(throws: HelpError.self) { _ = try AccuracyFile.read(bytes) }
    #expect(error?.kind == change.kind)
    #expect(error?.message.contains(change.reason) == true, "\(error?.message ?? "")")
  }

  @Test func aValueThatIsNotFiniteIsRefused() throws {
    var file = try DissectedFile(try AccuracyFile.write(sample()))
    file.data.replaceSubrange(8..<12, with: [0, 0, 0x80, 0x7F])
    try seal(&file, try file.description)
    let bytes = try file.bytes()
    let error = #expect(throws: HelpError.self) { _ = try AccuracyFile.read(bytes) }
    #expect(error?.message.contains("value 2 of tensor layers.0.weight") == true)
  }
}
