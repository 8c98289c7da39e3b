import HelpBase
import HelpJSON
import HelpPredictor
import HelpSpaces
@testable import HelpStorage
import Testing

@Suite struct ModelFileTests {
  private func expectEqual(_ one: LatencyModel, _ other: LatencyModel) throws {
    #expect(one.space.isSame(as: other.space))
    #expect(one.record == other.record)
    let (one, other) = (try one.required, try other.required)
    #expect(one.references.genes == other.references.genes)
    #expect(one.shape == other.shape)
    #expect(one.parameters.map(\.bitPattern) == other.parameters.map(\.bitPattern))
    #expect(one.rates.map(\.bitPattern) == other.rates.map(\.bitPattern))
    #expect(one.inference?.map(\.bitPattern) == other.inference?.map(\.bitPattern))
    #expect(one.innerSteps == other.innerSteps)
    #expect(one.modulationScale == other.modulationScale)
  }

  @Test(arguments: [true, false])
  func whatIsWrittenIsRead(_ modulated: Bool) throws {
    let record: JSONValue = [
      "devices": ["a", "é"], "score": .number(0.1), "n": .integer(3), "x": .null,
    ]
    let model = sampleModel(modulated: modulated, record: record)
    let bytes = try ModelFile.write(model)
    try expectEqual(try ModelFile.read(bytes), model)
    #expect(try ModelFile.write(try ModelFile.read(bytes)) == bytes)
  }

  /// Spaces of features, of which the last is the user's own and lies in the file.
  @Test(arguments: SampleSpace.allCases)
  func modelsOfEverySpaceAreRead(_ space: SampleSpace) throws {
    let model = sampleModel(in: try space.space)
    let bytes = try ModelFile.write(model)
    try expectEqual(try ModelFile.read(bytes), model)
    #expect(try ModelFile.write(try ModelFile.read(bytes)) == bytes)
  }

  @Test func aBrokenSpaceIsRefused() throws {
    var file = try DissectedFile(try ModelFile.write(sampleModel(in: try SampleSpace.own.space)))
    try file.seal(
      description: try JSON.text(file.description.setting("space", ["name": "own"])))
    let bytes = try file.bytes()
    let error = #expect(throws: HelpError.self) { _ = try ModelFile.read(bytes) }
    #expect(error?.message.contains("description.space") == true)
  }

  @Test func tensorsOfADenseBodyAreNamed() throws {
    let names = try sampleModel(in: FBNet()).required.shape.network.tensors.prefix(5).map(\.name)
    #expect(names == ["fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias", "fc_hw1.weight"])
    #expect(try sampleModel(in: FBNet()).required.shape.network.tensors[0].shape == [3, 132])
  }

  @Test func largestSizesAreRead() throws {
    let model = sampleModel(hidden: 100, references: 1000)
    try expectEqual(try ModelFile.read(try ModelFile.write(model)), model)
  }

  @Test func filesAreLoaded() throws {
    let scratch = Scratch()
    let path = try scratch.file("m.help")
    let model = sampleModel()
    try ModelFile.save(model, to: path)
    try expectEqual(try ModelFile.load(path), model)
    try FileAccess.replace(path, with: [1, 2, 3])
    let error = #expect(throws: HelpError.self) { _ = try ModelFile.load(path) }
    #expect(error?.kind == .format)
    #expect(error?.message.contains("m.help") == true)
  }

  @Test func truncationsAreRefused() throws {
    let bytes = try ModelFile.write(sampleModel(hidden: 1, references: 2))
    for size in Array(stride(from: 0, to: bytes.count, by: 11)) + [bytes.count - 1] {
      #expect(throws: HelpError.self) { _ = try ModelFile.read(Array(bytes[..<size])) }
    }
    #expect(throws: HelpError.self) { _ = try ModelFile.read(bytes + [0]) }
  }

  /// In every byte one bit in turn, and bit 5, which is upper or lower case.
  @Test func bitFlipsAreNoticed() throws {
    var bytes = try ModelFile.write(
      sampleModel(hidden: 1, references: 2, modulated: false))
    for index in bytes.indices {
      for bit in Set([5, index % 8]) {
        bytes[index] ^= 1 << bit
        #expect(throws: HelpError.self) { _ = try ModelFile.read(bytes) }
        bytes[index] ^= 1 << bit
      }
    }
  }

  /// Changes of the description that keep the checksum right.
  private typealias Change = (
    key: String, value: JSONValue?, kind: HelpError.Kind, reason: String
  )
  private static let changes: [Change] = [
    ("format_version", .integer(2), .version, "format version 2"),
    ("format_version", .integer(0), .format, "format_version is 0"),
    ("format_version", nil, .format, "no \"format_version\""),
    ("space", "nasbench301", .unsupported, "nasbench301"),
    ("space", .integer(1), .format, "description.space"),
    ("help", .null, .format, "description.help"),
    ("help", nil, .format, "neither \"bayes\" nor \"help\""),
    ("record", nil, .format, "no \"record\""),
    ("extra", .null, .format, "unknown key \"extra\""),
  ]

