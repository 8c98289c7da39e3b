import HelpNumerics

// Small dense algebra in Double on raw memory: matrices are row by row, and of symmetric
// and triangular ones the part up to the diagonal counts.

/// Σ a b
@inline(__always)
func dot(_ a: UnsafePointer<Double>, _ b: UnsafePointer<Double>, _ count: Int) -> Double {
  var sums = SIMD4<Double>.zero
  let (left, right) = (UnsafeRawPointer(a), UnsafeRawPointer(b))
  let whole = count & ~3
  for place in stride(from: 0, to: whole, by: 4) {
    let offset = place &* 8
    sums +=
      left.loadUnaligned(fromByteOffset: offset, as: SIMD4<Double>.self)
      * right.loadUnaligned(fromByteOffset: offset, as: SIMD4<Double>.self)
  }
  var sum = sums.sum()
  for place in whole..<count { sum += a[place] * b[place] }
  return sum
}

/// sum += factor * row
@inline(__always)
func add(
  _ factor: Double, _ row: UnsafePointer<Double>, to sum: UnsafeMutablePointer<Double>, _ count: Int
) {
  for place in 0..<count { sum[place] += factor * row[place] }
}

/// Replaces a positive definite matrix by L with L · Lᵀ; false where it is not.
func factorize(_ matrix: UnsafeMutablePointer<Double>, _ size: Int) -> Bool {
  for i in 0..<size {
    let row = matrix + i &* size
    for j in 0..<i {
      let other = matrix + j &* size
      row[j] = (row[j] - dot(row, other, j)) * other[j]
    }
    let rest = row[i] - dot(row, row, i)
    guard rest > 0, rest.isFinite else { return false }
    // One over the diagonal: all its uses are divisions.
    row[i] = 1 / rest.squareRoot()
  }
  return true
}

/// x := L⁻¹ x
@inline(__always)
func solveLower(
  _ factor: UnsafePointer<Double>, _ size: Int, _ x: UnsafeMutablePointer<Double>
) {
  for i in 0..<size {
    let row = factor + i &* size
    x[i] = (x[i] - dot(row, x, i)) * row[i]
  }
}

/// x := L⁻ᵀ x
@inline(__always)
func solveUpper(
  _ factor: UnsafePointer<Double>, _ size: Int, _ x: UnsafeMutablePointer<Double>
) {
  for i in (0..<size).reversed() {
    let row = factor + i &* size
    x[i] *= row[i]
    add(-x[i], row, to: x, i)
  }
}

/// log |L · Lᵀ|, some diagonal elements at a time.
func logDeterminant(_ factor: UnsafePointer<Double>, _ size: Int) -> Double {
  var total = 0.0
  for start in stride(from: 0, to: size, by: 16) {
    var product = 1.0
    for i in start..<min(start + 16, size) { product *= factor[i &* size &+ i] }
    total -= 2 * logarithm(product)
  }
  return total
}

/// The whole of (L · Lᵀ)⁻¹; `inverse` has room for it.
func invert(
  _ factor: UnsafePointer<Double>, _ size: Int, into inverse: UnsafeMutablePointer<Double>
) {
  for column in 0..<size {
    let x = inverse + column &* size
    // L⁻¹ of a unit vector begins at its place, and what comes before follows by symmetry.
    x[column] = factor[column &* (size &+ 1)]
    for i in (column + 1)..<max(size, column + 1) {
      let row = factor + i &* size
      x[i] = -dot(row + column, x + column, i - column) * row[i]
    }
    for i in (column..<size).reversed() {
      let row = factor + i &* size
      x[i] *= row[i]
      add(-x[i], row + column, to: x + column, i - column)
    }
    for i in 0..<column { x[i] = inverse[i &* size &+ column] }
  }
}
