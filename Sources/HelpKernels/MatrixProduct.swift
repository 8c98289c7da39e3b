// Matrix product and row operations on Float, compiled twice: as HelpKernels for any
// processor and as HelpKernelsAVX2 (a symbolic link to this folder) for AVX2 and FMA.
//
// Free functions on raw pointers only: a class or an array here would leave code in
// the AVX2 object that the linker may pick for everyone. Callers have checked every
// size. Each element of a product is summed over k in ascending order in one
// accumulator, in every path, so a row's result does not depend on its neighbours.

/// Rows carried through all panels at a time, so that they stay in the first cache.
private let blockRows = 48

/// Floats that `pack` writes for `k` rows of `n` columns: whole panels of 16.
@export(interface) package func packedCount(_ k: Int, _ n: Int) -> Int { (n + 15) / 16 * 16 * k }

/// Packs b (k by n, any strides) into panels of 16 columns, each k rows long.
@export(interface) package func pack(
  _ k: Int, _ n: Int, _ b: UnsafePointer<Float>, _ rowStride: Int, _ columnStride: Int,
  _ packed: UnsafeMutablePointer<Float>
) {
  var out = packed
  var column = 0
  while column < n {
    let width = min(16, n &- column)
    for row in 0..<k {
      let source = b + (row &* rowStride &+ column &* columnStride)
      if columnStride == 1 && width == 16 {
        store(load(source), out)
      } else {
        for j in 0..<width { out[j] = source[j &* columnStride] }
        for j in width..<16 { out[j] = 0 }
      }
      out += 16
    }
    column &+= 16
  }
}

/// c = a · b, with what `start` and `bias` say added first and negatives cut when `rectify`.
///
/// - a: m by k, any strides. packed: b as `pack` left it. c: m by n, rows `cStride` apart.
/// - accumulate: start from c rather than from `bias` (nil: from zero).
@export(interface) package func multiply(
  _ m: Int, _ n: Int, _ k: Int,
  _ a: UnsafePointer<Float>, _ aRow: Int, _ aColumn: Int,
  _ packed: UnsafePointer<Float>, _ bias: UnsafePointer<Float>?,
  _ c: UnsafeMutablePointer<Float>, _ cStride: Int, _ accumulate: Bool, _ rectify: Bool
) {
  if m == 1 {
    return multiplyRow(n, k, a, aColumn, packed, bias, c, accumulate, rectify)
  }
  var first = 0
  while first < m {
    let rows = min(blockRows, m &- first)
    var column = 0
    while column < n {
      let panel = Panel(
        b: packed + column &* k, k: k, width: min(16, n &- column),
        bias: bias.map { $0 + column }, accumulate: accumulate, rectify: rectify)
      panel.multiply(
        rows, a + first &* aRow, aRow, aColumn, c + (first &* cStride &+ column), cStride)
      column &+= 16
    }
    first &+= rows
  }
}

/// One row of c: four panels at once, because one alone would wait for its own sums.
private func multiplyRow(
  _ n: Int, _ k: Int, _ a: UnsafePointer<Float>, _ aColumn: Int,
  _ packed: UnsafePointer<Float>, _ bias: UnsafePointer<Float>?,
  _ c: UnsafeMutablePointer<Float>, _ accumulate: Bool, _ rectify: Bool
) {
  var column = 0
  while column < n {
    let width = min(16, n &- column)
    let panel = Panel(
      b: packed + column &* k, k: k, width: width,
      bias: bias.map { $0 + column }, accumulate: accumulate, rectify: rectify)
    if n &- column >= 64 {
      panel.fourPanels(a, aColumn, c + column)
      column &+= 64
    } else {
      panel.oneRow(a, aColumn, c + column)
      column &+= 16
    }
  }
}

/// Up to 16 columns of b and of c.
private struct Panel {
  let b: UnsafePointer<Float>
  let k: Int
  let width: Int
  let bias: UnsafePointer<Float>?
  let accumulate: Bool
  let rectify: Bool

  @inline(__always)
  func multiply(
    _ rows: Int, _ a: UnsafePointer<Float>, _ aRow: Int, _ aColumn: Int,
    _ c: UnsafeMutablePointer<Float>, _ cStride: Int
  ) {
    var row = 0
    while row &+ 6 <= rows {
      sixRows(a + row &* aRow, aRow, aColumn, c + row &* cStride, cStride)
      row &+= 6
    }
    if row &+ 3 <= rows {
      threeRows(a + row &* aRow, aRow, aColumn, c + row &* cStride, cStride)
      row &+= 3
    }
    while row < rows {
      oneRow(a + row &* aRow, aColumn, c + row &* cStride)
      row &+= 1
    }
  }

