/// Sums over rows of the products of [1, x, y], from which follows the ridge regression of y
/// on x; the constant goes without penalty. Sums of parts add up to those of the whole.
package struct RidgeSums {
  /// Of [1, x].
  private let size: Int
  package private(set) var count = 0.0
  /// The last row is that of y; the part up to the diagonal counts.
  private var values: [Double]
  private var scratch: [Double]

  /// - columns: of x.
  package init(_ columns: Int) {
    size = columns + 1
    values = [Double](repeating: 0, count: (size + 1) * (size + 1))
    scratch = [Double](repeating: 1, count: size + 1)
  }

  /// - row: x, `columns` numbers.
  package mutating func add(_ row: some Sequence<Double>, target: Double) {
    let size = size
    count += 1
    for (place, value) in row.enumerated() { scratch[1 + place] = value }
    scratch[size] = target
    values.withUnsafeMutableBufferPointer { values in
      scratch.withUnsafeBufferPointer { scratch in
        guard let target = values.baseAddress, let row = scratch.baseAddress else { return }
        for i in 0...size where row[i] != 0 {
          addScaled(row[i], row, to: target + i * (size + 1), i + 1)
        }
      }
    }
  }

  package mutating func add(_ other: RidgeSums) {
    count += other.count
    for place in values.indices { values[place] += other.values[place] }
  }

  package func subtracting(_ other: RidgeSums) -> RidgeSums {
    var result = self
    result.count -= other.count
    for place in values.indices { result.values[place] -= other.values[place] }
    return result
  }

  /// Weights of [1, x] with `penalty` for each of `rows`; nil where numbers are too large.
  package func solve(_ penalty: Double, rows: Double) -> [Double]? {
    var matrix = [Double](repeating: 0, count: size * size)
    for i in 0..<size {
      for j in 0...i { matrix[i * size + j] = values[i * (size + 1) + j] }
      if i > 0 { matrix[i * size + i] += penalty * rows }
    }
    guard let cholesky = Cholesky(matrix, size: size) else { return nil }
    return cholesky.solve(Array(values[(size * (size + 1))..<(size * (size + 1) + size)]))
  }

  /// Σ (x w - y)²
  package func squaredError(_ weights: [Double]) -> Double {
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
