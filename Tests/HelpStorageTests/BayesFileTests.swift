import HelpBase
import HelpJSON
import HelpNumerics
@testable import HelpPredictor
import HelpSpaces
@testable import HelpStorage
import Testing

/// Method "bayes" in model and predictor files.
@Suite struct BayesFileTests {
  private func prior(in space: any SearchSpace) -> BayesPrior {
    var random = RandomSource(seed: 4)
    let pool = space.sample(60, using: &random)
    let regressors = ScaledRegressors(over: pool)
    let devices = ["a", "é"].map { name in
      BayesPrior.Device(
        name: name,
        weights: [1] + regressors.scales.map { $0 == 0 ? 0 : 0.1 * random.normal() })
    }
    let groups = space.regressorGroups.map { _ in random.normal() }
    return BayesPrior(
      regressors: regressors,
      hyperparameters: .init(bias: -3.25, differences: 0.1, groups: groups), devices: devices,
      record: ["loss": .number(0.1)])
  }

  private func predictor(in space: any SearchSpace) throws -> (Predictor, ArchitectureBatch) {
    var random = RandomSource(seed: 6)
    let rows = space.sample(20, using: &random)
    let measurements = try Measurements(
      rows.rows(Array(0..<6)), latencies: [3, 4, 7, 5.5, 0.1 + 0.2, 6])
    return (try prior(in: space).adapted(to: measurements), rows)
  }

  private func moments(_ predictor: Predictor, _ rows: ArchitectureBatch) -> [[UInt64]] {
    var latencies = [Double](repeating: 0, count: rows.count)
    var deviations = latencies
    predictor.predict(rows, latencies: &latencies, deviations: &deviations)
    return [latencies.map(\.bitPattern), deviations.map(\.bitPattern)]
  }

  /// Spaces with costs and without, the last the user's own.
  @Test(arguments: SampleSpace.allCases) func predictorsGiveTheSameBits(
    _ space: SampleSpace
  ) throws {
    let (predictor, rows) = try predictor(in: space.space)
    let bytes = try PredictorFile.write(predictor)
    let read = try PredictorFile.read(bytes)
    #expect(read.method == "bayes")
    #expect(moments(read, rows) == moments(predictor, rows))
    #expect(try PredictorFile.write(read) == bytes)
  }

  /// What a predictor was fitted from is in its file, marks of training rows included.
  @Test(arguments: SampleSpace.allCases) func readPredictorsCanBeUpdated(
    _ space: SampleSpace
  ) throws {
    let space = try space.space
    var random = RandomSource(seed: 6)
    let rows = space.sample(20, using: &random)
    let prior = prior(in: space)
    let marked = BayesPrior(
      regressors: prior.regressors, hyperparameters: prior.hyperparameters,
      devices: prior.devices.map {
        BayesPrior.Device(name: $0.name, weights: $0.weights, marks: [1, -7])
      }, record: prior.record)
    let model = LatencyModel(space: space, bayes: marked, help: nil, record: [:])
    let predictor = try model.adapted(
      by: .bayes,
      to: Measurements(rows.rows([0, 1, 2, 3, 1]), latencies: [3, 4, 7, 5.5, 4.5]))
    let bytes = try PredictorFile.write(predictor)
    let read = try PredictorFile.read(bytes)
    #expect(try PredictorFile.write(read) == bytes)
    #expect(read.fitting?.prior == marked)
    let more = try Measurements(rows.rows([9, 10]), latencies: [4, 6])
    let (a, b) = (try read.updated(with: more), try predictor.updated(with: more))
    #expect(moments(a, rows) == moments(b, rows))
  }

  @Test(arguments: SampleSpace.allCases, [true, false])
  func modelsKeepThePart(_ space: SampleSpace, alone: Bool) throws {
    let space = try space.space
    let prior = prior(in: space)
    let model = LatencyModel(
      space: space, bayes: prior, help: alone ? nil : sampleModel(in: space).help,
      record: ["x": 1])
    let bytes = try ModelFile.write(model)
    let read = try ModelFile.read(bytes)
    #expect(read.bayes == prior)
    #expect((read.help == nil) == alone)
    #expect(try ModelFile.write(read) == bytes)
  }

