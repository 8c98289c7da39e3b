import HelpBase
import HelpJSON
import HelpNumerics
@testable import HelpPredictor
import HelpSpaces
import Testing

@Suite struct ClockTickTests {
  private static let coarse: [(latencies: [Double], milliseconds: Double)] = [
    ([15.6, 15.6, 15.6, 31.2, 15.6, 15.6, 15.6, 15.6, 15.6, 15.6], 15.6),
    ([15.6, 31.2, 46.9, 31.2, 15.6, 15.6, 46.9, 15.6, 31.2, 15.6], 15.6),
    ([4, 4, 5, 4, 5, 5, 4, 4, 5, 4], 1), ([4, 4, 6, 4, 6, 6, 4, 4, 6, 4], 2),
    ([6, 6, 9, 9, 6, 6], 3),
  ]

  @Test(arguments: coarse.indices) func coarseClocksAreFound(_ index: Int) throws {
    let (latencies, milliseconds) = Self.coarse[index]
    let tick = try #require(ClockTick(latencies))
    #expect(abs(tick.milliseconds - milliseconds) < 1e-9)
    #expect(tick.levels == Set(latencies).count)
    #expect(tick.warning.contains("\(tick.levels) different values"))
  }

  /// Phones that count milliseconds, cells that are the same network, numbers with two decimals.
  private static let usable: [[Double]] = [
    [5, 9, 10, 10, 13, 13, 14, 16, 27, 40], [4, 7, 9, 9, 10, 13, 16, 16, 22, 33],
    [3.1541, 3.1541, 3.39986, 3.64562, 3.89138, 4.62866, 4.87442, 6.34898, 7.82354, 10.5269],
    [4.17, 4.17, 5.31, 4.17, 5.31, 5.31, 8.02, 8.02], [1, 2, 3, 4, 5], [7, 7, 7, 7],
    [1e-9, 1, 1, 1, 1], [1, 1, 1, 1, 1e9],
  ]

  @Test(arguments: usable) func usableClocksAreNot(_ latencies: [Double]) {
    #expect(ClockTick(latencies) == nil)
  }
}

@Suite struct MeasurementWarningTests {
  private let fixture: BayesFixture
  private let model: LatencyModel
  private let all: ArchitectureBatch

  init() throws {
    fixture = try BayesFixture()
    all = fixture.devices.architectures
    model = LatencyModel(space: NASBench201(), bayes: fixture.prior, help: nil, record: [:])
  }

  private func adapted(_ latencies: [Double], by method: Method = .bayes) throws -> Predictor {
    let rows = all.rows(Array(latencies.indices))
    return try model.adapted(by: method, to: Measurements(rows, latencies: latencies))
  }

  private func diagnosis(_ latencies: [Double], by method: Method = .bayes) throws -> JSONValue {
    try #require(try adapted(latencies, by: method).record["diagnosis"])
  }

  private func strings(_ value: JSONValue?) -> [String] {
    guard case .array(let values)? = value else { return [] }
    return values.map { text($0) }
  }

  private func text(_ value: JSONValue?) -> String {
    if case .string(let text)? = value { text } else { "" }
  }

  /// Every row's truth, rounded up to ticks of which half of the rows take one.
  @Test func aCoarseClockIsSaidAndIntervalsAdmitIt() throws {
    let truth = fixture.devices.latencies(device: 50)
    let tick = quantile(truth, 0.5)
    let counted = truth.map { ($0 / tick).rounded(.up) * tick }
    let predictor = try adapted(Array(counted[..<10]))
    let diagnosis = try #require(predictor.record["diagnosis"])
    #expect(text(diagnosis["verdict"]) == "coarse clock")
    #expect(text(diagnosis["summary"]).contains("the clock is too coarse"))
    #expect(strings(diagnosis["warnings"]) == [text(diagnosis["summary"])])
    let (latencies, deviations) = predictor.moments(all)
    #expect(deviations.allSatisfy { $0 > 0.5 * tick / 12.0.squareRoot() })
    let inside = counted.indices.count { abs(latencies[$0] - counted[$0]) < 1.645 * deviations[$0] }
    #expect(Double(inside) > 0.8 * Double(counted.count))
  }

