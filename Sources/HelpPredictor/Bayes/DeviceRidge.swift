import HelpNumerics

/// A training device's latencies as a ridge regression on [1, 10 x], its penalty chosen by
/// cross-validation (B3).
struct DeviceRidge {
  /// h as weights on [1, x], [1 + P]: latency in units of its mean over the pool.
  let weights: [Double]
  /// Root mean square of the held-out residuals, in units of the median latency.
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

  /// Fewest measured rows of a training device; no comparison recorded.
  static let minimumRows = 10

  /// λ to choose from, by cross-validation.
  private static let penalties = [1e-4, 1e-3, 1e-2, 1e-1]
  /// Parts of the rows that are held out in turn; not tuned.
  private static let folds = 5
  /// Factor on x, so that the penalty hardly shrinks weights that matter; not tuned.
  private static let gain = 10.0
  /// Share of latencies at either end that count as the quantile there; chosen for the oddities
  /// of published tables (data/README.md).
  private static let tailShare = 0.002

  /// Fits h (B3); nil for too few measured rows, and where the mean over the pool is not above 0.
  ///
  /// - rows: z of each row, [rows, width], of which the first `columns` enter: [1, x].
  /// - latencies: in milliseconds, [rows], NaN where not measured.
  /// - random: deals rows to folds.
  init?(
    rows: [Double], width: Int, columns: Int, latencies: [Double], random: RandomSource
  ) {
    let measured = latencies.indices.filter { !latencies[$0].isNaN }
    guard measured.count >= Self.minimumRows else { return nil }
    let median = quantile(measured.map { latencies[$0] }, 0.5)
    let ratios = measured.map { latencies[$0] / median }
    let range = quantile(ratios, Self.tailShare)...quantile(ratios, 1 - Self.tailShare)
    var random = random
    let order = random.sample(measured.count, below: measured.count)
    let kept = ratios.map { min(max($0, range.lowerBound), range.upperBound) }
    self.count = kept.count
    spread = Moments(kept, count: kept.count).deviation
    var folds = [RidgeSums](repeating: RidgeSums(columns - 1), count: Self.folds)
    for (position, item) in order.enumerated() {
      let start = measured[item] * width
      folds[position % Self.folds].add(
        rows[(start + 1)..<(start + columns)].lazy.map { Self.gain * $0 },
        target: kept[item])
    }
    let total = folds.reduce(into: RidgeSums(columns - 1)) { $0.add($1) }
    guard let best = Self.best(folds, total),
      let fit = total.solve(best.penalty, rows: total.count),
      fit[0] > 0
    else { return nil }
    // x has mean 0 over the pool, so the mean latency is the constant.
    weights = [1] + fit.dropFirst().map { Self.gain * $0 / fit[0] }
    residual = best.residual
  }

  /// The penalty with the smallest error over held-out folds, and that error; nil where a
  /// system cannot be solved.
  private static func best(
    _ folds: [RidgeSums], _ total: RidgeSums
  ) -> (penalty: Double, residual: Double)? {
    let complements = folds.map { total.subtracting($0) }
    var best: (penalty: Double, residual: Double)?
    for penalty in penalties {
      var squares = 0.0
      for (fold, others) in zip(folds, complements) {
        guard let fit = others.solve(penalty, rows: total.count) else { return nil }
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
