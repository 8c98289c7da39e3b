import HelpBase
import HelpJSON
@testable import HelpPredictor
import HelpSpaces
import Testing

/// Living with a predictor: repeated rows, further measurements, comparisons.
@Suite struct FittingTests {
  private let fixture: BayesFixture
  private let model: LatencyModel

  init() throws {
    fixture = try BayesFixture()
    model = LatencyModel(
      space: fixture.devices.architectures.space, bayes: fixture.prior, help: nil, record: [:])
  }

  private var rows: ArchitectureBatch { fixture.devices.architectures }

  private func adapted(_ rows: [Int], by method: Method = .bayes) throws -> Predictor {
    try model.adapted(by: method, to: fixture.measurements(rows))
  }

  @Test(arguments: [Method.bayes, .macs, .parameters, .ridge])
  func updatingIsAdaptingToAll(_ method: Method) throws {
    let updated = try adapted([1, 2, 3, 4, 5], by: method)
      .updated(with: fixture.measurements([9, 8])).updated(with: fixture.measurements([20]))
    let whole = try adapted([1, 2, 3, 4, 5, 9, 8, 20], by: method)
    #expect(updated.predict(rows) == whole.predict(rows))
    #expect(updated.record == whole.record)
  }

  /// A stated repeatability stays stated.
  @Test func updatingKeepsTheSettings() throws {
    var settings = AdaptationSettings()
    settings.repeatability = 0.2
    let first = try model.adapted(by: .bayes, to: fixture.measurements([1, 2, 3, 4]), settings)
    let updated = try first.updated(with: fixture.measurements([5]))
    #expect(updated.record["settings"]?["repeatability"] == .number(0.2))
  }

  @Test(arguments: [Method.nearest, .proxy]) func whatNeedsTheModelCannotUpdate(
    _ method: Method
  ) throws {
    let predictor = try adapted([1, 2, 3, 4, 5], by: method)
    let error = #expect(throws: HelpError.self) {
      _ = try predictor.updated(with: fixture.measurements([9]))
    }
    #expect(error?.kind == .unsupported)
  }

  @Test func aRepeatedArchitectureCountsOnceWithItsMedian() throws {
    let batch = rows.rows([0, 1, 2, 1, 3, 1])
    let measurements = try Measurements(batch, latencies: [3, 4, 5, 4.4, 6, 4.1])
    #expect(measurements.count == 4)
    #expect(measurements.latencies == [3, 4.1, 5, 6])
    let once = try Measurements(rows.rows([0, 1, 2, 3]), latencies: [3, 4.1, 5, 6])
    let (a, b) = (
      try model.adapted(by: .bayes, to: measurements), try model.adapted(by: .bayes, to: once)
    )
    #expect(a.predict(rows) == b.predict(rows))
    let given = [3, 4, 5, 4.4, 6, 4.1].map(JSONValue.number)
    #expect(a.record["measurements"]?["latency_ms"] == .array(given))
  }

  /// sqrt((8 x 0.003^2 + sum of squares) / (8 + repetitions)).
  @Test func repetitionsSayHowWellMeasurementsRepeat() throws {
    let measurements = try Measurements(
      rows.rows([0, 1, 1, 1]), latencies: [3, 4, 4.4, 4.1])
    let repetition = try #require(Repetition(measurements))
    let squares = [4, 4.4, 4.1].reduce(0) { $0 + ($1 / 4.1 - 1) * ($1 / 4.1 - 1) }
    let expected = ((8 * 0.003 * 0.003 + squares) / 10).squareRoot()
    #expect(abs(repetition.repeatability(expected: 0.003) - expected) < 1e-12)
    #expect(Repetition(try fixture.measurements([1, 2, 3])) == nil)
  }

  /// Rows of the one training device, with its latencies: the device is left out, so that the
  /// predictor is the description's.
  @Test func noRowCountsTwice() throws {
    let few = try BayesFixture(train: 1)
    let own = try few.measurements(Array(0..<10), device: 0)
    let predictor = try few.prior.adapted(to: own)
    #expect(predictor.record["settings"]?["left_out_devices"] == ["device0"])
    #expect(predictor.record["diagnosis"]?["rests_on"] == "description")
    let other = try few.prior.adapted(to: few.measurements(Array(0..<10)))
    #expect(other.record["settings"]?["left_out_devices"] == [])
    #expect(other.record["diagnosis"]?["rests_on"] == "training devices")
  }

  @Test func comparisonsAreProbabilities() throws {
    let predictor = try fixture.adapted(Array(0..<12))
    let (a, b) = (rows.rows(Array(20..<60)), rows.rows(Array(60..<100)))
    func probabilities(_ a: ArchitectureBatch, _ b: ArchitectureBatch) throws -> [Double] {
      var values = [Double](repeating: .nan, count: a.count)
      try values.withUnsafeMutableBufferPointer { values in
        let target = try #require(values.baseAddress)
        try predictor.writeProbabilities(a, fasterThan: b, to: target)
      }
      return values
    }
    let (forward, backward) = (try probabilities(a, b), try probabilities(b, a))
    #expect(zip(forward, backward).allSatisfy { abs($0 + $1 - 1) < 1e-9 })
    #expect(try probabilities(a, a).allSatisfy { $0 == 0.5 })
    let (first, second) = (predictor.predict(a), predictor.predict(b))
    for row in 0..<a.count { #expect((forward[row] > 0.5) == (first[row] < second[row])) }
  }

  /// B28 against B24 for errors that are not shared: a difference is no surer than the two of it.
  @Test func sharedErrorsCancel() throws {
    let predictor = try fixture.adapted(Array(0..<12))
    let function = try #require(predictor.function as? BayesPredictor)
    let (a, b) = (rows.rows(Array(20..<60)), rows.rows(Array(60..<100)))
    var deviations = [Double](repeating: 0, count: a.count)
    function.writeDifferenceDeviations(a, b, to: &deviations)
    let (one, other) = (predictor.moments(a).deviations, predictor.moments(b).deviations)
    for row in 0..<a.count { #expect(deviations[row] <= one[row] + other[row] + 1e-9) }
  }
}
