import HelpBase
import HelpJSON
import HelpSpaces

extension LatencyModel {
  /// Row numbers of `pool` to measure, best first, none of them among those `measured` (B21).
  ///
  /// Throws `unsupported` for a model without the part of "bayes", and `argument` where the
  /// pool has fewer than `count` different rows that are not measured.
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
  /// Fits the method to the device behind `measurements` (B5 to B19, B23, B24).
  ///
  /// - measurements: any rows, from `BayesSettings.minimumRows` up. Training devices that were
  ///   fitted to one of them are left out, so that no row counts twice.
  /// - settings: without them, those for the prior.
  /// - repeatability: ε (B24); nil: what repeated rows say, else the settings'.
  ///
  /// Throws `diverged` where a number becomes non-finite.
  package func adapted(
    to measurements: Measurements, _ settings: BayesSettings? = nil,
    repeatability: Double? = nil
  ) throws(HelpError) -> Predictor {
    let (prior, leftOut) = without(rowsOf: measurements)
    var settings = (settings ?? BayesSettings(for: prior, in: measurements.architectures.space))
      .allowing(for: ClockTick(measurements.latencies), in: measurements)
    settings.repeatability =
      repeatability ?? Repetition(measurements)?.repeatability(expected: settings.repeatability)
      ?? settings.repeatability
    return try prior.fitted(to: measurements, settings, leftOut: leftOut)
  }

  /// - leftOut: names of training devices that were left out, for the record.
  private func fitted(
    to measurements: Measurements, _ settings: BayesSettings, leftOut: [String]
  ) throws(HelpError) -> Predictor {
    let used = measurements.rows(measurements.thinnedRows(to: settings.maximumRows))
    guard let posterior = BayesPosterior(self, used, settings) else {
      throw HelpError(
        .diverged, "the fit to \(used.count) rows became non-finite")
    }
    let mean = posterior.meanCoefficients()
    var variance = PredictiveVariance(posterior, mean: mean)
    var residuals = LeaveOneOut(posterior)
    posterior.forEachConfiguration { inverted in
      variance.add(inverted)
      residuals.add(inverted)
    }
    variance.finish()
    let calibration = settings.calibration(residuals.standardizedAsNew)
    let predictor = BayesPredictor(
      posterior, mean: mean, variance, tail: posterior.tail(of: measurements.latencies),
      calibration: calibration)
    guard predictor.isFinite else {
      throw HelpError(.diverged, "the fit to \(used.count) rows became non-finite")
    }
    let diagnosis = BayesDiagnosis(posterior, residuals, used, self, calibration: calibration)
    return Predictor(
      predictor, fitting: measurements,
      settings: [
        "used_rows": .integer(Int64(used.count)), "repeatability": .finite(settings.repeatability),
        "left_out_devices": .strings(leftOut),
      ]
    ).recording(["diagnosis": diagnosis.record])
  }
}

extension BayesSettings {
  /// γ, the factor on deviations: larger where leave-one-out residuals are larger than expected
  /// (B19).
  ///
  /// - residuals: z of each row, in deviations of a new row (B18).
  func calibration(_ residuals: [Double]) -> Double {
    guard residualRows.isFinite else { return calibration }
    let limited = residuals.map { min(abs($0), residualLimit) }
    let squares = limited.reduce(0) { $0 + $1 * $1 }
    return calibration * (residualRows + squares) / (residualRows + Double(residuals.count))
  }
}

extension Measurements {
  /// At most `limit` row numbers, in order, evenly spread over the sorted latencies.
  fileprivate func thinnedRows(to limit: Int) -> [Int] {
    if count <= limit { return Array(0..<count) }
    let order = latencies.indices.sorted { (latencies[$0], $0) < (latencies[$1], $1) }
    return (0..<limit).map { order[$0 * (count - 1) / (limit - 1)] }.sorted()
  }
}

extension BayesPosterior {
  /// Start of the positive tail as a share of the smallest measured latency; not tuned.
  private static let tailShare = 0.5

  /// b in milliseconds, where predictions leave their line for the positive tail (B23).
  fileprivate func tail(of latencies: [Double]) -> Double {
    let smallest = latencies.reduce(Double.infinity, min)
    return max(smallest * Self.tailShare, BayesNumerics.leastTailShare * device.unit)
  }
}
