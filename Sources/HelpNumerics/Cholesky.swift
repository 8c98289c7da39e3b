/// A symmetric positive definite matrix as L · Lᵀ with L lower triangular, in Double.
package struct Cholesky: Sendable {
  package let size: Int
  /// Row by row; the part above the diagonal means nothing.
  private let factor: [Double]

  /// - matrix: `size` rows, one after another, of which only the part up to the diagonal is
  ///   read. Nil where it is not positive definite, or not finite.
  package init?(_ matrix: [Double], size: Int) {
    var factor = matrix
    for i in 0..<size {
      for j in 0...i {
        let rest = factor[i * size + j] - factor.product(i * size, j * size, count: j)
        guard i == j else {
          factor[i * size + j] = rest / factor[j * size + j]
          continue
        }
        guard rest > 0, rest.isFinite else { return nil }
        factor[i * size + i] = rest.squareRoot()
      }
    }
    self.size = size
    self.factor = factor
  }

  /// x with A · x = b.
  package func solve(_ b: [Double]) -> [Double] { solveUpper(solveLower(b)) }

  /// x with L · x = b.
  package func solveLower(_ b: [Double]) -> [Double] {
    var x = b
    for i in 0..<size {
      var rest = x[i]
      for j in 0..<i { rest -= factor[i * size + j] * x[j] }
      x[i] = rest / factor[i * size + i]
    }
    return x
  }

  /// x with Lᵀ · x = b.
  private func solveUpper(_ b: [Double]) -> [Double] {
    var x = b
    for i in (0..<size).reversed() {
      x[i] /= factor[i * size + i]
      for j in 0..<i { x[j] -= factor[i * size + j] * x[i] }
    }
    return x
  }

  package var logDeterminant: Double {
    (0..<size).reduce(0) { $0 + 2 * logarithm(factor[$1 * size + $1]) }
  }
}

extension [Double] {
  /// The inner product of the `count` numbers from `a` with those from `b`.
  fileprivate func product(_ a: Int, _ b: Int, count: Int) -> Double {
    withUnsafeBufferPointer { values in
      var sum = 0.0
      for k in 0..<count { sum += values[a + k] * values[b + k] }
      return sum
    }
  }
}
