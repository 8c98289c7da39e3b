import HelpBase
import HelpNumerics
@testable import HelpPredictor
import HelpSpaces
import Testing

@Suite struct BayesPredictorTests {
  let fixture: BayesFixture
  let all: ArchitectureBatch

  init() throws {
    fixture = try BayesFixture()
    all = fixture.devices.architectures
  }

  @Test(arguments: ["nasbench201", "fbnet"])
  func predictionsFollowAnUnseenDevice(_ space: String) throws {
    let fixture = try BayesFixture(SpaceRegistry.space(named: space), rows: 400)
    let predictor = try fixture.adapted(Array(0..<20))
    let truth = fixture.devices.latencies(device: 50)
    let (latencies, deviations) = predictor.moments(fixture.devices.architectures)
    #expect(Scores(predicted: latencies, truth: truth).spearman > 0.9)
    #expect(deviations.allSatisfy { $0 > 0 && $0.isFinite })
    let inside = truth.indices.count { abs(latencies[$0] - truth[$0]) < 1.645 * deviations[$0] }
    #expect(Double(inside) > 0.8 * Double(truth.count))
  }

  @Test func leaveOneOutIsWhatIsPredictedWithoutTheRow() throws {
    // One configuration and one mean: nothing is reweighed, so both are exact.
    var settings = BayesSettings(configurations: [
      .init(isProportional: false, noise: 0.05, differences: 0.3, structure: 1, logPrior: 0)
    ])
    settings.means = [.init([1, 0, 0, 0], prior: 1)]
    settings.robustPasses = 0
    let rows = Array(0..<9)
    let predictor = try fixture.prior.adapted(to: fixture.measurements(rows), settings)
    let diagnosis = try #require(predictor.record["diagnosis"]?["leave_one_out"]?["latency_ms"])
    guard case .array(let leftOut) = diagnosis else { return }
    for (row, value) in leftOut.enumerated() {
      let others = rows.filter { $0 != row }
      let without = try fixture.prior.adapted(to: fixture.measurements(others), settings)
      let expected = without.predict(all.rows([row]))[0]
      guard case .number(let value) = value else { return }
      // The scale's prior is around a guess from the rows that are there.
      #expect(abs(value / expected - 1) < 0.02)
    }
  }

  @Test func aRowDoesNotDependOnItsBatch() throws {
    let predictor = try fixture.adapted(Array(0..<10))
    let (latencies, deviations) = predictor.moments(all)
    #expect(predictor.predict(all) == latencies)
    for row in [0, 17, 199] {
      let (one, deviation) = predictor.moments(all.rows([row]))
      #expect(one == [latencies[row]] && deviation == [deviations[row]])
    }
    #expect(predictor.predict(all.rows([])) == [])
  }

  @Test func orderOfTheRowsDoesNotMatter() throws {
    let (a, b) = (
      try fixture.adapted([0, 1, 2, 3, 4, 5]), try fixture.adapted([3, 5, 0, 1, 4, 2])
    )
    for (one, other) in zip(a.predict(all), b.predict(all)) { #expect(abs(one / other - 1) < 1e-9) }
  }

  @Test(arguments: [1e-6, 0.37, 1e6]) func latenciesInAnotherUnitGiveTheSame(
    _ factor: Double
  ) throws {
    let rows = Array(0..<10)
    let a = try fixture.adapted(rows).moments(all)
    let b = try fixture.prior.adapted(to: fixture.measurements(rows, times: factor)).moments(all)
    for row in 0..<all.count {
      #expect(abs(b.latencies[row] / (factor * a.latencies[row]) - 1) < 1e-6)
      #expect(abs(b.deviations[row] / (factor * a.deviations[row]) - 1) < 1e-6)
    }
  }

  @Test func threeRowsAreEnoughAndTwoAreNot() throws {
    let (latencies, deviations) = try fixture.adapted([0, 1, 2]).moments(all)
    #expect(latencies.allSatisfy { $0 > 0 && $0.isFinite })
    #expect(deviations.allSatisfy { $0 > 0 && $0.isFinite })
    let model = LatencyModel(
      space: NASBench201(), bayes: fixture.prior, help: nil, record: .null)
    let error = #expect(throws: HelpError.self) {
      _ = try model.adapted(by: .bayes, to: fixture.measurements([0, 1]))
    }
    #expect(error?.kind == .measurements)
    #expect(error?.message.contains("at least 3") == true)
  }

