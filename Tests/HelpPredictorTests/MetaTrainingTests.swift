import HelpBase
import HelpNumerics
@testable import HelpPredictor
import HelpSpaces
import Testing

@Suite struct MetaTrainingTests {
  let devices = SyntheticDevices(rows: 150, seed: 7)

  private func train(
    _ options: TrainingSettings, on devices: SyntheticDevices? = nil
  ) throws -> (MetaNetwork, [TrainingProgress]) {
    let (model, seen) = try trainModel(options, on: devices ?? self.devices)
    return (try #require(model.help), seen)
  }

  private func trainModel(
    _ options: TrainingSettings, on devices: SyntheticDevices
  ) throws -> (LatencyModel, [TrainingProgress]) {
    var seen: [TrainingProgress] = []
    var training = try ModelTraining(devices.dataset(train: 5, valid: 2, references: 6), options)
    let model = try training.run { seen.append($0) }
    return (model, seen)
  }

  @Test(arguments: ["nasbench201", "fbnet"])
  func lossFallsAndValidationRises(space: String) throws {
    let devices = SyntheticDevices(try SpaceRegistry.space(named: space), rows: 150, seed: 7)
    var options = SyntheticDevices.options
    options.episodes = 120
    options.hidden = 16
    let (_, seen) = try train(options, on: devices)
    let first = seen.prefix(10).map(\.loss).reduce(0, +)
    let last = seen.suffix(10).map(\.loss).reduce(0, +)
    #expect(last < 0.5 * first)
    #expect(try #require(seen.last?.bestValidation) > 0.85)
  }

  @Test(arguments: [true, false], [true, false])
  func resultDoesNotDependOnThreads(secondOrder: Bool, modulation: Bool) throws {
    var options = SyntheticDevices.options
    options.secondOrder = secondOrder
    options.modulation = modulation
    let one = try train(options).0
    for threads in [1, 2, 3, 8] {
      options.threads = threads
      let other = try train(options).0
      #expect(other.parameters == one.parameters)
      #expect(other.rates == one.rates)
      #expect(other.inference == one.inference)
    }
  }

  @Test func seedsGiveDifferentModels() throws {
    var options = SyntheticDevices.options
    let one = try train(options).0
    options.seed = 2
    #expect(try train(options).0.parameters != one.parameters)
  }

  @Test func withoutLearntRatesTheyStayWhereTheyBegan() throws {
    var options = SyntheticDevices.options
    options.learnRates = false
    options.innerRate = 0.02
    #expect(try train(options).0.rates.allSatisfy { $0 == 0.02 })
  }

  @Test func bestOnValidationIsKept() throws {
    var options = SyntheticDevices.options
    options.episodes = 60
    let (model, seen) = try trainModel(options, on: devices)
    let scores = model.record["validation"]
    guard case .array(let history) = scores,
      case .integer(let chosen) = model.record["chosen_episode"]
    else {
      Issue.record("the record has no validation history")
      return
    }
    let best = history.compactMap { entry -> Double? in
      guard case .number(let value) = entry["spearman"] else { return nil }
      return value
    }.max()
    #expect(history.count == 6)
    #expect(best == seen.last?.bestValidation)
    #expect(chosen % 10 == 0)
  }

  @Test func aModelNeedsAMethod() throws {
    var options = SyntheticDevices.options
    options.help = false
    #expect(throws: HelpError.self) { _ = try trainModel(options, on: devices) }
    options.bayes = true
    let model = try trainModel(options, on: devices).0
    #expect(model.help == nil && model.bayes != nil)
    #expect(throws: HelpError.self) {
      let rows = devices.architectures.rows(Array(0..<6))
      _ = try model.adapted(
        by: .help, to: Measurements(rows, latencies: [1, 2, 3, 4, 5, 6]))
    }
  }

