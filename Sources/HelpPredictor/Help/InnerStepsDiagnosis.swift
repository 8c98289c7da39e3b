import HelpJSON
import HelpNumerics
import HelpSpaces

/// What an adaptation of HELP's network says of itself: how well support rows left out are
/// predicted by the start, the weights that z modulated, and by the end, those after inner
/// steps on the other rows. References stay in the embedding, they are inputs, and the labels
/// on their scale; the line to milliseconds is fit to the other rows.
struct InnerStepsDiagnosis {
  /// What the inner steps did to the left-out rows.
  enum Verdict: String {
    case help, hurt
    case noDifference = "no difference"
    case notTaken = "not taken"
  }

  /// Of support rows; for every one the inner steps are taken again.
  static let rowLimits = 3...20
  /// Ratio of the squared relative errors from which one is clearly larger.
  static let margin = 1.5
  /// Rows that a verdict must rest on to change the predictor.
  static let sufficientRows = 8

  private let truth: [Double]
  private let rows: [Int]
  private let start: [Double]
  /// Nil where no steps were taken.
  private let end: [Double]?
  /// Whether the start may stand for the end.
  private let mayKeepStart: Bool

  /// Without steps, of the start alone.
  init(_ fit: DeviceFit, start: [Float], end steps: LeaveOneOutSteps?, mayKeepStart: Bool) {
    rows = fit.support
    truth = rows.map { fit.measurements.latencies[$0] }
    self.mayKeepStart = mayKeepStart
    let first = fit.predictions(start, in: Workspace<Float>())
    self.start = rows.map { fit.leftOut($0, first) }
    end = steps.map { steps in
      var steps = steps
      return fit.support.indices.map { steps.predict(place: $0) }
    }
  }

  /// Squared relative error of the end over that of the start; infinite where steps diverge.
  var ratio: Double? {
    end.map { end in
      let ratio = squares(end) / squares(start)
      return ratio.isNaN ? .infinity : ratio
    }
  }

  private func squares(_ predicted: [Double]) -> Double {
    zip(predicted, truth).reduce(0) { $0 + ($1.0 / $1.1 - 1) * ($1.0 / $1.1 - 1) }
  }

  var verdict: Verdict {
    guard let ratio else { return .notTaken }
    if ratio > Self.margin { return .hurt }
    return ratio < 1 / Self.margin ? .help : .noDifference
  }

  /// Whether the predictor is to be the start: steps that were not asked for clearly hurt.
  var keepsStart: Bool {
    mayKeepStart && verdict == .hurt && rows.count >= Self.sufficientRows
  }

  var record: JSONValue {
    let kept = keepsStart ? start : end ?? start
    var record: JSONValue = [
      "leave_one_out": scores(kept).adding(["latency_ms": .array(kept.map(JSONValue.finite))]),
      "rows": .array(rows.map { .integer(Int64($0)) }),
      "start": scores(start),
    ]
    if let end, let ratio {
      record = record.adding(["end": scores(end), "error_ratio": .finite(ratio)])
    }
    return record.adding([
      "inner_steps": .string(verdict.rawValue),
      "kept": .string(keepsStart || end == nil ? "start" : "end"),
      "summary": .string(summary),
    ])
  }

  private func scores(_ predicted: [Double]) -> JSONValue {
    let scores = Scores(predicted: predicted, truth: truth)
    let errors = zip(predicted, truth).map { abs($0 / $1 - 1) }
    return [
      "spearman": .finite(scores.spearman), "mape": .finite(scores.meanAbsolutePercentageError),
      "median_error": .finite(quantile(errors, 0.5)),
    ]
  }

  /// One sentence that says what to do.
  var summary: String {
    guard let end else {
      return "No inner steps were taken: left-out rows rank \(rank(start)) and are "
        + "\(percent(start)) % off."
    }
    let errors =
      "left-out rows rank \(rank(end)) after them and \(rank(start)) before, and are "
      + "\(percent(end)) % off after them and \(percent(start)) % before"
    return switch verdict {
    case .hurt: "The inner steps hurt: \(errors); \(advice)."
    case .help: "The inner steps help: \(errors)."
    default: "The inner steps make no clear difference: \(errors)."
    }
  }

  private var advice: String {
    if keepsStart { return "they were undone" }
    let few = rows.count < Self.sufficientRows
    return few ? "measure more rows, or adapt with steps = 0" : "adapt with steps = 0"
  }

  private func rank(_ predicted: [Double]) -> String {
    let rank = spearman(predicted, truth)
    return rank.isFinite ? "\((100 * rank).rounded() / 100)" : "nothing"
  }

