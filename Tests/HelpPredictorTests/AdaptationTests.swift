import HelpBase
import HelpJSON
import HelpNumerics
@testable import HelpPredictor
import HelpSpaces
import Testing

@Suite struct AdaptationTests {
  let model: MetaNetwork
  let devices: SyntheticDevices
  let latencies: [Double]

  init() throws {
    (model, devices) = try SyntheticDevices.model()
    latencies = devices.latencies(device: 50)
  }

  private func measured(_ rows: [Int]) throws -> Measurements {
    try Measurements(devices.architectures.rows(rows), latencies: rows.map { latencies[$0] })
  }

  @Test func predictionsFollowAnUnseenDevice() throws {
    let predictor = try model.adapted(to: measured(Array(0..<6)), HelpSettings())
    let scores = Scores(predicted: predictor.predict(devices.architectures), truth: latencies)
    #expect(scores.spearman > 0.8)
  }

  /// Doubling every latency doubles every prediction, and the measured rows lie around theirs.
  @Test func millisecondsAreFitToTheMeasuredOnes() throws {
    let rows = Array(0..<12)
    let predictor = try model.adapted(to: measured(rows), HelpSettings())
    let twice = try model.adapted(
      to: Measurements(
        devices.architectures.rows(rows), latencies: rows.map { 2 * latencies[$0] }),
      HelpSettings())
    let (a, b) = (predictor.predict(devices.architectures), twice.predict(devices.architectures))
    #expect(zip(a, b).allSatisfy { abs(2 * $0 - $1) < 1e-6 * abs($1) })

    let ratios = rows.map { a[$0] / latencies[$0] }
    #expect(abs(ratios.reduce(0, +) / Double(rows.count) - 1) < 0.1)
    var settings = HelpSettings()
    settings.labelRange = (1, 20)
    let ranged = try model.adapted(to: measured(rows), settings)
    #expect(try ranged.network.scale == LabelScale(minimum: 1, maximum: 20))
  }

  /// A steep line through two measured rows would put the fastest architectures below 0.
  @Test func millisecondsStayPositiveAndInOrder() {
    let straight = LabelScale(minimum: -3, maximum: 20)
    let tailed = LabelScale(minimum: -3, maximum: 20, tail: 2)
    let labels = stride(from: -1.0, through: 1.5, by: 0.01)
    let pairs = labels.map { (straight.milliseconds($0), tailed.milliseconds($0)) }
    #expect(pairs.allSatisfy { $0.0 >= 2 ? $0.0 == $0.1 : $0.1 > max($0.0, 0) })
    #expect(zip(pairs, pairs.dropFirst()).allSatisfy { $0.1 < $1.1 })
  }

  @Test func orderOfTheRowsDoesNotMatter() throws {
    let a = try model.adapted(to: measured([0, 1, 2, 3, 4, 5]), HelpSettings())
    let b = try model.adapted(to: measured([3, 5, 0, 1, 4, 2]), HelpSettings())
    let pairs = zip(a.predict(devices.architectures), b.predict(devices.architectures))
    #expect(pairs.allSatisfy { abs($0 - $1) < 1e-12 * $0 })
  }

  @Test func aRowDoesNotDependOnItsBatch() throws {
    let predictor = try model.adapted(to: measured(Array(0..<9)), HelpSettings())
    let all = predictor.predict(devices.architectures)
    for row in [0, 31, 32, 33, 64, 119] {
      #expect(predictor.predict(devices.architectures.rows([row])) == [all[row]])
    }
  }

  @Test func extraRowsReplaceTheReferencesAsSupport() throws {
    let extra = try model.adapted(to: measured(Array(0..<16)), HelpSettings())
    var settings = HelpSettings()
    settings.support = .all
    let all = try model.adapted(to: measured(Array(0..<16)), settings)
    #expect(extra.record["settings"]?["support_rows"] == .integer(10))
    #expect(all.record["settings"]?["support_rows"] == .integer(16))
    #expect(try extra.network.weights != all.network.weights)
  }

