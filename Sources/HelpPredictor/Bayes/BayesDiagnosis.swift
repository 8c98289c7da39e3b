import HelpBase
import HelpJSON
import HelpNumerics

/// What an adaptation says of itself: how well rows left out are predicted, which rows do not
/// fit, and how like the training devices the device is (bayes.md, "Diagnosis").
struct BayesDiagnosis {
  /// The rows in use.
  private let measurements: Measurements
  /// Of each, its first number among the rows that were given.
  private let rows: [Int]
  /// τ (y - ē) [n]: each row's latency as predicted without it, in milliseconds (B18).
  let leftOut: [Double]
  /// z [n]: how many deviations the measured latency is off that prediction (B18).
  let deviations: [Double]
  /// Each row's latency by the likeliest mean function before any measurement, scaled by the
  /// other rows, in milliseconds.
  let priorLeftOut: [Double]
  /// 1 / ψ [n]: how much each row counted, 1 for one that fits as well as expected (B14).
  let rowWeights: [Double]
  /// Posterior weight of the pool's mean function against the physical costs (B11).
  let poolWeight: Double
  /// The training device whose function fits best at its best scale, and its root mean square
  /// error in units of the mean latency; nil where there are none.
  let nearest: (name: String, error: Double)?
  /// What predictions rest on besides the measurements.
  private let basis: Basis
  /// Places among the rows in use with |z| above `BayesSettings.suspicion`.
  let suspicious: [Int]
  /// γ (B19).
  private let calibration: Double

  /// Where the likeliest mean function comes from.
  private enum Basis: String {
    case devices = "training devices"
    case description

    /// That function, for people.
    var mean: String {
      self == .devices ? "the training devices' mean" : "the description alone"
    }
  }

  /// Median error above which the summary asks for more rows; not tuned.
  private static let noisyError = 0.2
  /// Weight of the pool's mean function below which the summary says that the device is unlike
  /// the training devices; not tuned.
  private static let unlikePoolWeight = 0.1

  /// - residuals: complete.
  /// - measurements: the rows in use.
  /// - calibration: γ (B19).
  init(
    _ posterior: BayesPosterior, _ residuals: LeaveOneOut, _ measurements: Measurements,
    _ prior: BayesPrior, calibration: Double
  ) {
    let device = posterior.device
    self.measurements = measurements
    rows = measurements.givenRows.map { $0[0] }
    leftOut = zip(device.latencies, residuals.residuals).map { ($0 - $1) * device.unit }
    let standardized = residuals.standardized
    deviations = standardized
    priorLeftOut = Self.scaled(posterior.expected, device.latencies).map { $0 * device.unit }
    basis = prior.isDescription ? .description : .devices
    rowWeights = posterior.inflation.map { 1 / $0 }
    poolWeight = posterior.poolWeight
    nearest = prior.nearest(to: device)
    suspicious = standardized.indices.filter {
      abs(standardized[$0]) > posterior.settings.suspicion
    }
    self.calibration = calibration
  }

  /// Each value times Σ latencies / Σ values over the other rows.
  private static func scaled(_ values: [Double], _ latencies: [Double]) -> [Double] {
    let (sum, total) = (values.reduce(0, +), latencies.reduce(0, +))
    return zip(values, latencies).map { $0 * (total - $1) / (sum - $0) }
  }

  /// Median of |predicted - measured| / measured over rows left out.
  var error: Double { relativeError(leftOut) }
  /// The same by the pool's mean function.
  var priorError: Double { relativeError(priorLeftOut) }

  /// Median of |predicted - measured| / measured, with `predicted` in milliseconds [n].
  private func relativeError(_ predicted: [Double]) -> Double {
    quantile(zip(predicted, measurements.latencies).map { abs($0 / $1 - 1) }, 0.5)
  }

  /// What `help_predictor_describe` shows as `record.diagnosis`.
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
      "nearest_device": nearestRecord,
      "rests_on": .string(basis.rawValue),
      "calibration": .finite(calibration),
      "verdict": .string(verdict.rawValue),
      "summary": .string(summary),
    ]
  }

  private var nearestRecord: JSONValue {
    nearest.map { ["name": .string($0.name), "error": .finite($0.error)] } ?? .null
  }

  /// Rank correlation and errors of predictions in milliseconds [n].
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

  /// Null where a value is not finite.
  private func numbers(_ values: [Double]) -> JSONValue { .array(values.map(JSONValue.finite)) }

  /// The summary in a word, for programs; the most urgent first.
  enum Verdict: String {
    /// The clock hardly told the architectures apart.
    case coarseClock = "coarse clock"
    /// Some rows do not fit the others.
    case suspiciousRows = "suspicious rows"
    /// Rows left out are predicted badly.
    case noisy
    /// The likeliest mean function predicts rows left out better.
    case littleLearnt = "little learnt"
    case sound
  }

  /// Median error of rows left out up to which there is nothing to improve; not tuned.
  private static let goodError = 0.01

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
        + "others, so the device is noisy or unlike \(basis.mean)."
    case .littleLearnt:
      return "The measurements say little beyond \(basis.mean) (rows left out are off by "
        + "\(percent) %, by that by \(Self.percent(priorError)) %, in the median); a few more would help."
    case .sound:
      return
        "The fit is sound: half of the rows, left out, are predicted within \(percent) %\(comparison)."
    }
  }

  /// Names the row that fits the others worst.
  private var remeasure: String {
    let first = suspicious.max { abs(deviations[$0]) < abs(deviations[$1]) } ?? 0
    return
      "Measure row \(rows[first]) again: \(measurements.latencies[first].brief(digits: 3)) ms where the "
      + "other rows say \(leftOut[first].brief(digits: 3)) ms\(others)."
  }

  private var comparison: String {
    if error > priorError {
      return ", as \(basis.mean) predicts them within \(Self.percent(priorError)) %"
    }
    return basis == .devices && poolWeight < Self.unlikePoolWeight
      ? ", by the architectures' costs more than by the training devices' mean" : ""
  }

  /// How many rows stand out, where the summary names only one.
  private var others: String {
    suspicious.count > 1 ? " (\(suspicious.count) rows stand out)" : ""
  }

  private static func percent(_ share: Double) -> String { (100 * share).brief(digits: 3) }
}

extension BayesPosterior {
  /// Σ_k w_kj over mean functions j without costs: the pool's alone (B11).
  fileprivate var poolWeight: Double {
    let pool = means.indices.filter { !means[$0].needsCosts }
    return configurations.indices.reduce(0) { sum, c in
      sum + pool.reduce(0) { $0 + weight(c, $1) }
    }
  }

  /// The first mean function on the rows, [n]: the pool's, or multiply-accumulates where there
  /// is no pool.
  fileprivate var expected: [Double] { device.mean(means[0]) }
}

extension BayesPrior {
  /// The training device with the smallest `scaledError`.
  fileprivate func nearest(to measured: MeasuredDevice) -> (name: String, error: Double)? {
    let errors = devices.map { device in
      (name: device.name, error: measured.scaledError(of: device.weights))
    }
    return errors.min { $0.error < $1.error }
  }
}

extension MeasuredDevice {
  /// Root mean square error of a function of [1, x] at its best scale, in units of the mean
  /// latency.
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
