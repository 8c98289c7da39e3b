/// A view of a matrix in memory that someone else owns: element (i, j) lies at
/// `base + i * rowStride + j * columnStride`.
///
/// Views check nothing: whoever makes one vouches for its sizes.
package struct Matrix<Scalar> {
  package let base: UnsafeMutablePointer<Scalar>
  package let rows: Int
  package let columns: Int
  package let rowStride: Int
  package let columnStride: Int

  package init(
    _ base: UnsafeMutablePointer<Scalar>, rows: Int, columns: Int, rowStride: Int? = nil,
    columnStride: Int = 1
  ) {
    self.base = base
    self.rows = rows
    self.columns = columns
    self.rowStride = rowStride ?? columns
    self.columnStride = columnStride
  }

  package var transposed: Matrix {
    Matrix(
      base, rows: columns, columns: rows, rowStride: columnStride, columnStride: rowStride)
  }

  /// The `count` columns from `first`.
  package func columns(from first: Int, count: Int) -> Matrix {
    Matrix(
      base + first * columnStride, rows: rows, columns: count, rowStride: rowStride,
      columnStride: columnStride)
  }

  /// The `count` rows from `first`.
  package func rows(from first: Int, count: Int) -> Matrix {
    transposed.columns(from: first, count: count).transposed
  }

  /// The first element of row `i`.
  package func row(_ i: Int) -> UnsafeMutablePointer<Scalar> { base + i &* rowStride }
}

extension Matrix where Scalar: KernelScalar {
  /// Fills with zeros; columns are adjacent.
  package func clear() {
    for row in 0..<rows { Scalar.clear(columns, self.row(row)) }
  }

  /// Zeroes elements where the rectified `output` was cut; columns are adjacent.
  package func gate(by output: Matrix) {
    for row in 0..<rows { Scalar.keepWherePositive(columns, output.row(row), self.row(row)) }
  }
}

/// A matrix in the layout the product reads as its right side.
package struct PackedMatrix<Scalar> {
  package let base: UnsafeMutablePointer<Scalar>
  package let rows: Int
  package let columns: Int
}
