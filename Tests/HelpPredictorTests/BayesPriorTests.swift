import HelpBase
import HelpNumerics
@testable import HelpPredictor
import HelpSpaces
import Testing

@Suite struct BayesPriorTests {
  private func fit(
    _ dataset: LatencyDataset, seed: UInt64 = 0, threads: Int = 1, trainRows: Int = 0
  ) throws -> BayesPrior {
    var settings = BayesPriorFitting.Settings()
    settings.seed = seed
    settings.threads = threads
    settings.trainRows = trainRows
    return try BayesPriorFitting(dataset, settings).run()
  }

  private func dataset(
    _ devices: SyntheticDevices, train: Int, lacking: (Int, Int) -> Bool = { _, _ in false }
  ) throws -> LatencyDataset {
    var dataset = try LatencyDataset(devices.architectures)
    for number in 0..<train {
      let latencies = devices.latencies(device: number).enumerated().map { row, latency in
        lacking(number, row) ? .nan : latency
      }
      try dataset.add(.init(name: "d\(number)_1", role: .train, latencies: latencies))
    }
    return dataset
  }

  @Test func devicesAreLearntAndTheLossFalls() throws {
    let devices = SyntheticDevices(rows: 200, seed: 3)
    let prior = try fit(dataset(devices, train: 4), threads: 2)
    #expect(prior.devices.map(\.name) == ["d0_1", "d1_1", "d2_1", "d3_1"])
    let z = prior.regressors.scaled(devices.architectures)
    for (number, device) in prior.devices.enumerated() {
      let values = (0..<200).map { row in
        device.weights.indices.reduce(0) {
          $0 + device.weights[$1] * z[row * prior.regressors.count + $1]
        }
      }
      #expect(abs(values.reduce(0, +) / 200 - 1) < 1e-9)
      #expect(spearman(values, devices.latencies(device: number)) > 0.999)
    }
    guard case .array(let losses)? = prior.record["loss"], case .number(let before) = losses[0],
      case .number(let after) = losses[1]
    else {
      Issue.record("\(prior.record)")
      return
    }
    #expect(after < before)
  }

  @Test func resultDoesNotDependOnThreadsButOnTheSeed() throws {
    let data = try dataset(SyntheticDevices(rows: 80, seed: 3), train: 3)
    let one = try fit(data)
    #expect(try fit(data, threads: 3) == one)
    #expect(try fit(data, seed: 1).hyperparameters != one.hyperparameters)
  }

  @Test(arguments: [1, 2]) func fewDevicesAreEnough(_ train: Int) throws {
    let devices = SyntheticDevices(rows: 80, seed: 3)
    let prior = try fit(dataset(devices, train: train))
    #expect(prior.devices.count == train)
    if train == 1 { #expect(prior.hyperparameters == .init(defaultFor: 4)) }
    let truth = devices.latencies(device: 9)
    let predictor = try prior.adapted(
      to: Measurements(devices.architectures.rows(Array(0..<10)), latencies: Array(truth[..<10])))
    #expect(spearman(predictor.predict(devices.architectures), truth) > 0.85)
  }

  /// A table with holes, one device with few rows and one with none.
  @Test func missingLatenciesAreLeftOut() throws {
    let devices = SyntheticDevices(rows: 120, seed: 3)
    let data = try dataset(devices, train: 5) { device, row in
      switch device {
      case 3: row >= 9
      case 4: true
      default: (row + device) % 3 == 0
      }
    }
    let prior = try fit(data)
    #expect(prior.devices.map(\.name) == ["d0_1", "d1_1", "d2_1"])
    #expect(prior.record["devices_left_out"] == ["d3_1", "d4_1"])
    let empty = try dataset(devices, train: 1) { _, _ in true }
    #expect(throws: HelpError.self) { _ = try fit(empty) }
  }

  /// Latencies of other rows do not enter; their architectures do.
  @Test func rowsBeyondTheTrainingRowsDoNotMatter() throws {
    let devices = SyntheticDevices(rows: 100, seed: 3)
    let data = try dataset(devices, train: 1)
    let lacking = try dataset(devices, train: 1) { _, row in row >= 60 }
    #expect(try fit(data, trainRows: 60) == fit(lacking))
  }

  @Test func aCallerCanStop() throws {
    let fitting = try BayesPriorFitting(
      dataset(SyntheticDevices(rows: 80, seed: 3), train: 3), BayesPriorFitting.Settings())
    var calls = 0
    let error = #expect(throws: HelpError.self) {
      _ = try fitting.run { () throws(HelpError) in
        calls += 1
        if calls == 5 { throw HelpError(.cancelled, "enough") }
      }
    }
    #expect(error?.kind == .cancelled)
  }

