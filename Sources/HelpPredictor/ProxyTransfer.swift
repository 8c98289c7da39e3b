import HelpNumerics
import HelpSpaces

/// How the training devices of a prior rank measured rows.
struct DeviceComparison {
  /// A device's function on the rows, beside their latencies.
  struct Match {
    let device: LinearPrior.Device
    /// NaN where one side is constant.
    let spearman: Double
    /// Root mean square of the relative errors of the line through the device.
    let error: Double
    /// Milliseconds from the device's function.
    let slope: Double
    let intercept: Double
  }

  let matches: [Match]

  /// - rows: z of each, one after another.
  init(_ prior: LinearPrior, rows: [Double], latencies: [Double]) {
    matches = prior.devices.map { device in
      let values = stride(from: 0, to: rows.count, by: prior.regressors.count).map { start in
        device.weights.indices.reduce(0) { $0 + device.weights[$1] * rows[start + $1] }
      }
      return Match(device, values, latencies)
    }
  }

  /// The device with the highest rank correlation; of several, that with the least error.
  func nearest() -> Match? {
    matches.filter { !$0.spearman.isNaN }
      .min { ($1.spearman, $0.error) < ($0.spearman, $1.error) }
  }

  func named(_ name: String) throws(HelpError) -> Match {
    if let match = matches.first(where: { $0.device.name == name }) { return match }
    let names = listed(matches.map({ $0.device.name }), like: name)
    throw HelpError(.argument, "proxy is \"\(name.excerpt)\"; the model learnt from \(names)")
  }
}

extension DeviceComparison.Match {
  fileprivate init(_ device: LinearPrior.Device, _ values: [Double], _ latencies: [Double]) {
    let line = RelativeLine(values, latencies: latencies)
    let errors = zip(values, latencies).map { (line.slope * $0 + line.intercept) / $1 - 1 }
    let squares = errors.reduce(0) { $0 + $1 * $1 }
    self.init(
      device: device, spearman: HelpNumerics.spearman(values, latencies),
      error: (squares / Double(errors.count)).squareRoot(), slope: line.slope,
      intercept: line.intercept)
  }
}

/// Latencies as a line in some values, least squares in relative error. A line that falls
/// would turn their order round; then it is their multiple instead.
struct RelativeLine {
  let slope: Double
  let intercept: Double

  init(_ values: [Double], latencies: [Double]) {
    let mean = latencies.reduce(0, +) / Double(latencies.count)
    let weights = latencies.map { mean / $0 * (mean / $0) }
    let line = LineFit(values, targets: latencies, weights: weights)
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

/// AdaProxy (OneProxy, Lu et al., SIGMETRICS 2022): the proxy's weights w on scaled
/// regressors become w ∘ (a 1 + b), plus a constant c.
///
/// b has a penalty, a and c have none. The paper's penalty is on the length of b; its square
/// leads through the same answers and has a closed form. The constant regressor has no b: c
/// is free. The penalty is chosen by leave-one-out, where the paper takes measurements of
/// their own for it. Without a penalty's worth, at its infinite end, it is the line in the
/// proxy's latencies.
struct ProxyTransfer {
  static let shares = [Double.infinity, 10, 1, 0.1, 0.01]

  /// Milliseconds for z of `ScaledRegressors`, without the costs.
  let weights: [Double]
  let fit: PenalizedRegression.Fit

  /// - rows: z of each, `width` numbers apart. Nil where the proxy is the same on all.
  init?(_ proxy: LinearPrior.Device, rows: [Double], width: Int, latencies: [Double]) {
    let mean = latencies.reduce(0, +) / Double(latencies.count)
    let targets = latencies.map { $0 / mean }
    let columns = proxy.weights.indices.dropFirst().map { place in
      latencies.indices.map { rows[$0 * width + place] * proxy.weights[place] }
    }
    let values = latencies.indices.map { row in columns.reduce(0) { $0 + $1[row] } }
    let regression = PenalizedRegression(columns: columns, line: values, targets: targets)
    guard Moments(values, count: values.count).varies, let fit = regression.best(Self.shares)
    else { return nil }
    let rests = targets.indices.map { row in
      zip(columns, fit.slopes).reduce(targets[row]) { $0 - $1.0[row] * $1.1 }
    }
    let line = LineFit(values, targets: rests)
    let slopes = zip(proxy.weights.dropFirst(), fit.slopes).map { $0 * (line.slope + $1) }
    weights = ([line.intercept] + slopes).map { $0 * mean }
    self.fit = fit
  }
}
