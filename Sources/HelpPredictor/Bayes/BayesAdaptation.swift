import HelpBase
import HelpJSON
import HelpSpaces

extension LatencyModel {
  /// Row numbers of `pool` to measure, best first, none of them among those `measured`; see
  /// `BayesPrior.select`.
  package func selected(
    from pool: ArchitectureBatch, count: Int, given measured: ArchitectureBatch,
    _ settings: SelectionSettings = SelectionSettings()
  ) throws(HelpError) -> [Int] {
    let rows = try part(bayes, of: .bayes).select(
      from: pool, count: count, given: measured, settings)
    guard rows.count == count else {
      throw HelpError(
        .argument,
        "want is \(count); the pool has \(rows.count) different rows that are not measured")
    }
    return rows
  }
}

extension BayesPrior {
  /// Fits the method to the device behind `measurements`: any rows, from
  /// `BayesSettings.minimumRows` up. Without settings, those for the space.
  package func adapted(
    to measurements: Measurements, _ settings: BayesSettings? = nil
  ) throws(HelpError) -> Predictor {
    let settings = (settings ?? BayesSettings(for: measurements.architectures.space))
      .allowing(for: ClockTick(measurements.latencies), in: measurements)
    let rows = measurements.thinnedRows(to: settings.maximumRows)
    let used = measurements.rows(rows)
    guard let posterior = BayesPosterior(self, used, settings) else {
      throw HelpError(
        .diverged, "the fit to \(used.count) rows left the finite numbers")
    }
    let mean = posterior.meanCoefficients()
    var variance = PredictiveVariance(posterior, mean: mean)
    var residuals = LeaveOneOut(posterior)
    posterior.forEachConfiguration { inverted in
      variance.add(inverted)
      residuals.add(inverted)
    }
    let calibration = settings.calibration(residuals.standardizedAsNew)
    let predictor = BayesPredictor(
      posterior, mean: mean, variance, bend: posterior.bend(below: measurements.latencies),
      calibration: calibration)
    guard predictor.isFinite else {
      throw HelpError(.diverged, "the fit to \(used.count) rows left the finite numbers")
    }
    let diagnosis = BayesDiagnosis(
      posterior, residuals, used, rows: rows, self, calibration: calibration)
    return Predictor(
      predictor, fitting: measurements,
      settings: [
        "used_rows": .integer(Int64(used.count)), "repeatability": .finite(settings.repeatability),
      ]
    ).recording(["diagnosis": diagnosis.record])
  }
}

extension BayesSettings {
  /// The factor on deviations: larger where leave-one-out residuals are larger than theirs.
  func calibration(_ residuals: [Double]) -> Double {
    guard residualRows.isFinite else { return calibration }
    let limited = residuals.map { min(abs($0), residualLimit) }
    let squares = limited.reduce(0) { $0 + $1 * $1 }
    return calibration * (residualRows + squares) / (residualRows + Double(residuals.count))
  }
}

extension Measurements {
  /// Of more rows than `limit`, so many spread evenly over their latencies.
  fileprivate func thinnedRows(to limit: Int) -> [Int] {
    if count <= limit { return Array(0..<count) }
    let order = latencies.indices.sorted { (latencies[$0], $0) < (latencies[$1], $1) }
    return (0..<limit).map { order[$0 * (count - 1) / (limit - 1)] }.sorted()
  }
}

extension BayesPosterior {
  /// Half the smallest measured latency, or a millionth of the mean where that is more.
  fileprivate func bend(below latencies: [Double]) -> Double {
    max(latencies.reduce(.infinity, min) / 2, 1e-6 * device.unit)
  }
}
