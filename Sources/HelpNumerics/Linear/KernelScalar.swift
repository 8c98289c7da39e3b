import HelpKernels

#if arch(x86_64)
  import CHelpCPU
  import HelpKernelsAVX2
#endif

/// A number the networks compute with: `Float` on the SIMD kernels, `Double` by plain
/// loops, for gradient checks. The plain loops are also what the kernels are tested against.
package protocol KernelScalar: BinaryFloatingPoint, Sendable {
  /// Elements `pack` writes for a matrix of this size.
  static func packedCount(rows: Int, columns: Int) -> Int
  /// Lays `matrix` out at `target` as the right side of products.
  static func pack(_ matrix: Matrix<Self>, at target: UnsafeMutablePointer<Self>)
  /// c = a · b, plus c itself (`accumulate`) or a bias of b's columns, negatives cut if `rectify`.
  /// c's columns are adjacent.
  static func multiply(
    _ a: Matrix<Self>, _ b: PackedMatrix<Self>, bias: UnsafePointer<Self>?,
    into c: Matrix<Self>, accumulate: Bool, rectify: Bool)
  /// values = 0
  static func clear(_ count: Int, _ values: UnsafeMutablePointer<Self>)
  /// sum += row
  static func add(_ count: Int, _ row: UnsafePointer<Self>, to sum: UnsafeMutablePointer<Self>)
  /// sum += factor * row
  static func add(
    _ count: Int, _ factor: Self, _ row: UnsafePointer<Self>, to sum: UnsafeMutablePointer<Self>)
  /// out = a - b * c
  static func subtractProduct(
    _ count: Int, _ a: UnsafePointer<Self>, _ b: UnsafePointer<Self>, _ c: UnsafePointer<Self>,
    into out: UnsafeMutablePointer<Self>)
  /// out = a * b
  static func product(
    _ count: Int, _ a: UnsafePointer<Self>, _ b: UnsafePointer<Self>,
    into out: UnsafeMutablePointer<Self>)
  /// values = 0 wherever gate is not positive
  static func keepWherePositive(
    _ count: Int, _ gate: UnsafePointer<Self>, _ values: UnsafeMutablePointer<Self>)
}

// MARK: - Plain loops

extension KernelScalar {
  package static func packedCount(rows: Int, columns: Int) -> Int { rows * columns }

  package static func pack(_ matrix: Matrix<Self>, at target: UnsafeMutablePointer<Self>) {
    for i in 0..<matrix.rows {
      for j in 0..<matrix.columns {
        target[i * matrix.columns + j] = matrix.row(i)[j * matrix.columnStride]
      }
    }
  }

  package static func multiply(
    _ a: Matrix<Self>, _ b: PackedMatrix<Self>, bias: UnsafePointer<Self>?,
    into c: Matrix<Self>, accumulate: Bool, rectify: Bool
  ) {
    for i in 0..<c.rows {
      for j in 0..<c.columns {
        var sum = accumulate ? c.row(i)[j] : bias?[j] ?? 0
        for k in 0..<a.columns {
          sum += a.row(i)[k * a.columnStride] * b.base[k * b.columns + j]
        }
        c.row(i)[j] = rectify && sum < 0 ? 0 : sum
      }
    }
  }

  package static func clear(_ count: Int, _ values: UnsafeMutablePointer<Self>) {
    values.update(repeating: 0, count: count)
  }

  package static func add(
    _ count: Int, _ row: UnsafePointer<Self>, to sum: UnsafeMutablePointer<Self>
  ) {
    for i in 0..<count { sum[i] += row[i] }
  }

  package static func add(
    _ count: Int, _ factor: Self, _ row: UnsafePointer<Self>, to sum: UnsafeMutablePointer<Self>
  ) {
    for i in 0..<count { sum[i] += factor * row[i] }
  }

  package static func subtractProduct(
    _ count: Int, _ a: UnsafePointer<Self>, _ b: UnsafePointer<Self>, _ c: UnsafePointer<Self>,
    into out: UnsafeMutablePointer<Self>
  ) {
    for i in 0..<count { out[i] = a[i] - b[i] * c[i] }
  }

  package static func product(
    _ count: Int, _ a: UnsafePointer<Self>, _ b: UnsafePointer<Self>,
    into out: UnsafeMutablePointer<Self>
  ) {
    for i in 0..<count { out[i] = a[i] * b[i] }
  }

  package static func keepWherePositive(
    _ count: Int, _ gate: UnsafePointer<Self>, _ values: UnsafeMutablePointer<Self>
  ) {
    for i in 0..<count where gate[i] <= 0 { values[i] = 0 }
  }
}

extension Double: KernelScalar {}

// MARK: - SIMD kernels

#if arch(x86_64)
  /// Asked each time, so that the library keeps no state; it costs a load and a test.
  private var hasAVX2: Bool {
    @inline(__always) get { help_cpu_has_avx2_fma() != 0 }
  }
#endif

extension Float: KernelScalar {
  package static func packedCount(rows: Int, columns: Int) -> Int {
    HelpKernels.packedCount(rows, columns)
  }

  package static func pack(_ m: Matrix<Float>, at target: UnsafeMutablePointer<Float>) {
    HelpKernels.pack(m.rows, m.columns, m.base, m.rowStride, m.columnStride, target)
  }

  package static func multiply(
    _ a: Matrix<Float>, _ b: PackedMatrix<Float>, bias: UnsafePointer<Float>?,
    into c: Matrix<Float>, accumulate: Bool, rectify: Bool
  ) {
    #if arch(x86_64)
      if hasAVX2 {
        return HelpKernelsAVX2.multiply(
          c.rows, c.columns, a.columns, a.base, a.rowStride, a.columnStride, b.base, bias,
          c.base, c.rowStride, accumulate, rectify)
      }
    #endif
    HelpKernels.multiply(
      c.rows, c.columns, a.columns, a.base, a.rowStride, a.columnStride, b.base, bias,
      c.base, c.rowStride, accumulate, rectify)
  }

  /// As `KernelScalar`'s, but compiled for Float: generic code fills element by element.
  package static func clear(_ count: Int, _ values: UnsafeMutablePointer<Float>) {
    values.update(repeating: 0, count: count)
  }

  package static func add(
    _ count: Int, _ row: UnsafePointer<Float>, to sum: UnsafeMutablePointer<Float>
  ) {
    HelpKernels.add(count, row, sum)
  }

  package static func add(
    _ count: Int, _ factor: Float, _ row: UnsafePointer<Float>,
    to sum: UnsafeMutablePointer<Float>
  ) {
    HelpKernels.addScaled(count, factor, row, sum)
  }

  package static func subtractProduct(
    _ count: Int, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ c: UnsafePointer<Float>,
    into out: UnsafeMutablePointer<Float>
  ) {
    HelpKernels.subtractProduct(count, a, b, c, out)
  }

  package static func product(
    _ count: Int, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>,
    into out: UnsafeMutablePointer<Float>
  ) {
    HelpKernels.product(count, a, b, out)
  }

  package static func keepWherePositive(
    _ count: Int, _ gate: UnsafePointer<Float>, _ values: UnsafeMutablePointer<Float>
  ) {
    HelpKernels.keepWherePositive(count, gate, values)
  }
}