  @inline(__always)
  func sixRows(
    _ a: UnsafePointer<Float>, _ aRow: Int, _ aColumn: Int,
    _ c: UnsafeMutablePointer<Float>, _ cStride: Int
  ) {
    var s0 = start(c)
    var s1 = start(c + cStride)
    var s2 = start(c + 2 &* cStride)
    var s3 = start(c + 3 &* cStride)
    var s4 = start(c + 4 &* cStride)
    var s5 = start(c + 5 &* cStride)
    var element = a
    var row = b
    for _ in 0..<k {
      let v = load(row)
      s0 = addProduct(s0, element[0], v)
      s1 = addProduct(s1, element[aRow], v)
      s2 = addProduct(s2, element[2 &* aRow], v)
      s3 = addProduct(s3, element[3 &* aRow], v)
      s4 = addProduct(s4, element[4 &* aRow], v)
      s5 = addProduct(s5, element[5 &* aRow], v)
      element += aColumn
      row += 16
    }
    finish(s0, c)
    finish(s1, c + cStride)
    finish(s2, c + 2 &* cStride)
    finish(s3, c + 3 &* cStride)
    finish(s4, c + 4 &* cStride)
    finish(s5, c + 5 &* cStride)
  }

  @inline(__always)
  func threeRows(
    _ a: UnsafePointer<Float>, _ aRow: Int, _ aColumn: Int,
    _ c: UnsafeMutablePointer<Float>, _ cStride: Int
  ) {
    var s0 = start(c)
    var s1 = start(c + cStride)
    var s2 = start(c + 2 &* cStride)
    var element = a
    var row = b
    for _ in 0..<k {
      let v = load(row)
      s0 = addProduct(s0, element[0], v)
      s1 = addProduct(s1, element[aRow], v)
      s2 = addProduct(s2, element[2 &* aRow], v)
      element += aColumn
      row += 16
    }
    finish(s0, c)
    finish(s1, c + cStride)
    finish(s2, c + 2 &* cStride)
  }

  @inline(__always)
  func oneRow(_ a: UnsafePointer<Float>, _ aColumn: Int, _ c: UnsafeMutablePointer<Float>) {
    var sum = start(c)
    var element = a
    var row = b
    for _ in 0..<k {
      sum = addProduct(sum, element.pointee, load(row))
      element += aColumn
      row += 16
    }
    finish(sum, c)
  }

  /// This panel and the three after it; all 64 columns exist.
  @inline(__always)
  func fourPanels(_ a: UnsafePointer<Float>, _ aColumn: Int, _ c: UnsafeMutablePointer<Float>) {
    let panel = 16 &* k
    var s0 = start(c, 0)
    var s1 = start(c, 16)
    var s2 = start(c, 32)
    var s3 = start(c, 48)
    var element = a
    var row = b
    for _ in 0..<k {
      let value = element.pointee
      s0 = addProduct(s0, value, load(row))
      s1 = addProduct(s1, value, load(row + panel))
      s2 = addProduct(s2, value, load(row + 2 &* panel))
      s3 = addProduct(s3, value, load(row + 3 &* panel))
      element += aColumn
      row += 16
    }
    store(rectified(s0), c)
    store(rectified(s1), c + 16)
    store(rectified(s2), c + 32)
    store(rectified(s3), c + 48)
  }

  @inline(__always)
  func start(_ c: UnsafeMutablePointer<Float>) -> SIMD16<Float> {
    if width == 16 { return start(c, 0) }
    guard let source = accumulate ? UnsafePointer(c) : bias else { return .zero }
    var padded = SIMD16<Float>.zero
    for j in 0..<width { padded[j] = source[j] }
    return padded
  }

  @inline(__always)
  func start(_ c: UnsafeMutablePointer<Float>, _ column: Int) -> SIMD16<Float> {
    if accumulate { return load(UnsafePointer(c) + column) }
    return bias.map { load($0 + column) } ?? .zero
  }

  @inline(__always)
  func rectified(_ sum: SIMD16<Float>) -> SIMD16<Float> {
    rectify ? sum.replacing(with: 0, where: sum .< 0) : sum
  }

  @inline(__always)
  func finish(_ sum: SIMD16<Float>, _ c: UnsafeMutablePointer<Float>) {
    let result = rectified(sum)
    if width == 16 { return store(result, c) }
    for j in 0..<width { c[j] = result[j] }
  }
}

@inline(__always)
func load(_ pointer: UnsafePointer<Float>) -> SIMD16<Float> {
  UnsafeRawPointer(pointer).loadUnaligned(as: SIMD16<Float>.self)
}

@inline(__always)
func store(_ value: SIMD16<Float>, _ pointer: UnsafeMutablePointer<Float>) {
  UnsafeMutableRawPointer(pointer).storeBytes(of: value, as: SIMD16<Float>.self)
}

@inline(__always)
func addProduct(_ sum: SIMD16<Float>, _ a: Float, _ b: SIMD16<Float>) -> SIMD16<Float> {
  addProduct(sum, SIMD16(repeating: a), b)
}

@inline(__always)
func addProduct(
  _ sum: SIMD16<Float>, _ a: SIMD16<Float>, _ b: SIMD16<Float>
) -> SIMD16<Float> {
  #if HELP_FMA || arch(arm64)
    sum.addingProduct(a, b)
  #else
    // Without the instruction addingProduct is a library call for each lane.
    sum + a * b
  #endif
}
