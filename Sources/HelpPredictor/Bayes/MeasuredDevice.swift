import HelpNumerics
import HelpSpaces

/// One device's measurements, and all that the grid needs to know of their architectures.
struct MeasuredDevice {
  let basis: FunctionBasis
  let count: Int
  /// Milliseconds of 1 in `latencies`: the mean.
  let unit: Double
  let latencies: [Double]
  /// z of each row.
  let rows: [Double]
  /// Each function of the basis on every row.
  let base: [[Double]]
  /// Along the differences, then of each kernel.
  let covariances: [MeasuredCovariance]

  init(_ measurements: Measurements, _ basis: FunctionBasis) {
    let rows = basis.regressors.scaled(measurements.architectures)
    let count = measurements.count
    let unit = measurements.latencies.reduce(0, +) / Double(count)
    self.basis = basis
    self.count = count
    self.unit = unit
    self.rows = rows
    latencies = measurements.latencies.map { $0 / unit }
    let width = basis.regressors.count
    func values(_ weights: [Double]) -> [Double] {
      (0..<count).map { row in product(rows, row * width, weights) }
    }
    base = basis.base.map(values)
    let kernels = basis.kernels.map { variances in
      variances.indices.filter { variances[$0] > 0 }.map { column in
        let deviation = variances[column].squareRoot()
        return (0..<count).map { deviation * rows[$0 * width + column] }
      }
    }
    covariances =
      [MeasuredCovariance(basis.differences.map(values), count, isFolded: true)]
      + kernels.map { MeasuredCovariance($0, count, isFolded: $0.count <= count) }
  }

  /// A mean function on every row.
  func mean(_ function: BayesSettings.MeanFunction) -> [Double] {
    var values = [Double](repeating: 0, count: count)
    for (weight, row) in zip(function.weights, base) {
      for place in values.indices { values[place] += weight * row[place] }
    }
    return values
  }
}

/// A covariance of architectures: the inner product of functions.
struct MeasuredCovariance {
  let functions: Int
  /// The functions on the rows, function by function.
  let values: [Double]
  /// Of the rows, up to the diagonal.
  let matrix: [Double]
  /// Predictions read the functions, not the covariances with the rows, which are more.
  let isFolded: Bool

  init(_ values: [[Double]], _ count: Int, isFolded: Bool) {
    functions = values.count
    self.values = values.flatMap { $0 }
    self.isFolded = isFolded
    matrix = gram(values, count)
  }
}

private func product(_ rows: [Double], _ start: Int, _ weights: [Double]) -> Double {
  rows.withUnsafeBufferPointer { rows in
    weights.withUnsafeBufferPointer { weights in
      guard let left = rows.baseAddress, let right = weights.baseAddress else { return 0 }
      return dot(left + start, right, weights.count)
    }
  }
}

/// The sum of each column's products with itself, up to the diagonal.
private func gram(_ columns: [[Double]], _ count: Int) -> [Double] {
  var result = [Double](repeating: 0, count: count * count)
  result.withUnsafeMutableBufferPointer { result in
    guard let target = result.baseAddress else { return }
    for column in columns {
      column.withUnsafeBufferPointer { column in
        guard let values = column.baseAddress else { return }
        for i in 0..<count where values[i] != 0 {
          addScaled(values[i], values, to: target + i * count, i + 1)
        }
      }
    }
  }
  return result
}
