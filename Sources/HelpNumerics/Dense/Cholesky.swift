/// The factor L of a symmetric positive definite matrix A = L · Lᵀ, in memory that someone
/// else owns: `size` rows of `size` numbers, of which those up to the diagonal count.
///
/// The diagonal holds one over L's: all its uses are divisions. A view checks nothing: whoever
/// makes one vouches for its memory.
@frozen
package struct CholeskyFactor {
  package let base: UnsafeMutablePointer<Double>
  package let size: Int

  /// A factor that `init(factorizing:size:)` has left at `base`.
  @inlinable
  package init(at base: UnsafeMutablePointer<Double>, size: Int) {
    self.base = base
    self.size = size
  }

  /// Replaces the matrix at `base` by its factor; nil where it is not positive definite, or
  /// not finite.
  package init?(factorizing base: UnsafeMutablePointer<Double>, size: Int) {
    for i in 0..<size {
      let row = base + i &* size
      for j in 0..<i {
        let other = base + j &* size
        row[j] = (row[j] - dot(row, other, j)) * other[j]
      }
      let rest = row[i] - dot(row, row, i)
      guard rest > 0, rest.isFinite else { return nil }
      row[i] = 1 / rest.squareRoot()
    }
    self.init(at: base, size: size)
  }

  /// x := L⁻¹ x
  @inlinable @inline(__always)
  package func solveLower(_ x: UnsafeMutablePointer<Double>) {
    for i in 0..<size {
      let row = base + i &* size
      x[i] = (x[i] - dot(row, x, i)) * row[i]
    }
  }

  /// x := L⁻ᵀ x
  @inlinable @inline(__always)
  package func solveUpper(_ x: UnsafeMutablePointer<Double>) {
    for i in (0..<size).reversed() {
      let row = base + i &* size
      x[i] *= row[i]
      addScaled(-x[i], row, to: x, i)
    }
  }

  /// log |A|, some diagonal elements at a time.
  package var logDeterminant: Double {
    var total = 0.0
    for start in stride(from: 0, to: size, by: 16) {
      var product = 1.0
      for i in start..<min(start + 16, size) { product *= base[i &* size &+ i] }
      total -= 2 * logarithm(product)
    }
    return total
  }

  /// Writes all of A⁻¹, `size` rows of `size` numbers.
  package func invert(into inverse: UnsafeMutablePointer<Double>) {
    for column in 0..<size {
      let x = inverse + column &* size
      // L⁻¹ of a unit vector begins at its place, and what comes before follows by symmetry.
      x[column] = base[column &* (size &+ 1)]
      for i in (column + 1)..<max(size, column + 1) {
        let row = base + i &* size
        x[i] = -dot(row + column, x + column, i - column) * row[i]
      }
      for i in (column..<size).reversed() {
        let row = base + i &* size
        x[i] *= row[i]
        addScaled(-x[i], row + column, to: x + column, i - column)
      }
      for i in 0..<column { x[i] = inverse[i &* size &+ column] }
    }
  }
}

/// The same factor with memory of its own.
package struct Cholesky: Sendable {
  package let size: Int
  private let factor: [Double]

  /// - matrix: `size` rows, one after another, of which only the part up to the diagonal is
  ///   read. Nil where it is not positive definite, or not finite.
  package init?(_ matrix: [Double], size: Int) {
    var factor = matrix
    let isPositive = factor.withUnsafeMutableBufferPointer { factor in
      guard let base = factor.baseAddress else { return size == 0 }
      return CholeskyFactor(factorizing: base, size: size) != nil
    }
    guard isPositive else { return nil }
    self.size = size
    self.factor = factor
  }

  /// x with A · x = b.
  package func solve(_ b: [Double]) -> [Double] {
    applied(to: b) { factor, x in
      factor.solveLower(x)
      factor.solveUpper(x)
    }
  }

  /// x with L · x = b.
  package func solveLower(_ b: [Double]) -> [Double] {
    applied(to: b) { factor, x in factor.solveLower(x) }
  }

  private func applied(
    to b: [Double], _ body: (CholeskyFactor, UnsafeMutablePointer<Double>) -> Void
  ) -> [Double] {
    var (x, factor) = (b, factor)
    x.withUnsafeMutableBufferPointer { x in
      factor.withUnsafeMutableBufferPointer { factor in
        guard let base = factor.baseAddress, let x = x.baseAddress else { return }
        body(CholeskyFactor(at: base, size: size), x)
      }
    }
    return x
  }
}