  /// The same of the part "help".
  private static let partChanges: [Change] = [
    ("hidden", .integer(0), .format, "not 1...1024"),
    ("hidden", .integer(1025), .format, "not 1...1024"),
    ("hidden", .integer(.max), .format, "not 1...1024"),
    ("hidden", .number(3), .format, "not an integer"),
    ("hidden", .integer(4), .format, "shape"),
    ("references", [], .format, "0 references, not 2...1000"),
    ("references", "x", .format, "not an array"),
    ("references", ["x", "y"], .format, "description.help.references[0]"),
    ("inner_steps", .integer(-1), .format, "inner_steps"),
    ("inner_steps", .integer(101), .format, "inner_steps"),
    ("modulation_scale", .integer(-1), .format, "modulation_scale"),
    ("modulation_scale", .null, .format, "modulation_scale"),
    ("extra", .null, .format, "unknown key \"extra\""),
  ]

  @Test(arguments: changes.indices)
  func descriptionsAreChecked(_ index: Int) throws {
    let change = Self.changes[index]
    try expectRefused(change) { $0.setting(change.key, change.value) }
  }

  @Test(arguments: partChanges.indices)
  func partsAreChecked(_ index: Int) throws {
    let change = Self.partChanges[index]
    try expectRefused(change) {
      $0.setting("help", $0["help"]?.setting(change.key, change.value))
    }
  }

  private func expectRefused(_ change: Change, _ edit: (JSONValue) -> JSONValue) throws {
    var file = try DissectedFile(try ModelFile.write(sampleModel()))
    try file.seal(description: try JSON.text(edit(file.description)))
    let bytes = try file.bytes()
    let error = #expect(throws: HelpError.self) { _ = try ModelFile.read(bytes) }
    #expect(error?.kind == change.kind)
    #expect(error?.message.contains(change.reason) == true, "\(error?.message ?? "")")
  }

  @Test func repeatedReferencesAreRefused() throws {
    var file = try DissectedFile(try ModelFile.write(sampleModel()))
    let description = try file.description
    guard case .array(let texts)? = description["help"]?["references"] else {
      Issue.record("the sample has no references")
      return
    }
    let repeated = JSONValue.array([texts[0], texts[1], texts[2], texts[0]])
    let part = description["help"]?.setting("references", repeated)
    try file.seal(description: try JSON.text(description.setting("help", part)))
    let bytes = try file.bytes()
    let error = #expect(throws: HelpError.self) { _ = try ModelFile.read(bytes) }
    #expect(error?.message.contains("references 0 and 3 are the same") == true)
  }

  @Test func aMissingTensorIsNamed() throws {
    var writer = SafeTensorsWriter()
    let model = sampleModel(modulated: false)
    let network = try model.required
    network.shape.network.write("help.network", network.parameters, to: &writer)
    var file = try DissectedFile(try writer.bytes(metadata: [:]))
    let whole = try DissectedFile(try ModelFile.write(model))
    try file.seal(description: try JSON.text(whole.description))
    let bytes = try file.bytes()
    let error = #expect(throws: HelpError.self) { _ = try ModelFile.read(bytes) }
    #expect(error?.message == "the file has no tensor help.rates.gc1.weight")
  }

  @Test(arguments: ["help.inference.z_encoder.0.weight", "other"])
  func anExtraTensorIsNamed(_ name: String) throws {
    var file = try DissectedFile(try ModelFile.write(sampleModel(modulated: false)))
    let end = Int64(file.data.count)
    file.data += [0, 0, 0, 0]
    file.header = file.header.setting(
      name, ["dtype": "F32", "shape": [1], "data_offsets": [.integer(end), .integer(end + 4)]])
    try file.seal()
    let bytes = try file.bytes()
    let error = #expect(throws: HelpError.self) { _ = try ModelFile.read(bytes) }
    #expect(error?.message.contains("tensor") == true)
  }

  @Test func aValueThatIsNotFiniteIsRefused() throws {
    var file = try DissectedFile(try ModelFile.write(sampleModel()))
    file.data.replaceSubrange(8..<12, with: [0, 0, 0xC0, 0x7F])
    try file.seal()
    let bytes = try file.bytes()
    let error = #expect(throws: HelpError.self) { _ = try ModelFile.read(bytes) }
    #expect(error?.message.contains("value 2 of tensor help.network.gc1.weight") == true)
  }

