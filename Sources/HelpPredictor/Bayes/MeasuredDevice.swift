import HelpNumerics
import HelpSpaces

/// One device's n measured rows, and all that the grid needs to know of their architectures.
struct MeasuredDevice {
  /// The functions that are evaluated here.
  let basis: FunctionBasis
  /// n.
  let count: Int
  /// τ, the mean measured latency in milliseconds: the unit of `latencies`.
  let unit: Double
  /// y [n] = t / τ.
  let latencies: [Double]
  /// z of each row, [n, width].
  let rows: [Double]
  /// m_0 and the costs c on the rows, [base functions][n] (B6).
  let base: [[Double]]
  /// K1, then K2 of each kernel (B7).
  let covariances: [MeasuredCovariance]

  /// Evaluates the basis on each measured row.
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
      [MeasuredCovariance(basis.differences.map(values), count, readsFunctions: true)]
      + kernels.map { MeasuredCovariance($0, count, readsFunctions: $0.count <= count) }
  }

  /// m_j on the rows, [n] (B6).
  func mean(_ function: BayesSettings.MeanFunction) -> [Double] {
    var values = [Double](repeating: 0, count: count)
    for (weight, baseValues) in zip(function.weights, base) {
      for row in values.indices { values[row] += weight * baseValues[row] }
    }
    return values
  }
}

/// A covariance K(a, b) = Σ_r u_r(a) u_r(b) of architectures on the n rows (B7).
struct MeasuredCovariance {
  /// How many functions u_r there are.
  let functions: Int
  /// u_r(a_i), [functions, n].
  let values: [Double]
  /// K(a_i, a_j), [n, n] up to the diagonal.
  let matrix: [Double]
  /// Whether predictions read the u_r(a), or the n covariances K(a, a_i) with the rows.
  let readsFunctions: Bool

  /// - values: u_r on the rows, [functions][n].
  init(_ values: [[Double]], _ count: Int, readsFunctions: Bool) {
    functions = values.count
    self.values = values.flatMap { $0 }
    self.readsFunctions = readsFunctions
    matrix = gram(values, count)
  }
}

/// The inner product of `weights` with as many of the numbers from `start` on.
private func product(_ rows: [Double], _ start: Int, _ weights: [Double]) -> Double {
  rows.withUnsafeBufferPointer { rows in
    weights.withUnsafeBufferPointer { weights in
      guard let left = rows.baseAddress, let right = weights.baseAddress else { return 0 }
      return dot(left + start, right, weights.count)
    }
  }
}

/// Σ u uᵀ over the columns u [count], as [count, count] up to the diagonal.
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
