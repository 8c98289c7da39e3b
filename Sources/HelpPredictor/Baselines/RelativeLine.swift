import HelpNumerics

/// Latencies as a line in some values, least squares in relative error. A line that falls
/// would turn their order round; then it is their multiple instead.
struct RelativeLine {
  let slope: Double
  let intercept: Double

  init(_ values: [Double], latencies: [Double]) {
    let line = LineFit(relativeTo: latencies, of: values)
    let rises = line.slope > 0 && line.slope.isFinite
    slope = rises ? line.slope : Self.factor(values, latencies: latencies)
    intercept = rises ? line.intercept : 0
  }

  /// Without a constant.
  static func factor(_ values: [Double], latencies: [Double]) -> Double {
    let ratios = zip(values, latencies).map { $0 / $1 }
    return ratios.reduce(0, +) / ratios.reduce(0) { $0 + $1 * $1 }
  }
}