  @Test func noStepsLeavesTheModulatedWeights() throws {
    var settings = HelpSettings()
    settings.steps = 0
    let a = try model.adapted(to: measured(Array(0..<6)), settings)
    let b = try model.adapted(to: measured(Array(0..<20)), settings)
    #expect(try a.network.weights == b.network.weights)
  }

  @Test func drawsGiveADeviationAndFollowTheSeed() throws {
    var settings = HelpSettings()
    settings.samples = 4
    settings.seed = 9
    let a = try model.adapted(to: measured(Array(0..<6)), settings)
    let again = try model.adapted(to: measured(Array(0..<6)), settings)
    settings.seed = 10
    let other = try model.adapted(to: measured(Array(0..<6)), settings)
    #expect(try a.network.weights == again.network.weights)
    #expect(try a.network.weights != other.network.weights)
    #expect(deviations(a).allSatisfy { $0 > 0 && $0.isFinite })
    let single = try model.adapted(to: measured(Array(0..<6)), HelpSettings())
    #expect(deviations(single).allSatisfy { $0.isNaN })
  }

  @Test func givenNoiseIsWhatIsDrawn() throws {
    var settings = HelpSettings()
    settings.samples = 2
    settings.noise = [Double](repeating: 0, count: 2 * model.shape.modulations)
    let zero = try model.adapted(to: measured(Array(0..<6)), settings)
    let mean = try model.adapted(to: measured(Array(0..<6)), HelpSettings())
    #expect(try zero.network.weights == [mean.network.weights[0], mean.network.weights[0]])
    settings.noise?.removeLast()
    #expect(throws: HelpError.self) { _ = try model.adapted(to: measured(Array(0..<6)), settings) }
  }

