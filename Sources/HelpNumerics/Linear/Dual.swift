// A value together with its derivative along one direction in parameter space.
//
// Running a gradient computation on duals gives the gradient and its own directional
// derivative, a Hessian-vector product (Pearlmutter, 1994): so the forward and backward
// passes are written once, and second order is the same code with tangents present.

/// A matrix of activations or of their gradients, with or without a tangent.
package struct DualMatrix<Scalar: KernelScalar> {
  package let value: Matrix<Scalar>
  package let tangent: Matrix<Scalar>?

  package init(_ value: Matrix<Scalar>, tangent: Matrix<Scalar>? = nil) {
    self.value = value
    self.tangent = tangent
  }

  package var rows: Int { value.rows }
  package var columns: Int { value.columns }
}

/// Weights on the right side of a product; the direction's part of them is the tangent.
package struct DualWeights<Scalar: KernelScalar> {
  package let value: PackedMatrix<Scalar>
  package let tangent: PackedMatrix<Scalar>?

  package init(_ value: PackedMatrix<Scalar>, tangent: PackedMatrix<Scalar>? = nil) {
    self.value = value
    self.tangent = tangent
  }
}

/// A flat array of parameters and a direction in their space, owned by someone else.
package struct DualVector<Scalar: KernelScalar> {
  package let value: UnsafePointer<Scalar>
  package let tangent: UnsafePointer<Scalar>?

  package init(_ value: UnsafePointer<Scalar>, tangent: UnsafePointer<Scalar>? = nil) {
    self.value = value
    self.tangent = tangent
  }

  package func advanced(by offset: Int) -> DualVector {
    guard let tangent else { return DualVector(value + offset) }
    return DualVector(value + offset, tangent: tangent + offset)
  }

  /// The `rows` by `columns` elements at the front, to read only.
  package func matrix(_ rows: Int, _ columns: Int) -> DualMatrix<Scalar> {
    let values = view(value, rows, columns)
    guard let tangent else { return DualMatrix(values) }
    return DualMatrix(values, tangent: view(tangent, rows, columns))
  }

  private func view(
    _ base: UnsafePointer<Scalar>, _ rows: Int, _ columns: Int
  ) -> Matrix<Scalar> {
    Matrix(UnsafeMutablePointer(mutating: base), rows: rows, columns: columns)
  }
}

/// A flat array that a backward pass fills: with the gradient, or with the gradient's
/// derivative along the direction.
package struct GradientTarget<Scalar: KernelScalar> {
  package enum Part { case value, tangent }

  package let base: UnsafeMutablePointer<Scalar>
  package let part: Part

  package init(_ base: UnsafeMutablePointer<Scalar>, _ part: Part) {
    self.base = base
    self.part = part
  }
}

extension DualMatrix {
  package var transposed: DualMatrix { view { $0.transposed } }

  package func rows(from first: Int, count: Int) -> DualMatrix {
    view { $0.rows(from: first, count: count) }
  }

  package func columns(from first: Int, count: Int) -> DualMatrix {
    view { $0.columns(from: first, count: count) }
  }

  /// The same part of value and tangent.
  private func view(_ part: (Matrix<Scalar>) -> Matrix<Scalar>) -> DualMatrix {
    // Not Optional.map: Swift 6.3.1's optimiser returns some tangent where there is none.
    guard let tangent else { return DualMatrix(part(value)) }
    return DualMatrix(part(value), tangent: part(tangent))
  }

  /// The only row as a vector.
  package var row: DualVector<Scalar> {
    guard let tangent else { return DualVector(value.base) }
    return DualVector(value.base, tangent: tangent.base)
  }

  /// Zeroes rows' elements, values and tangents, where the rectified `output` was cut.
  package func gate(by output: DualMatrix) {
    value.gate(by: output.value)
    if let tangent { tangent.gate(by: output.value) }
  }
}

