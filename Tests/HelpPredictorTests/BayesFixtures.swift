import HelpBase
@testable import HelpPredictor
import HelpSpaces

/// A prior of made-up devices, and measurements on another.
struct BayesFixture {
  let devices: SyntheticDevices
  let prior: BayesPrior

  /// Without the fit of the structure, which takes seconds.
  init(
    _ space: any SearchSpace = NASBench201(), rows: Int = 200, seed: UInt64 = 5, train: Int = 4
  ) throws {
    devices = SyntheticDevices(space, rows: rows, seed: seed)
    let fitting = try BayesPriorFitting(
      devices.dataset(train: train, valid: 1, references: 5), BayesPriorFitting.Settings())
    prior = fitting.prior(
      try fitting.ridges(), .init(defaultFor: space.regressorGroups.count), record: ["note": "x"])
  }

  func measurements(
    _ rows: [Int], device: Int = 50, times factor: Double = 1
  ) throws(HelpError) -> Measurements {
    let latencies = devices.latencies(device: device)
    return try Measurements(
      devices.architectures.rows(rows), latencies: rows.map { factor * latencies[$0] })
  }

  func adapted(_ rows: [Int]) throws -> Predictor { try prior.adapted(to: measurements(rows)) }
}

extension Predictor {
  func moments(_ batch: ArchitectureBatch) -> (latencies: [Double], deviations: [Double]) {
    var latencies = [Double](repeating: 0, count: batch.count)
    var deviations = latencies
    predict(batch, latencies: &latencies, deviations: &deviations)
    return (latencies, deviations)
  }
}