  @Test func progressCanStopIt() throws {
    var training = try MetaTraining(
      devices.dataset(train: 5, valid: 0, references: 6), SyntheticDevices.options)
    var count = 0
    #expect(throws: HelpError(hostCode: -7, "enough")) {
      _ = try training.run { (_: TrainingProgress) throws(HelpError) in
        count += 1
        if count == 3 { throw HelpError(hostCode: -7, "enough") }
      }
    }
    #expect(count == 3)
  }

  @Test func missingLatenciesAreLeftOut() throws {
    var dataset = try LatencyDataset(devices.architectures)
    for number in 0..<3 {
      var latencies = devices.latencies(device: number)
      for row in stride(from: 20 + number, to: 150, by: 4) { latencies[row] = .nan }
      try dataset.add(.init(name: "d\(number)", role: .train, latencies: latencies))
    }
    try dataset.setReferences([0, 1, 2, 3])
    var training = try MetaTraining(dataset, SyntheticDevices.options)
    let model = try training.run { #expect($0.loss.isFinite) }
    #expect(model.parameters.allSatisfy { $0.isFinite })
  }

  @Test func impossibleSettingsAreNamed() throws {
    func expect(_ name: String, _ change: (inout TrainingSettings) -> Void) {
      var options = SyntheticDevices.options
      change(&options)
      do throws(HelpError) {
        _ = try options.validated()
        Issue.record("\(name) was accepted")
      } catch {
        #expect(error.kind == .argument && error.message.hasPrefix(name))
      }
    }
    expect("episodes") { $0.episodes = 0 }
    expect("tasks") { $0.tasks = -1 }
    expect("hidden") { $0.hidden = 1 << 40 }
    expect("threads") { $0.threads = 0 }
    expect("meta_rate") { $0.metaRate = .nan }
    expect("inner_rate") { $0.innerRate = -1 }
    expect("trim") { $0.trim = 0.5 }
    expect("kl_weight") { $0.klWeight = .infinity }
  }

  @Test func devicesThatCannotServeAreNamed() throws {
    func failure(_ latencies: [Double], references: [Int]? = [0, 1, 2]) throws -> HelpError? {
      var dataset = try LatencyDataset(devices.architectures)
      try dataset.add(.init(name: "odd", role: .train, latencies: latencies))
      if let references { try dataset.setReferences(references) }
      do throws(HelpError) {
        _ = try MetaTraining(dataset, SyntheticDevices.options)
        return nil
      } catch {
        return error
      }
    }
    let good = devices.latencies(device: 0)
    #expect(try failure(good) == nil)
    #expect(try failure(good, references: nil)?.kind == .argument)
    #expect(try failure([Double](repeating: 5, count: 150))?.kind == .measurements)
    #expect(try failure([good[0], .nan] + good.dropFirst(2)) == nil)
    let lacking = good.enumerated().map { $0.offset == 1 || $0.offset > 99 ? .nan : $0.element }
    let message = try #require(failure(lacking)?.message)
    #expect(message.contains("lacks reference 1, row 1") && message.contains("has 99,"))
    let few = good.enumerated().map { $0.offset < 20 ? $0.element : .nan }
    #expect(try failure(few)?.message.contains("\"odd\"") == true)
  }

  @Test func datasetRefusesWhatItCannotHold() throws {
    var dataset = try LatencyDataset(devices.architectures)
    let good = devices.latencies(device: 0)
    try dataset.add(.init(name: "a", role: .train, latencies: good))
    #expect(throws: HelpError.self) {
      try dataset.add(.init(name: "a", role: .valid, latencies: good))
    }
    #expect(throws: HelpError.self) {
      try dataset.add(.init(name: "", role: .train, latencies: good))
    }
    #expect(throws: HelpError.self) {
      try dataset.add(.init(name: "b", role: .train, latencies: [0] + good.dropFirst()))
    }
    #expect(throws: HelpError.self) { try dataset.setReferences([0]) }
    #expect(throws: HelpError.self) { try dataset.setReferences([0, 0]) }
    #expect(throws: HelpError.self) { try dataset.setReferences([0, 150]) }
    #expect(throws: HelpError.self) { try dataset.setReferences([0, -1]) }
    let twice = ArchitectureBatch(
      checked: devices.architectures.genes + devices.architectures[3].genes, in: NASBench201())
    #expect(throws: HelpError.self) { _ = try LatencyDataset(twice) }
  }
}
