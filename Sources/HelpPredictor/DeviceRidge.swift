import HelpNumerics

/// A training device's latencies as a ridge regression on [1, 10 x], its penalty chosen by
/// cross-validation (section B).
struct DeviceRidge {
  /// Latencies divided by their mean over the pool, as weights on [1, x].
  let weights: [Double]
  /// Root mean square of the held-out residuals, in medians of the latencies.
  let residual: Double

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
    var folds = [Products](repeating: Products(columns), count: Self.folds)
    for (place, item) in order.enumerated() {
      folds[place % Self.folds].add(
        rows, measured[item] * width, min(max(shares[item], range.lowerBound), range.upperBound))
    }
    let total = folds.reduce(into: Products(columns)) { $0.add($1) }
    guard let best = Self.best(folds, total), let fit = total.solve(best.penalty, total.count),
      fit[0] > 0
    else { return nil }
    // Regressors have mean 0 over the pool.
    weights = [1] + fit.dropFirst().map { Self.gain * $0 / fit[0] }
    residual = best.residual
  }

  private static func best(
    _ folds: [Products], _ total: Products
  ) -> (penalty: Double, residual: Double)? {
    let rests = folds.map { total.subtracting($0) }
    var best: (penalty: Double, residual: Double)?
    for penalty in penalties {
      var squares = 0.0
      for (fold, rest) in zip(folds, rests) {
        guard let fit = rest.solve(penalty, total.count) else { return nil }
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

  /// Sums of products of the rows' [1, 10 x, y].
  private struct Products {
    let size: Int
    var count = 0.0
    /// The last row is that of y; the part up to the diagonal counts.
    private var values: [Double]
    private var scratch: [Double]

    init(_ columns: Int) {
      size = columns
      values = [Double](repeating: 0, count: (columns + 1) * (columns + 1))
      scratch = [Double](repeating: 0, count: columns + 1)
    }

    mutating func add(_ rows: [Double], _ start: Int, _ target: Double) {
      let size = size
      count += 1
      scratch[0] = 1
      for place in 1..<size { scratch[place] = DeviceRidge.gain * rows[start + place] }
      scratch[size] = target
      values.withUnsafeMutableBufferPointer { values in
        scratch.withUnsafeBufferPointer { scratch in
          guard let target = values.baseAddress, let row = scratch.baseAddress else { return }
          for i in 0...size where row[i] != 0 {
            HelpPredictor.add(row[i], row, to: target + i * (size + 1), i + 1)
          }
        }
      }
    }

    mutating func add(_ other: Products) {
      count += other.count
      for place in values.indices { values[place] += other.values[place] }
    }

    func subtracting(_ other: Products) -> Products {
      var result = self
      result.count -= other.count
      for place in values.indices { result.values[place] -= other.values[place] }
      return result
    }

    func solve(_ penalty: Double, _ rows: Double) -> [Double]? {
      var matrix = [Double](repeating: 0, count: size * size)
      for i in 0..<size {
        for j in 0...i { matrix[i * size + j] = values[i * (size + 1) + j] }
        matrix[i * size + i] += (i == 0 ? 0 : penalty * rows) + 1e-9
      }
      guard let cholesky = Cholesky(matrix, size: size) else { return nil }
      return cholesky.solve(Array(values[(size * (size + 1))..<(size * (size + 1) + size)]))
    }

    /// Σ (x w - y)²
    func squaredError(_ weights: [Double]) -> Double {
      let all = weights + [-1]
      var sum = 0.0
      for i in 0...size {
        let row = i * (size + 1)
        for j in 0..<i { sum += 2 * all[i] * all[j] * values[row + j] }
        sum += all[i] * all[i] * values[row + i]
      }
      return sum
    }
  }
}

/// Between the two nearest of the sorted values, on the line.
func quantile(_ values: [Double], _ share: Double) -> Double {
  let sorted = values.sorted()
  let place = share * Double(sorted.count - 1)
  let low = Int(place)
  let high = min(low + 1, sorted.count - 1)
  return sorted[low] + (place - Double(low)) * (sorted[high] - sorted[low])
}
