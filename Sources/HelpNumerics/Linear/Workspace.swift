/// Scratch memory handed out piece by piece and taken back in reverse order.
///
/// Not thread-safe: each worker has its own. Nothing it hands out is initialised.
package final class Workspace<Scalar: KernelScalar> {
  private var chunks: [UnsafeMutableBufferPointer<Scalar>] = []
  private var current = 0
  private var used = 0

  package init() {}

  deinit {
    for chunk in chunks { chunk.deallocate() }
  }

  /// `count` elements, valid until the enclosing `scope` ends.
  package func take(_ count: Int) -> UnsafeMutablePointer<Scalar> {
    // Whole cache lines, so that pieces do not share one.
    let size = (max(count, 1) + 15) / 16 * 16
    while true {
      if current == chunks.count { addChunk(holding: size) }
      let chunk = chunks[current]
      if used + size <= chunk.count, let base = chunk.baseAddress {
        defer { used += size }
        return base + used
      }
      current += 1
      used = 0
    }
  }

  package func matrix(_ rows: Int, _ columns: Int) -> Matrix<Scalar> {
    let stride = (columns + 15) / 16 * 16
    return Matrix(take(rows * stride), rows: rows, columns: columns, rowStride: stride)
  }

  package func packed(_ matrix: Matrix<Scalar>) -> PackedMatrix<Scalar> {
    let base = take(Scalar.packedCount(rows: matrix.rows, columns: matrix.columns))
    Scalar.pack(matrix, at: base)
    return PackedMatrix(base: base, rows: matrix.rows, columns: matrix.columns)
  }

  /// Takes back, at its end, all that `body` took.
  package func scope<Result>(_ body: () -> Result) -> Result {
    let mark = (current, used)
    defer { (current, used) = mark }
    return body()
  }

  /// Chunks stay below what malloc maps anew each time: fresh pages cost an adaptation more
  /// than its arithmetic.
  private func addChunk(holding size: Int) {
    let last = chunks.last?.count ?? 0
    chunks.append(.allocate(capacity: max(size, min(2 * last, 1 << 15), 1 << 14)))
  }
}