  @Test func otherFormatsAreNamed() throws {
    var file = try DissectedFile(try ModelFile.write(sampleModel()))
    for (format, reason) in [("libhelp-predictor", "holds a predictor"), ("pt", "\"pt\"")] {
      try file.seal(format: format)
      let bytes = try file.bytes()
      let error = #expect(throws: HelpError.self) { _ = try ModelFile.read(bytes) }
      #expect(error?.message.contains(reason) == true)
    }
  }

  @Test func unknownMetadataIsRefused() throws {
    var file = try DissectedFile(try ModelFile.write(sampleModel()))
    let metadata = try #require(file.header["__metadata__"])
    file.header = file.header.setting("__metadata__", metadata.setting("author", "x"))
    let bytes = try file.bytes()
    let error = #expect(throws: HelpError.self) { _ = try ModelFile.read(bytes) }
    #expect(error?.message.contains("author") == true)
  }
}

@Suite struct PredictorFileTests {
  @Test(arguments: [1, 3])
  func whatIsWrittenIsRead(_ draws: Int) throws {
    let predictor = samplePredictor(draws: draws)
    let bytes = try PredictorFile.write(predictor)
    let read = try PredictorFile.read(bytes)
    let (network, expected) = (try read.network, try predictor.network)
    #expect(network.shape == expected.shape)
    #expect(network.embedding == expected.embedding)
    #expect(network.weights == expected.weights)
    #expect(network.scale == expected.scale)
    #expect(read.record == predictor.record)
    #expect(try PredictorFile.write(read) == bytes)
    let batch = try sampleModel().required.references
    #expect(read.predict(batch) == predictor.predict(batch))
  }

  @Test func filesAreLoaded() throws {
    let scratch = Scratch()
    let path = try scratch.file("p.help")
    try PredictorFile.save(samplePredictor(), to: path)
    #expect(try PredictorFile.load(path).network.weights == samplePredictor().network.weights)
    let error = #expect(throws: HelpError.self) { _ = try ModelFile.load(path) }
    #expect(error?.message.contains("holds a predictor, not a model") == true)
  }

  @Test func bitFlipsAreNoticed() throws {
    var bytes = try PredictorFile.write(samplePredictor(draws: 1))
    for index in stride(from: 0, to: bytes.count, by: 5) {
      let old = bytes[index]
      bytes[index] = old ^ UInt8(1 << (index % 8))
      #expect(throws: HelpError.self) { _ = try PredictorFile.read(bytes) }
      bytes[index] = old
    }
  }

  @Test(arguments: SampleSpace.allCases)
  func predictorsOfEverySpaceAreRead(_ space: SampleSpace) throws {
    let predictor = samplePredictor(in: try space.space)
    let read = try PredictorFile.read(try PredictorFile.write(predictor))
    #expect(read.space.isSame(as: predictor.space))
    let batch = try sampleModel(in: space.space).required.references
    #expect(read.predict(batch) == predictor.predict(batch))
  }

  /// A method that no file knows.
  private final class Constant: LatencyFunction {
    let method = "constant"
    func predict(
      _ batch: ArchitectureBatch, latencies: UnsafeMutablePointer<Double>,
      deviations: UnsafeMutablePointer<Double>?
    ) {
      latencies.update(repeating: 1, count: batch.count)
    }
  }

  @Test func unknownMethodsAreNamed() throws {
    let predictor = Predictor(space: NASBench201(), function: Constant(), record: .null)
    let unwritten = #expect(throws: HelpError.self) { _ = try PredictorFile.write(predictor) }
    #expect(unwritten?.kind == .unsupported)
    #expect(PredictorFile.describe(predictor)["method"] == "constant")

    var file = try DissectedFile(try PredictorFile.write(samplePredictor()))
    try file.seal(
      description: try JSON.text(file.description.setting("method", "constant")),
      format: "libhelp-predictor")
    let bytes = try file.bytes()
    let unread = #expect(throws: HelpError.self) { _ = try PredictorFile.read(bytes) }
    #expect(unread?.kind == .unsupported)
    #expect(unread?.message.contains("\"constant\"; this library knows \"bayes\"") == true)
  }

  @Test(
    arguments: [
      ("draws", .integer(0)), ("draws", .integer(101)), ("draws", .integer(2)),
      ("reference_count", .integer(1)), ("reference_count", .integer(5)),
      ("label_min_ms", .integer(30)), ("label_max_ms", .number(1.5)),
      ("extra", .null),
    ] as [(String, JSONValue)])
  func descriptionsAreChecked(_ key: String, _ value: JSONValue) throws {
    var file = try DissectedFile(try PredictorFile.write(samplePredictor()))
    try file.seal(
      description: try JSON.text(file.description.setting(key, value)), format: "libhelp-predictor")
    let bytes = try file.bytes()
    let error = #expect(throws: HelpError.self) { _ = try PredictorFile.read(bytes) }
    #expect(error?.kind == .format)
  }
}