  /// Equal latencies, one immense, one tiny: still positive, still finite.
  @Test(arguments: [
    [5.0, 5, 5, 5, 5], [1, 1, 1, 1, 1e9], [1e-9, 1, 1, 1, 1], [1e-300, 1, 2, 3, 4],
  ])
  func oddLatenciesGivePositivePredictions(_ latencies: [Double]) throws {
    let measurements = try Measurements(all.rows(Array(0..<5)), latencies: latencies)
    let predictor = try fixture.prior.adapted(to: measurements)
    let (means, deviations) = predictor.moments(all)
    #expect(means.allSatisfy { $0 > 0 && $0.isFinite })
    #expect(deviations.allSatisfy { $0 > 0 && $0.isFinite })
  }

  @Test func predictionsBelowTheTailStayPositiveAndInOrder() {
    let tail = 2.0
    let lines = stride(from: -50.0, through: 10, by: 0.01)
    let values = lines.map { ($0, hyperbolicTail($0, below: tail)) }
    #expect(values.allSatisfy { $0 >= tail ? $0 == $1 : $1 > max($0, 0) })
    #expect(zip(values, values.dropFirst()).allSatisfy { $0.1 < $1.1 })
  }

  /// A row ten times too slow is named, and counts for less than the others.
  @Test func aSuspiciousRowIsNamed() throws {
    var latencies = fixture.devices.latencies(device: 50)[..<12].map { $0 }
    latencies[4] *= 10
    let measurements = try Measurements(all.rows(Array(0..<12)), latencies: latencies)
    let predictor = try fixture.prior.adapted(to: measurements)
    let diagnosis = try #require(predictor.record["diagnosis"])
    #expect(diagnosis["suspicious_rows"] == [4])
    guard case .string(let summary)? = diagnosis["summary"] else { return }
    #expect(summary.hasPrefix("Measure row 4 again"))
    let scores = Scores(
      predicted: predictor.predict(all), truth: fixture.devices.latencies(device: 50))
    #expect(scores.spearman > 0.9)
  }

  @Test func diagnosisOfASoundFit() throws {
    let diagnosis = try #require(
      try fixture.adapted(Array(0..<20)).record["diagnosis"])
    #expect(diagnosis["suspicious_rows"] == [])
    guard case .string(let summary)? = diagnosis["summary"],
      case .number(let error)? = diagnosis["leave_one_out"]?["median_error"],
      case .number(let prior)? = diagnosis["prior"]?["median_error"]
    else {
      Issue.record("\(diagnosis)")
      return
    }
    #expect(summary.hasPrefix("The fit is sound"))
    #expect(error < prior)
  }

  @Test func manyRowsAreThinned() throws {
    var settings = BayesSettings(for: NASBench201())
    settings.maximumRows = 40
    let predictor = try fixture.prior.adapted(
      to: fixture.measurements(Array(0..<200)), settings)
    #expect(predictor.record["settings"]?["used_rows"] == 40)
    let truth = fixture.devices.latencies(device: 50)
    #expect(Scores(predicted: predictor.predict(all), truth: truth).spearman > 0.95)
  }

  @Test func aModelWithoutThePartSaysSo() throws {
    let model = LatencyModel(space: NASBench201(), bayes: nil, help: nil, record: .null)
    let error = #expect(throws: HelpError.self) {
      _ = try model.adapted(by: .bayes, to: fixture.measurements([0, 1, 2]))
    }
    #expect(error?.kind == .unsupported)
  }
}
