import HelpJSON
@testable import HelpPredictor
import HelpSpaces
import HelpStorage
import Testing


/// The research prototype of method "bayes" on the paper splits: scaled regressors, the
/// training devices' functions, and predictions from the ten references.
@Suite(.enabled(if: BayesRecord.isPrepared, OfficialTask.howToPrepare))
struct BayesPrototypeTests {
  @Test(arguments: OfficialTask.spaces)
  func devicesAndPredictionsMatchThePrototype(_ space: String) throws {
    let record = try BayesRecord(space)
    let fitting = try BayesPriorFitting(record.dataset(), BayesPriorFitting.Settings())
    let ridges = try fitting.ridges()
    let prior = fitting.prior(ridges, try record.structure, record: .null)

    let scaled = prior.regressors.scaled(record.architectures.rows(record.sample))
    try record.checkFeatures(prior.regressors, scaled)
    for device in prior.devices {
      let expected = try record.numbers("train_device_function", device.name)
      for (row, value) in expected.enumerated() {
        let start = row * prior.regressors.count
        let ours = device.weights.indices.reduce(0) { $0 + device.weights[$1] * scaled[start + $1] }
        #expect(abs(ours - value) < 1e-6 * abs(value), "\(device.name) \(row)")
      }
    }
    for name in try record.targets {
      let target = try BayesRecord.Target(record, name)
      let predictor = try prior.adapted(to: target.measurements, record.settings)
      let (means, deviations) = target.predict(predictor)
      let errors = zip(means, target.means).map { abs($0 / $1 - 1) }.sorted()
      let spreads = zip(deviations, target.deviations).map { abs($0 / $1 - 1) }.sorted()
      #expect(errors[49] < 1e-5, "\(name)")
      #expect(spreads[49] < 1e-3, "\(name)")
    }
  }
}

/// The prototype's record, as Tests/HelpGoldenTests/prepare.py writes it to build/golden.
private struct BayesRecord {
  static var isPrepared: Bool { OfficialTask.spaces.allSatisfy { (try? BayesRecord($0)) != nil } }

  let architectures: ArchitectureBatch
  let sample: [Int]
  private let json: JSONReader

  init(_ space: String) throws {
    let bytes = try FileAccess.read(try FilePath("build/golden/\(space)-bayes.json"))
    json = JSONReader(try JSON.parse(bytes, what: "the record"), path: "record")
    let genes = try json.array("genes").map { Int32(try $0.integer(in: -1...10_000)) }
    architectures = try ArchitectureBatch(
      checking: genes, in: SpaceRegistry.space(named: space))
    sample = try json.array("sample_index").map { try $0.integer(in: 0...100_000) }
  }

  func numbers(_ path: String...) throws -> [Double] {
    let reader = try path.dropLast().reduce(json) { try $0.member($1) }
    return try reader.array(try #require(path.last)).map { try $0.number(in: -1e9...1e9) }
  }

  var structure: BayesPrior.Structure {
    get throws {
      let theta = try numbers("theta_value")
      return BayesPrior.Structure(
        bias: theta[0], differences: theta[1], groups: Array(theta[2...]))
    }
  }

  /// Those of the first prototype.
  var settings: BayesSettings {
    var settings = BayesSettings(
      configurations: BayesSettings.grid(
        proportional: [false], noises: [0.004, 0.015, 0.04, 0.1, 0.22],
        differences: [0.1, 1, 10], structures: [0.03, 0.3, 3, 30], power: 0))
    settings.means = [.init([1, 0, 0, 0], prior: 1)]
    settings.costDifferences = 0
    settings.robustFreedom = 4
    settings.calibration = 1
    settings.residualRows = .infinity
    settings.repeatability = 0
    return settings
  }

  func dataset() throws -> LatencyDataset {
    var dataset = try LatencyDataset(architectures)
    for (name, values) in try json.member("latency_ms").members() {
      let latencies = try values.elements().map { try $0.number(in: 0...1e9) }
      let rest = [Double](repeating: .nan, count: architectures.count - latencies.count)
      try dataset.add(.init(name: name, role: .train, latencies: latencies + rest))
    }
    return dataset
  }

  var targets: [String] { get throws { try json.member("devices").members().map(\.key) } }

  /// The first three sampled rows, group by group, without the regressors that do not vary.
  func checkFeatures(_ regressors: ScaledRegressors, _ scaled: [Double]) throws {
    let groups = try json.member("features").members().map(\.value)
    for row in 0..<3 {
      let expected = try groups.flatMap { group in
        try group.elements()[row].elements().map { try $0.number(in: -1e3...1e3) }
      }
      let ours = regressors.scales.indices.filter { regressors.scales[$0] != 0 }
        .map { scaled[row * regressors.count + 1 + $0] }
      #expect(ours.count == expected.count)
      // The prototype lists edges' operations in another order.
      for (one, other) in zip(ours.sorted(), expected.sorted()) { #expect(abs(one - other) < 1e-6) }
    }
  }

  struct Target {
    let measurements: Measurements
    let query: ArchitectureBatch
    let means: [Double]
    let deviations: [Double]

    init(_ record: BayesRecord, _ name: String) throws {
      func rows(_ key: String) throws -> ArchitectureBatch {
        record.architectures.rows(try record.numbers("devices", name, key).map { Int($0) })
      }
      measurements = try Measurements(
        rows("support_index"), latencies: record.numbers("devices", name, "support_latency_ms"))
      query = try rows("query_index")
      means = try record.numbers("devices", name, "mean_ms")
      deviations = try record.numbers("devices", name, "std_ms")
    }

    func predict(_ predictor: Predictor) -> ([Double], [Double]) {
      var means = [Double](repeating: 0, count: query.count)
      var deviations = means
      predictor.predict(query, latencies: &means, deviations: &deviations)
      return (means, deviations)
    }
  }
}