  private func percent(_ predicted: [Double]) -> String {
    let error = Scores(predicted: predicted, truth: truth).meanAbsolutePercentageError
    return error < 1e6 ? "\(Int((100 * error).rounded()))" : "far more than 100"
  }
}

/// What a fit of HELP's network to a device starts from.
struct DeviceFit {
  let shape: NetworkShape
  let measurements: Measurements
  let embedding: [Float]
  let scale: LabelScale
  /// Whether the scale follows the measurements, not a range that was given.
  let calibrates: Bool
  /// Rows that the inner steps fit.
  let support: [Int]

  func task(_ rows: [Int]) -> MetaTask<Float> {
    MetaTask<Float>(
      embedding: embedding,
      supportFeatures: measurements.architectures.rows(rows).encoded(),
      supportLabels: rows.map { Float(scale.normalized(measurements.latencies[$0])) },
      queryFeatures: [], queryLabels: [], noise: [])
  }

  private func network(_ weights: [[Float]]) -> AdaptedNetwork {
    AdaptedNetwork(shape: shape, embedding: embedding, weights: weights, scale: scale)
  }

  /// On the line that fits all measured rows.
  func calibratedNetwork(_ weights: [[Float]]) -> AdaptedNetwork {
    let network = network(weights)
    if !calibrates { return network }
    let predicted = network.predict(measurements.architectures)
    return network.withScale(
      scale.calibrated(predicted: predicted, measured: measurements.latencies))
  }

  /// Milliseconds of all measured rows by the scale, whatever line fits them.
  func predictions(_ weights: [Float], in workspace: Workspace<Float>) -> [Double] {
    let (features, count) = (measurements.architectures.encoded(), measurements.count)
    return workspace.scope {
      weights.withUnsafeBufferPointer { weights in
        features.withUnsafeBufferPointer { features in
          guard let weights = weights.baseAddress, let features = features.baseAddress
          else { return [] }
          let network = LatencyNetwork(
            shape, DualVector(weights), embedding: embedding, in: workspace)
          let output = network.forward(features, count: count, in: workspace).output.value
          return (0..<count).map { scale.milliseconds(Double(output.row($0).pointee)) }
        }
      }
    }
  }

  /// A row's milliseconds on the line that fits the others.
  func leftOut(_ row: Int, _ predictions: [Double]) -> Double {
    if !calibrates { return predictions[row] }
    func others(_ values: [Double]) -> [Double] {
      values.indices.filter { $0 != row }.map { values[$0] }
    }
    let line = scale.calibrated(
      predicted: others(predictions), measured: others(measurements.latencies))
    return line.milliseconds(scale.normalized(predictions[row]))
  }
}

/// The inner steps on all support rows but one, in memory that the rows share.
///
/// The first step's gradient is a mean over rows at the same weights: without row i of n it is
/// (n g - g(i)) / (n - 1), a pass over one row.
struct LeaveOneOutSteps {
  private let fit: DeviceFit
  private let start: [Float]
  private let objective: MetaObjective<Float>
  private let rates: [Float]
  private let workspace = Workspace<Float>()
  /// The first step is start - rates * g * n / (n - 1), less these rates times g(i).
  private var first: [Float]
  private let rowRates: [Float]
  private var gradient: [Float]
  private var weights: [Float]
  private var next: [Float]

  init(
    _ fit: DeviceFit, _ start: [Float], _ objective: MetaObjective<Float>, rates: [Float]
  ) {
    self.fit = fit
    self.start = start
    self.objective = objective
    self.rates = rates
    let others = Float(fit.support.count - 1)
    rowRates = rates.map { -$0 / others }
    gradient = [Float](repeating: 0, count: start.count)
    (first, weights, next) = (gradient, gradient, gradient)
    slope(start, fit.support)
    let allRates = rates.map { $0 * (others + 1) / others }
    Float.subtractProduct(start.count, start, allRates, gradient, into: &first)
  }

  /// What the row at a place of the support would take without it.
  mutating func predict(place: Int) -> Double {
    var others = fit.support
    let row = others.remove(at: place)
    slope(start, [row])
    Float.subtractProduct(first.count, first, rowRates, gradient, into: &weights)
    for _ in 1..<objective.innerSteps {
      slope(weights, others)
      Float.subtractProduct(weights.count, weights, rates, gradient, into: &next)
      swap(&weights, &next)
    }
    return fit.leftOut(row, fit.predictions(weights, in: workspace))
  }

  /// Writes the loss's gradient on some rows to `gradient`.
  private mutating func slope(_ weights: [Float], _ rows: [Int]) {
    let task = fit.task(rows)
    _ = objective.lossGradient(
      weights, task, features: task.supportFeatures, labels: task.supportLabels,
      to: &gradient, in: workspace)
  }
}
