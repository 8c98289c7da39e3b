import CHelp
import HelpNumerics
import HelpPredictor

// help.h: scores.

@c @implementation
public func help_score(
  _ predicted: UnsafePointer<Double>?, _ truth: UnsafePointer<Double>?, _ n: Int,
  _ out: UnsafeMutablePointer<help_scores>?
) -> help_status {
  guarded("help_score") { () throws(HelpError) in
    let rows = try count(n, "n", in: 2...maximumRows)
    let predicted = try doubles(predicted, rows, "predicted")
    let truth = try doubles(truth, rows, "truth")
    try check(predicted, "predicted") { $0.isFinite }
    try check(truth, "truth") { $0.isFinite && $0 != 0 }
    let out = try required(out, "out")
    let size = try resultSize(out)
    let scores = Scores(predicted: predicted, truth: truth)
    writeResult(
      help_scores(
        struct_size: size, spearman: scores.spearman, kendall: scores.kendall,
        pearson: scores.pearson, rmse: scores.rootMeanSquareError,
        mape: scores.meanAbsolutePercentageError, within10: scores.within10),
      to: out, size: size)
  }
}

@c @implementation
public func help_monotonicity(
  _ latency: UnsafePointer<Double>?, _ m: Int, _ n: Int, _ stride: Int,
  _ out: UnsafeMutablePointer<Double>?
) -> help_status {
  guarded("help_monotonicity") { () throws(HelpError) in
    let devices = try count(m, "m", in: 1...10_000)
    let rows = try count(n, "n", in: 1...maximumRows)
    try checkStride(stride, atLeast: rows, rows: devices, "stride")
    let base = try required(latency, "latency_ms")
    let out = try required(out, "out")
    let columns = (0..<devices).map {
      Array(UnsafeBufferPointer(start: base + $0 * stride, count: rows))
    }
    for column in columns { try check(column, "latency_ms") { !$0.isInfinite } }
    out.update(from: Monotonicity(columns).matrix, count: devices * devices)
  }
}

private func check(
  _ values: [Double], _ argument: StaticString, _ isAllowed: (Double) -> Bool
) throws(HelpError) {
  if let place = values.firstIndex(where: { !isAllowed($0) }) {
    throw HelpError(
      .argument, "\(argument)[\(place)] is \(values[place]); scores need finite, non-zero truth")
  }
}
