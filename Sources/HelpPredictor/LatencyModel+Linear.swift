import HelpNumerics
import HelpSpaces

extension LatencyModel {
  /// Fits method "bayes" to the device behind `measurements`: any rows, from 3 up. Without
  /// settings, those for the space.
  package func adaptedLinear(
    to measurements: Measurements, _ settings: LinearSettings? = nil
  ) throws(HelpError) -> Predictor {
    try linearPart().adapted(to: measurements, settings)
  }

  /// Row numbers of `pool` to measure, best first, none of them among those `measured`; see
  /// `LinearPrior.select`.
  package func selected(
    from pool: ArchitectureBatch, count: Int, given measured: ArchitectureBatch,
    _ settings: SelectionSettings = SelectionSettings()
  ) throws(HelpError) -> [Int] {
    let rows = try linearPart().select(from: pool, count: count, given: measured, settings)
    guard rows.count == count else {
      throw HelpError(
        .argument,
        "want is \(count); the pool has \(rows.count) different rows that are not measured")
    }
    return rows
  }

  private func linearPart() throws(HelpError) -> LinearPrior {
    guard let linear else {
      throw HelpError(
        .unsupported, "the model has no part for method \"bayes\"; it was trained without one")
    }
    return linear
  }
}

extension LinearPrior {
  /// See `LatencyModel.adaptedLinear`.
  package func adapted(
    to measurements: Measurements, _ settings: LinearSettings? = nil
  ) throws(HelpError) -> Predictor {
    guard measurements.count >= LinearSettings.minimumRows else {
      throw HelpError(
        .measurements,
        "\(measurements.count) rows are measured; method \"bayes\" needs at least "
          + "\(LinearSettings.minimumRows)")
    }
    let settings = settings ?? LinearSettings(for: measurements.architectures.space)
    let rows = measurements.thinnedRows(to: settings.maximumRows)
    let used = measurements.rows(rows)
    guard let posterior = LinearPosterior(self, used, settings) else {
      throw HelpError(
        .diverged, "the fit to \(used.count) rows left the finite numbers")
    }
    let mean = posterior.meanCoefficients()
    var variance = LinearVariance(posterior, mean: mean)
    var residuals = LinearResiduals(posterior)
    posterior.forEachCell { cell in
      variance.add(cell)
      residuals.add(cell)
    }
    let calibration = settings.calibration(residuals.standardizedAsNew)
    let predictor = LinearPredictor(
      posterior, mean: mean, variance, bend: posterior.bend(below: measurements.latencies),
      calibration: calibration)
    guard predictor.isFinite else {
      throw HelpError(.diverged, "the fit to \(used.count) rows left the finite numbers")
    }
    let diagnosis = LinearDiagnosis(
      posterior, residuals, used, rows: rows, self, calibration: calibration)
    return Predictor(
      predictor, fitting: measurements,
      settings: [
        "used_rows": .integer(Int64(used.count)), "repeatability": .finite(settings.repeatability),
      ]
    ).recording(["diagnosis": diagnosis.record])
  }
}

extension LinearSettings {
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

  func rows(_ rows: [Int]) -> Measurements {
    Measurements(checked: architectures.rows(rows), rows.map { latencies[$0] })
  }
}

extension Predictor {
  func recording(_ members: JSONValue) -> Predictor {
    Predictor(space: space, function: function, record: record.adding(members))
  }
}

extension LinearPosterior {
  /// Half the smallest measured latency, or a millionth of the mean where that is more.
  fileprivate func bend(below latencies: [Double]) -> Double {
    max(latencies.reduce(.infinity, min) / 2, 1e-6 * problem.unit)
  }
}
