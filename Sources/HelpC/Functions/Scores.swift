import CHelp
import HelpBase
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
    try checkMemory(for: "n", rows, bytesEach: RowMemory.scores)
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
    try checkMemory(for: "m", devices, bytesEach: RowMemory.ranked(rows: rows, devices: devices))
    let columns = (0..<devices).map {
      Array(UnsafeBufferPointer(start: base + $0 * stride, count: rows))
    }
    for column in columns { try check(column, "latency_ms") { !$0.isInfinite } }
    out.update(from: Monotonicity(columns).matrix, count: devices * devices)
  }
}

@c @implementation
public func help_proxy_test(
  _ proxy: UnsafePointer<Double>?, _ target: UnsafePointer<Double>?, _ n: Int,
  _ threshold: Double, _ level: Double, _ out: UnsafeMutablePointer<help_proxy_report>?
) -> help_status {
  guarded("help_proxy_test") { () throws(HelpError) in
    let rows = try count(n, "n", in: 1...maximumRows)
    try checkMemory(for: "n", rows, bytesEach: RowMemory.scores)
    let proxy = try doubles(proxy, rows, "proxy_ms")
    let target = try doubles(target, rows, "target_ms")
    try check(proxy, "proxy_ms") { !$0.isInfinite }
    try check(target, "target_ms") { !$0.isInfinite }
    try check(threshold, "threshold", above: -1)
    try check(level, "level", above: 0)
    let out = try required(out, "out")
    let size = try resultSize(out)
    let (rho, common) = Monotonicity.compare(proxy, target)
    let test = Monotonicity.test(rho: rho, n: common, threshold: threshold, level: level)
    writeResult(
      help_proxy_report(
        struct_size: size, spearman: test.spearman, lower: test.lower, upper: test.upper,
        rows: UInt64(common), verdict: test.verdict.code, reserved: 0),
      to: out, size: size)
  }
}

extension Monotonicity.Test.Verdict {
  fileprivate var code: Int32 {
    switch self {
    case .open: HELP_PROXY_OPEN.value
    case .similar: HELP_PROXY_SIMILAR.value
    case .different: HELP_PROXY_DIFFERENT.value
    }
  }
}

/// Between a bound and 1, both excluded.
private func check(
  _ value: Double, _ argument: StaticString, above bound: Double
) throws(HelpError) {
  guard value > bound, value < 1 else {
    throw HelpError(
      .argument, "\(argument) is \(value.brief(unlike: bound, 1)), not between \(bound.brief) and 1"
    )
  }
}

private func check(
  _ values: [Double], _ argument: StaticString, _ isAllowed: (Double) -> Bool
) throws(HelpError) {
  if let place = values.firstIndex(where: { !isAllowed($0) }) {
    throw HelpError(
      .argument,
      "\(argument)[\(place)] is \(values[place].brief); numbers are finite, and truth is not 0")
  }
}