  @Test func metaTrainingFitsThePart() throws {
    let devices = SyntheticDevices(rows: 60, seed: 3)
    var options = SyntheticDevices.options
    options.episodes = 1
    options.bayes = true
    var training = try ModelTraining(devices.dataset(train: 2, valid: 0, references: 5), options)
    let model = try training.run { _ in }
    let rows = devices.architectures.rows([7, 9, 30])
    let predictor = try model.adapted(by: .bayes, to: Measurements(rows, latencies: [3, 4, 5]))
    #expect(predictor.method == "bayes")
    #expect(predictor.predict(devices.architectures).allSatisfy { $0 > 0 })
  }
}

@Suite struct BayesSelectionTests {
  private let fixture: BayesFixture
  private var pool: ArchitectureBatch { fixture.devices.architectures }

  init() throws { fixture = try BayesFixture(rows: 300) }

  private func select(_ count: Int, given: [Int] = [], seed: UInt64 = 0) -> [Int] {
    var settings = SelectionSettings()
    settings.seed = seed
    return fixture.prior.select(from: pool, count: count, given: pool.rows(given), settings)
  }

  @Test func choicesAreDifferentAndDeterministic() {
    let rows = select(20)
    #expect(Set(rows).count == 20)
    #expect(rows == select(20))
    #expect(Array(select(20)[..<8]) == select(8))
  }

  /// Choosing five and then five more is choosing ten.
  @Test func measuredRowsAreContinued() {
    let ten = select(10)
    #expect(select(5, given: Array(ten[..<5])) == Array(ten[5...]))
    #expect(Set(select(300 - 5, given: Array(ten[..<5]))).isDisjoint(with: ten[..<5]))
  }

  @Test func repeatedRowsAreChosenOnce() {
    let twice = pool.rows([0, 1, 2, 0, 1, 2])
    let rows = fixture.prior.select(from: twice, count: 6, given: pool.rows([]))
    #expect(rows.sorted() == [0, 1, 2])
  }

  /// Candidates and evaluated rows are capped, and follow the seed then.
  @Test func largePoolsAreSampled() {
    var settings = SelectionSettings()
    settings.candidates = 50
    settings.evaluated = 40
    let rows = fixture.prior.select(from: pool, count: 5, given: pool.rows([]), settings)
    settings.seed = 1
    #expect(rows != fixture.prior.select(from: pool, count: 5, given: pool.rows([]), settings))
    #expect(rows.allSatisfy { (0..<300).contains($0) })
  }

  @Test func chosenRowsBeatRandomOnes() throws {
    func error(_ rows: [Int], _ device: Int) throws -> Double {
      let truth = fixture.devices.latencies(device: device)
      let predictor = try fixture.prior.adapted(
        to: fixture.measurements(rows, device: device))
      return Scores(predicted: predictor.predict(pool), truth: truth).rootMeanSquareError
    }
    var (chosen, drawn) = (0.0, 0.0)
    for device in 20..<30 {
      var random = RandomSource(seed: UInt64(device))
      chosen += try error(select(6, seed: UInt64(device)), device)
      drawn += try error(random.sample(6, below: 300), device)
    }
    #expect(chosen < 0.9 * drawn)
  }
}