  @Test func latenciesThatDifferLessThanMeasurementsRepeatAreSaid() throws {
    let diagnosis = try diagnosis((0..<10).map { 15.6 + 0.002 * Double($0) })
    #expect(text(diagnosis["verdict"]) == "coarse clock")
    #expect(text(diagnosis["summary"]).contains("differ by at most 0.12 %"))
  }

  private static let factors: [(Double, String)] = [
    (1e3, "microseconds"), (1e6, "nanoseconds"), (1e-3, "seconds"),
  ]

  /// 10 billion multiply-accumulates a second, as fast phones do.
  private var plausible: [Double] { (all.macs() ?? [])[..<10].map { $0 / 1e10 * 1e3 } }

  @Test(arguments: Method.allCases.filter { $0 != .help }, factors)
  func anotherUnitIsNamed(_ method: Method, _ unit: (Double, String)) throws {
    let warnings = strings(
      try diagnosis(plausible.map { unit.0 * $0 }, by: method)["warnings"])
    #expect(warnings.count == 1)
    #expect(warnings.first?.hasSuffix("They are probably \(unit.1).") == true)
  }

  @Test func whatNoUnitExplainsIsSaid() throws {
    let warnings = strings(try diagnosis(plausible.map { 1e12 * $0 })["warnings"])
    #expect(warnings.first?.hasSuffix("Check their unit.") == true)
  }

  /// From a Raspberry Pi to an edge TPU.
  @Test(arguments: [0.1, 1, 40]) func plausibleLatenciesPass(_ factor: Double) throws {
    #expect(try diagnosis(plausible.map { factor * $0 })["warnings"] == [])
    #expect(try adapted(plausible, by: .ridge).record["diagnosis"] == nil)
  }

  /// A device that is the training devices' mean: nothing is gained, and nothing needed.
  @Test func aMeanThatFitsIsNoReproach() throws {
    let weights = fixture.prior.meanFunction
    let width = fixture.prior.regressors.count
    let z = fixture.prior.regressors.scaled(all)
    let latencies = (0..<10).map { row in
      let mean = weights.indices.reduce(0) { $0 + weights[$1] * z[row * width + $1] }
      return 5 * mean * (1 + 1e-3 * Double(row % 3))
    }
    let diagnosis = try diagnosis(latencies)
    guard case .number(let error)? = diagnosis["leave_one_out"]?["median_error"],
      case .number(let prior)? = diagnosis["prior"]?["median_error"]
    else {
      Issue.record("\(diagnosis)")
      return
    }
    #expect(error > prior && error < 0.01)
    #expect(text(diagnosis["verdict"]) == "sound")
    #expect(text(diagnosis["summary"]).contains("as the training devices' mean predicts them"))
  }
}

@Suite struct TrainingTableTests {
  private func warnings(
    _ change: (_ device: Int, _ row: Int, _ latency: Double) -> Double
  ) throws -> [String] {
    let devices = SyntheticDevices(rows: 150, seed: 4)
    var dataset = try LatencyDataset(devices.architectures)
    for device in 0..<4 {
      let latencies = devices.latencies(device: device).enumerated().map {
        change(device, $0.offset, $0.element)
      }
      try dataset.add(
        LatencyDataset.Device(name: "device\(device)", role: .train, latencies: latencies))
    }
    var options = TrainingSettings()
    options.help = false
    var training = try ModelTraining(dataset, options)
    guard case .array(let warnings)? = try training.run(progress: { _ in }).record["warnings"]
    else { return ["none"] }
    return warnings.map { if case .string(let text) = $0 { text } else { "" } }
  }

  @Test func realDevicesPass() throws { #expect(try warnings { $2 } == []) }

  /// As if each row had been measured on a device of its own.
  @Test func constantsDrawnForEveryRowAreSaid() throws {
    var random = RandomSource(seed: 1)
    let found = try warnings { $2 * random.uniform(in: 0.2...5) }
    #expect(found.count == 1)
    #expect(found.first?.contains("of 4 of 4 training devices") == true)
    #expect(found.first?.contains("the cross-validated error is") == true)
  }

  @Test func oneDeviceWithItsRowsInAnotherOrderIsNamed() throws {
    let other = SyntheticDevices(rows: 150, seed: 4).latencies(device: 2)
    let found = try warnings { $0 == 2 ? other[($1 * 7 + 11) % 150] : $2 }
    #expect(found.first?.contains("of 1 of 4 training devices") == true)
    #expect(found.first?.contains("device \"device2\"") == true)
  }
}