extension Workspace {
  package func dualMatrix(
    _ rows: Int, _ columns: Int, withTangent: Bool
  ) -> DualMatrix<Scalar> {
    let value = matrix(rows, columns)
    guard withTangent else { return DualMatrix(value) }
    return DualMatrix(value, tangent: matrix(rows, columns))
  }

  package func packed(_ matrix: DualMatrix<Scalar>) -> DualWeights<Scalar> {
    let values = packed(matrix.value)
    guard let tangent = matrix.tangent else { return DualWeights(values) }
    return DualWeights(values, tangent: packed(tangent))
  }

  /// a · weights + bias, rectified if asked; a tangent where either side has one.
  package func product(
    _ a: DualMatrix<Scalar>, _ weights: DualWeights<Scalar>, bias: DualVector<Scalar>?,
    rectify: Bool
  ) -> DualMatrix<Scalar> {
    let hasTangent = a.tangent != nil || weights.tangent != nil
    let c = dualMatrix(a.rows, weights.value.columns, withTangent: hasTangent)
    Scalar.multiply(
      a.value, weights.value, bias: bias?.value, into: c.value, accumulate: false,
      rectify: rectify)
    if let tangent = c.tangent {
      tangentProduct(a, weights, bias: bias?.tangent, into: tangent)
      if rectify { tangent.gate(by: c.value) }
    }
    return c
  }

  private func tangentProduct(
    _ a: DualMatrix<Scalar>, _ weights: DualWeights<Scalar>,
    bias: UnsafePointer<Scalar>?, into c: Matrix<Scalar>
  ) {
    if let tangent = weights.tangent {
      Scalar.multiply(a.value, tangent, bias: bias, into: c, accumulate: false, rectify: false)
    }
    if let tangent = a.tangent {
      Scalar.multiply(
        tangent, weights.value, bias: weights.tangent == nil ? bias : nil, into: c,
        accumulate: weights.tangent != nil, rectify: false)
    }
  }

  /// Writes one part of aᵀ · b to `target`.
  package func writeOuterProduct(
    _ a: DualMatrix<Scalar>, _ b: DualMatrix<Scalar>, _ part: GradientTarget<Scalar>.Part,
    to target: Matrix<Scalar>
  ) {
    var accumulate = false
    func add(_ left: Matrix<Scalar>?, _ right: Matrix<Scalar>?) {
      guard let left, let right else { return }
      scope {
        Scalar.multiply(
          left.transposed, packed(right), bias: nil, into: target, accumulate: accumulate,
          rectify: false)
      }
      accumulate = true
    }
    switch part {
    case .value:
      add(a.value, b.value)
    case .tangent:
      add(a.tangent, b.value)
      add(a.value, b.tangent)
      if !accumulate { target.clear() }
    }
  }

  /// One row: the sum of `matrix`'s rows.
  package func rowSum(_ matrix: DualMatrix<Scalar>) -> DualMatrix<Scalar> {
    let sum = dualMatrix(1, matrix.columns, withTangent: matrix.tangent != nil)
    addRows(matrix.value, to: sum.value)
    if let source = matrix.tangent, let target = sum.tangent { addRows(source, to: target) }
    return sum
  }

  private func addRows(_ matrix: Matrix<Scalar>, to sum: Matrix<Scalar>) {
    sum.clear()
    for row in 0..<matrix.rows { Scalar.add(matrix.columns, matrix.row(row), to: sum.base) }
  }
}

extension DualMatrix {
  /// Copies one part of a single row to `target`; zero where it has no tangent.
  package func copyRow(_ part: GradientTarget<Scalar>.Part, to target: UnsafeMutablePointer<Scalar>)
  {
    switch part {
    case .value: target.update(from: value.base, count: columns)
    case .tangent:
      if let tangent {
        target.update(from: tangent.base, count: columns)
      } else {
        Scalar.clear(columns, target)
      }
    }
  }
}