  @Test func truncationsAreRefused() throws {
    let bytes = try PredictorFile.write(predictor(in: NASBench201()).0)
    for size in stride(from: 0, to: bytes.count, by: 997) {
      #expect(throws: HelpError.self) { _ = try PredictorFile.read(Array(bytes[..<size])) }
    }
  }

  private func message(
    _ bytes: [UInt8], format: String = "libhelp-predictor", _ change: (JSONValue) -> JSONValue
  ) throws -> String? {
    var file = try DissectedFile(bytes)
    try file.seal(description: JSON.text(change(file.description)), format: format)
    let changed = try file.bytes()
    let error = #expect(throws: HelpError.self) {
      if format == "libhelp-model" {
        _ = try ModelFile.read(changed)
      } else {
        _ = try PredictorFile.read(changed)
      }
    }
    return error?.message
  }

  @Test(arguments: [
    "tail_ms", "unit_ms", "noise", "proportional_noise", "noise_floor", "calibration",
  ])
  func predictorsWithBadNumbersAreRefused(_ key: String) throws {
    let bytes = try PredictorFile.write(predictor(in: FBNet()).0)
    for bad: JSONValue? in [.number(-1), .string("1"), nil] {
      #expect(try message(bytes) { $0.setting(key, bad) }?.contains(key) == true)
    }
  }

  @Test func aPredictorOfAnotherSpaceIsRefused() throws {
    let bytes = try PredictorFile.write(predictor(in: FBNet()).0)
    let text = try message(bytes) { $0.setting("space", "nasbench201") }
    #expect(text?.contains("nasbench201 has 58 regressors") == true)
  }

  @Test(
    arguments: [
      ("groups", ["x"], "groups"), ("theta", [1, 2], "theta has 2 numbers, not 6"),
      ("devices", [], "tensor bayes.devices"), ("devices", ["a"], "bayes.devices has shape"),
      ("theta", [0, 0, 0, 0, 0, 99], "99"),
    ] as [(String, JSONValue, String)])
  func damagedPartsAreRefused(_ key: String, _ value: JSONValue, _ expected: String) throws {
    let model = LatencyModel(
      space: NASBench201(), bayes: prior(in: NASBench201()), help: nil, record: .null)
    let text = try message(ModelFile.write(model), format: "libhelp-model") { description in
      description.setting("bayes", description["bayes"]?.setting(key, value))
    }
    #expect(text?.contains(expected) == true, "\(text ?? "")")
  }

  /// Tensors without the key, or the key without its tensors.
  @Test func thePartIsWholeOrMissing() throws {
    let space = NASBench201()
    let model = LatencyModel(
      space: space, bayes: prior(in: space), help: sampleModel(in: space).help,
      record: .null)
    let text = try message(ModelFile.write(model), format: "libhelp-model") {
      $0.setting("bayes", nil)
    }
    #expect(text?.contains("unknown tensor bayes.") == true)
    let without = LatencyModel(
      space: space, bayes: nil, help: model.help, record: .null)
    let linear = prior(in: space).description(space)
    let lacking = try message(ModelFile.write(without), format: "libhelp-model") {
      $0.setting("bayes", linear)
    }
    #expect(lacking?.contains("bayes.") == true)
  }

  @Test func numbersOfTheOtherSizeAreRefused() throws {
    var writer = SafeTensorsWriter()
    writer.add("a", shape: [1], [1.5 as Float])
    writer.add("b", shape: [2], doubles: [0.1, -2])
    let tensors = try SafeTensors(parsing: writer.bytes(metadata: ["x": "y"]))
    #expect(try tensors.doubles("b", shape: [2]) == [0.1, -2])
    let error = #expect(throws: HelpError.self) { _ = try tensors.doubles("a", shape: [1]) }
    #expect(error?.message == "tensor a has type F32, not F64")
    var floats: [Float] = []
    #expect(throws: HelpError.self) { try tensors.append("b", shape: [2], to: &floats) }
  }
}
