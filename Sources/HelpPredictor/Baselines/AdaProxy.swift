import HelpBase
import HelpJSON
import HelpNumerics
import HelpSpaces

extension Baseline {
  /// A training device, its weights adapted.
  static var adaProxy: Baseline { Baseline(inputs: .regressors, tailShare: 0.5, fit: fitAdaProxy) }

  private static func fitAdaProxy(_ problem: BaselineProblem) throws(HelpError) -> BaselineFit {
    let prior = try problem.trainingDevices()
    let used = problem.measurements.limited(columns: prior.regressors.regressorCount)
    let rows = prior.regressors.scaled(used.architectures)
    let comparison = DeviceComparison(prior, rows: rows, latencies: used.latencies)
    let match =
      if let name = problem.proxy { try comparison.named(name) } else { try comparison.nearest() }
    guard
      let transfer = ProxyTransfer(
        match.device, rows: rows, width: prior.regressors.count, latencies: used.latencies)
    else {
      throw HelpError(
        .measurements,
        "the measured rows are all the same to proxy \"\(match.device.name)\"; measure others")
    }
    let mean = used.latencies.reduce(0, +) / Double(used.count)
    return BaselineFit(
      weights: prior.regressors.raw(transfer.weights),
      settings: match.settings.adding(transfer.fit.settings(mean: mean)))
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
  init?(_ proxy: BayesPrior.Device, rows: [Double], width: Int, latencies: [Double]) {
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

extension Measurements {
  private static let maximumSize = 512

  /// Where both are many, a few rows evenly spread: the work grows with the third power of
  /// the smaller number.
  fileprivate func limited(columns: Int) -> Measurements {
    let limit = Self.maximumSize
    guard min(columns, count) > limit else { return self }
    return rows(evenlySpread(limit, of: count))
  }
}