  @Test func labelRangeSetsTheScale() throws {
    var settings = HelpSettings()
    settings.labelRange = (2, 30)
    let predictor = try model.adapted(to: measured(Array(0..<6)), settings)
    #expect(try predictor.network.scale == LabelScale(minimum: 2, maximum: 30))
    for range in [(5.0, 5.0), (9, 3), (-1, 4), (1, .nan), (1, .infinity)] {
      settings.labelRange = range
      #expect(throws: HelpError.self) {
        _ = try model.adapted(to: measured(Array(0..<6)), settings)
      }
    }
  }

  @Test func badMeasurementsSayWhatIsWrong() throws {
    func message(_ body: () throws(HelpError) -> Void) -> String {
      do throws(HelpError) {
        try body()
        return "accepted"
      } catch {
        #expect(error.kind == .measurements)
        return error.message
      }
    }
    let rows = devices.architectures.rows(Array(0..<6))
    for bad in [0, -3, Double.nan, .infinity] {
      let text = message { () throws(HelpError) in
        _ = try Measurements(rows, latencies: [1, 2, bad, 4, 5, 6])
      }
      #expect(text.contains("latency_ms[2]"))
    }
    let missing = message { () throws(HelpError) in
      let rows = devices.architectures.rows([0, 1, 3, 4, 5])
      let some = try Measurements(rows, latencies: [1, 2, 3, 4, 5])
      _ = try model.adapted(to: some, HelpSettings())
    }
    #expect(missing.contains("reference 2 of 6"))
    let constant = message { () throws(HelpError) in
      let flat = try Measurements(rows, latencies: [Double](repeating: 7, count: 6))
      _ = try model.adapted(to: flat, HelpSettings())
    }
    #expect(constant.contains("7 ms"))
  }

  @Test func stepsThatLeaveTheFiniteNumbersAreAnError() throws {
    let wild = MetaNetwork(
      references: model.references, shape: model.shape, parameters: model.parameters,
      rates: model.rates.map { _ in 1e20 }, inference: model.inference, innerSteps: 3,
      modulationScale: model.modulationScale)
    #expect(throws: HelpError.self) {
      _ = try wild.adapted(to: measured(Array(0..<6)), HelpSettings())
    }
  }

  @Test func adaptingSaysWhatTheStepsDid() throws {
    let predictor = try model.adapted(to: measured(Array(0..<16)), HelpSettings())
    let diagnosis = try #require(predictor.record["diagnosis"])
    #expect(diagnosis["rows"] == .array((6..<16).map { .integer($0) }))
    #expect(diagnosis["kept"] == "end")
    #expect(diagnosis["leave_one_out"]?["spearman"] == diagnosis["end"]?["spearman"])
    let verdict = try #require(text(diagnosis["inner_steps"]))
    #expect(["help", "no difference"].contains(verdict))
    #expect(try #require(text(diagnosis["summary"])).hasSuffix("."))
    let many = try model.adapted(to: measured(Array(0..<27)), HelpSettings())
    #expect(many.record["diagnosis"] == nil)
  }

  /// What is left out is not looked at: its prediction is that of a fit to the others.
  @Test func leftOutRowsAreLeftOut() throws {
    var settings = HelpSettings()
    settings.labelRange = (1, 30)
    let rows = Array(0..<14)
    let all = try model.adapted(to: measured(rows), settings)
    let leaveOneOut = try #require(all.record["diagnosis"]?["leave_one_out"]?["latency_ms"])
    guard case .array(let predicted) = leaveOneOut else { throw HelpError(.format, "no array") }
    for (place, left) in (6..<14).enumerated() {
      let others = try model.adapted(to: measured(rows.filter { $0 != left }), settings)
      let expected = others.predict(devices.architectures.rows([left]))[0]
      guard case .number(let value) = predicted[place] else {
        throw HelpError(.format, "no number")
      }
      #expect(abs(value - expected) < 1e-3 * expected)
    }
  }

  @Test func stepsThatHurtAreUndoneUnlessAskedFor() throws {
    let hasty = hasty()
    let rows = Array(0..<16)
    let undone = try hasty.adapted(to: measured(rows), HelpSettings())
    var settings = HelpSettings()
    settings.steps = 0
    let start = try hasty.adapted(to: measured(rows), settings)
    #expect(try undone.network.weights == start.network.weights)
    #expect(undone.record["settings"]?["steps"] == 0)
    #expect(undone.record["diagnosis"]?["kept"] == "start")
    #expect(undone.record["diagnosis"]?["inner_steps"] == "hurt")
    #expect(start.record["diagnosis"]?["inner_steps"] == "not taken")

    settings.steps = hasty.innerSteps
    let asked = try hasty.adapted(to: measured(rows), settings)
    settings.steps = nil
    settings.labelRange = (1, 30)
    let ranged = try hasty.adapted(to: measured(rows), settings)
    let few = try hasty.adapted(to: measured(Array(0..<13)), HelpSettings())
    for predictor in [asked, ranged, few] {
      #expect(try predictor.network.weights != start.network.weights)
      #expect(predictor.record["diagnosis"]?["kept"] == "end")
    }
    #expect(asked.record["diagnosis"]?["inner_steps"] == "hurt")
  }

  /// The model with steps the wrong way.
  private func hasty() -> MetaNetwork {
    MetaNetwork(
      references: model.references, shape: model.shape, parameters: model.parameters,
      rates: model.rates.map { _ in -0.1 }, inference: model.inference, innerSteps: 3,
      modulationScale: model.modulationScale)
  }

  private func text(_ value: JSONValue?) -> String? {
    guard case .string(let text) = value else { return nil }
    return text
  }

  private func deviations(_ predictor: Predictor) -> [Double] {
    var latencies = [Double](repeating: 0, count: devices.architectures.count)
    var deviations = latencies
    predictor.predict(devices.architectures, latencies: &latencies, deviations: &deviations)
    return deviations
  }
}

extension Predictor {
  fileprivate var network: AdaptedNetwork {
    get throws { try #require(function as? AdaptedNetwork) }
  }
}
