import HelpNumerics

/// A training device's latencies as a ridge regression on [1, 10 x], its penalty chosen by
/// cross-validation (section B).
struct DeviceRidge {
  /// Latencies divided by their mean over the pool, as weights on [1, x].
  let weights: [Double]
  /// Root mean square of the held-out residuals, in medians of the latencies.
  let residual: Double
  /// The same of their mean in place of the regression.
  let spread: Double

  /// Measured rows.
  let count: Int

  /// Rows from which the residual tells how well architectures explain latencies.
  private static let sufficientRows = 100

  /// The residual's share of the spread: 0 where architectures explain all, and where there are
  /// too few rows to tell.
  var unexplained: Double { count < Self.sufficientRows ? 0 : residual / spread }

  /// Fewest measured rows of a training device.
  static let minimumRows = 10

  private static let penalties = [1e-4, 1e-3, 1e-2, 1e-1]
  private static let folds = 5
  private static let gain = 10.0
  /// Latencies beyond these quantiles count as the quantiles.
  private static let tail = 0.002

  /// - rows: z of each row, `width` numbers apart, of which the first `columns` enter.
  /// - latencies: one for each row, NaN where not measured.
  /// Nil for too few measured rows, and where the mean over the pool is not above 0.
  init?(
    rows: [Double], width: Int, columns: Int, latencies: [Double], random: RandomSource
  ) {
    let measured = latencies.indices.filter { !latencies[$0].isNaN }
    guard measured.count >= Self.minimumRows else { return nil }
    let median = quantile(measured.map { latencies[$0] }, 0.5)
    let shares = measured.map { latencies[$0] / median }
    let range = quantile(shares, Self.tail)...quantile(shares, 1 - Self.tail)
    var random = random
    let order = random.sample(measured.count, below: measured.count)
    let kept = shares.map { min(max($0, range.lowerBound), range.upperBound) }
    self.count = kept.count
    spread = Moments(kept, count: kept.count).deviation
    var folds = [RidgeSums](repeating: RidgeSums(columns - 1), count: Self.folds)
    for (place, item) in order.enumerated() {
      let start = measured[item] * width
      folds[place % Self.folds].add(
        rows[(start + 1)..<(start + columns)].lazy.map { Self.gain * $0 },
        target: kept[item])
    }
    let total = folds.reduce(into: RidgeSums(columns - 1)) { $0.add($1) }
    guard let best = Self.best(folds, total),
      let fit = total.solve(best.penalty, rows: total.count),
      fit[0] > 0
    else { return nil }
    // Regressors have mean 0 over the pool.
    weights = [1] + fit.dropFirst().map { Self.gain * $0 / fit[0] }
    residual = best.residual
  }

  private static func best(
    _ folds: [RidgeSums], _ total: RidgeSums
  ) -> (penalty: Double, residual: Double)? {
    let rests = folds.map { total.subtracting($0) }
    var best: (penalty: Double, residual: Double)?
    for penalty in penalties {
      var squares = 0.0
      for (fold, rest) in zip(folds, rests) {
        guard let fit = rest.solve(penalty, rows: total.count) else { return nil }
        squares += fold.squaredError(fit)
      }
      let residual = max(squares / total.count, 0).squareRoot()
      guard let known = best, residual >= known.residual else {
        best = (penalty, residual)
        continue
      }
    }
    return best
  }
}
