import HelpBase
import HelpJSON
import HelpNumerics

/// What an adaptation says of itself: how well rows left out are predicted, which rows do not
/// fit, and how like the training devices the device is.
struct BayesDiagnosis {
  private let measurements: Measurements
  /// Their numbers among all measured rows.
  private let rows: [Int]
  /// What each row's latency would be without it, in milliseconds, and how many deviations
  /// the measured one is off.
  let leftOut: [Double]
  let deviations: [Double]
  /// The same by the training devices' mean function, scaled by the other rows.
  let priorLeftOut: [Double]
  /// How much each row counted, 1 for one that fits as well as expected.
  let rowWeights: [Double]
  /// Posterior weight of the training devices' mean function against the physical costs.
  let poolWeight: Double
  /// The training device whose function fits best, and its root mean square error relative
  /// to the mean latency.
  let nearest: (name: String, error: Double)
  let suspicious: [Int]
  private let calibration: Double

  init(
    _ posterior: BayesPosterior, _ residuals: LeaveOneOut, _ measurements: Measurements,
    rows: [Int], _ prior: BayesPrior, calibration: Double
  ) {
    let device = posterior.device
    self.measurements = measurements
    self.rows = rows
    leftOut = zip(device.latencies, residuals.residuals).map { ($0 - $1) * device.unit }
    let standardized = residuals.standardized
    deviations = standardized
    priorLeftOut = Self.scaled(device.base[0], device.latencies).map { $0 * device.unit }
    rowWeights = posterior.inflation.map { 1 / $0 }
    poolWeight = posterior.poolWeight
    nearest = prior.nearest(to: device)
    suspicious = standardized.indices.filter {
      abs(standardized[$0]) > posterior.settings.suspicion
    }
    self.calibration = calibration
  }

  /// For each row the values times the ratio of the other rows' sums.
  private static func scaled(_ values: [Double], _ latencies: [Double]) -> [Double] {
    let (sum, total) = (values.reduce(0, +), latencies.reduce(0, +))
    return zip(values, latencies).map { $0 * (total - $1) / (sum - $0) }
  }

  /// Medians of |predicted - measured| / measured.
  var error: Double { relativeError(leftOut) }
  var priorError: Double { relativeError(priorLeftOut) }

  private func relativeError(_ predicted: [Double]) -> Double {
    quantile(zip(predicted, measurements.latencies).map { abs($0 / $1 - 1) }, 0.5)
  }

  var record: JSONValue {
    [
      "leave_one_out": scores(leftOut).adding([
        "latency_ms": numbers(leftOut), "deviations": numbers(deviations),
      ]),
      "prior": scores(priorLeftOut),
      "row_weights": numbers(rowWeights),
      "rows": numbers(Array(rows.indices)),
      "suspicious_rows": numbers(suspicious),
      "pool_weight": .finite(poolWeight),
      "nearest_device": ["name": .string(nearest.name), "error": .finite(nearest.error)],
      "calibration": .finite(calibration),
      "verdict": .string(verdict.rawValue),
      "summary": .string(summary),
    ]
  }

  private func scores(_ predicted: [Double]) -> JSONValue {
    let scores = Scores(predicted: predicted, truth: measurements.latencies)
    return [
      "spearman": .finite(scores.spearman), "mape": .finite(scores.meanAbsolutePercentageError),
      "median_error": .finite(relativeError(predicted)),
    ]
  }

  /// Places among the used rows as row numbers.
  private func numbers(_ places: [Int]) -> JSONValue {
    .array(places.map { .integer(Int64(rows[$0])) })
  }

  private func numbers(_ values: [Double]) -> JSONValue { .array(values.map(JSONValue.finite)) }

  /// The summary in a word, for programs; the most urgent first.
  enum Verdict: String {
    /// The clock hardly told the architectures apart.
    case coarseClock = "coarse clock"
    /// Some rows do not fit the others.
    case suspiciousRows = "suspicious rows"
    /// Rows left out are predicted badly.
    case noisy
    /// The training devices' mean predicts rows left out better.
    case littleLearnt = "little learnt"
    case sound
  }

  /// Median errors of rows left out: above the one more rows are asked for, up to the other there
  /// is nothing to improve.
  private static let (noisyError, goodError) = (0.2, 0.01)

  var verdict: Verdict {
    if measurements.clockWarning != nil { return .coarseClock }
    if !suspicious.isEmpty { return .suspiciousRows }
    if error > Self.noisyError { return .noisy }
    return error > max(priorError, Self.goodError) ? .littleLearnt : .sound
  }

  /// One sentence that says what to do.
  var summary: String {
    let percent = Self.percent(error)
    switch verdict {
    case .coarseClock: return measurements.clockWarning ?? ""
    case .suspiciousRows: return remeasure
    case .noisy:
      return
        "Measure more rows: half of them are off by more than \(percent) % when predicted from the "
        + "others, so the device is noisy or unlike the training devices."
    case .littleLearnt:
      return "The measurements say little beyond the training devices' mean (rows left out are off "
        + "by \(percent) %, by that mean by \(Self.percent(priorError)) %, in the median); a few more would help."
    case .sound:
      return
        "The fit is sound: half of the rows, left out, are predicted within \(percent) %\(basis)."
    }
  }

  /// Names the row that fits the others worst.
  private var remeasure: String {
    let first = suspicious.max { abs(deviations[$0]) < abs(deviations[$1]) } ?? 0
    return
      "Measure row \(rows[first]) again: \(measurements.latencies[first].brief(digits: 3)) ms where the "
      + "other rows say \(leftOut[first].brief(digits: 3)) ms\(others)."
  }

  private var basis: String {
    if error > priorError {
      return ", as the training devices' mean predicts them within \(Self.percent(priorError)) %"
    }
    return poolWeight < 0.1
      ? ", by the architectures' costs more than by the training devices' mean" : ""
  }

  private var others: String {
    suspicious.count > 1 ? " (\(suspicious.count) rows stand out)" : ""
  }

  private static func percent(_ share: Double) -> String { (100 * share).brief(digits: 3) }
}

extension BayesPosterior {
  /// Of the mean function of the pool alone.
  fileprivate var poolWeight: Double {
    let pool = means.indices.filter { !means[$0].needsCosts }
    return configurations.indices.reduce(0) { sum, c in
      sum + pool.reduce(0) { $0 + weight(c, $1) }
    }
  }
}

extension BayesPrior {
  fileprivate func nearest(to measured: MeasuredDevice) -> (name: String, error: Double) {
    let errors = devices.map { device in
      (name: device.name, error: measured.scaledError(of: device.weights))
    }
    return errors.min { $0.error < $1.error } ?? ("", .nan)
  }
}

extension MeasuredDevice {
  /// Root mean square error of a function of [1, x] at its best scale.
  fileprivate func scaledError(of weights: [Double]) -> Double {
    let width = basis.regressors.count
    let values = (0..<count).map { row in
      weights.indices.reduce(0) { $0 + weights[$1] * rows[row * width + $1] }
    }
    let products = zip(values, latencies).reduce(0) { $0 + $1.0 * $1.1 }
    let scale = products / values.reduce(0) { $0 + $1 * $1 }
    let squares = zip(values, latencies).reduce(0) { sum, pair in
      sum + (pair.1 - scale * pair.0) * (pair.1 - scale * pair.0)
    }
    return (squares / Double(count)).squareRoot()
  }
}
