import HelpKernels
@testable import HelpNumerics
import Testing

#if arch(x86_64)
  import CHelpCPU
  import HelpKernelsAVX2
#endif

/// The SIMD kernels, both compilations, against plain loops in Double.
@Suite struct KernelTests {
  struct Size: Sendable, CustomTestStringConvertible {
    let m, n, k: Int
    var testDescription: String { "\(m)x\(n)x\(k)" }
  }

  static let sizes = [
    Size(m: 1, n: 1, k: 1), Size(m: 1, n: 100, k: 200), Size(m: 2, n: 16, k: 7),
    Size(m: 3, n: 17, k: 33), Size(m: 5, n: 64, k: 10), Size(m: 7, n: 31, k: 1),
    Size(m: 48, n: 100, k: 100), Size(m: 53, n: 70, k: 40), Size(m: 1, n: 65, k: 3),
  ]

  @Test(arguments: sizes, [false, true])
  func productMatchesPlainLoops(size: Size, transposed: Bool) {
    for accumulate in [false, true] {
      for rectify in [false, true] {
        let problem = Problem(size, transposed: transposed, seed: 3)
        let exact = problem.plain(accumulate: accumulate, rectify: rectify)
        for compute in Problem.kernels {
          let fast = problem.fast(accumulate: accumulate, rectify: rectify, compute)
          for (a, b) in zip(fast, exact) { #expect(abs(Double(a) - b) < 1e-4) }
        }
      }
    }
  }

  /// What a row yields must not depend on the rows beside it: predictions would otherwise
  /// change with the batch.
  @Test func rowsDoNotDependOnTheirNeighbours() {
    let problem = Problem(Size(m: 61, n: 100, k: 57), transposed: false, seed: 9)
    for compute in Problem.kernels {
      let whole = problem.fast(accumulate: false, rectify: true, compute)
      for row in [0, 5, 6, 47, 48, 58, 60] {
        let alone = problem.row(row).fast(accumulate: false, rectify: true, compute)
        #expect(alone == Array(whole[(row * 100)..<(row * 100 + 100)]))
      }
    }
  }

  @Test(arguments: [0, 1, 15, 16, 17, 100])
  func rowOperationsMatchPlainLoops(count: Int) {
    var random = RandomSource(seed: 4)
    func draw() -> [Float] { (0..<count).map { _ in Float(random.normal()) } }
    let (a, b, c) = (draw(), draw(), draw())
    var sum = c
    Float.add(count, a, to: &sum)
    #expect(sum == zip(a, c).map { $0 + $1 })
    var scaled = c
    Float.add(count, 0.5, a, to: &scaled)
    #expect(zip(scaled, zip(a, c)).allSatisfy { abs($0 - (0.5 * $1.0 + $1.1)) < 1e-6 })
    var step = [Float](repeating: 0, count: count)
    Float.subtractProduct(count, a, b, c, into: &step)
    #expect(zip(step, zip(a, zip(b, c))).allSatisfy { abs($0 - ($1.0 - $1.1.0 * $1.1.1)) < 1e-6 })
    var product = step
    Float.product(count, a, b, into: &product)
    #expect(product == zip(a, b).map { $0 * $1 })
    var kept = a
    Float.keepWherePositive(count, b, &kept)
    #expect(kept == zip(a, b).map { $1 > 0 ? $0 : 0 })
  }
}

/// One product with random entries.
private struct Problem {
  typealias Kernel = (
    Int, Int, Int, UnsafePointer<Float>, Int, Int, UnsafePointer<Float>, UnsafePointer<Float>?,
    UnsafeMutablePointer<Float>, Int, Bool, Bool
  ) -> Void

  static var kernels: [Kernel] {
    #if arch(x86_64)
      if help_cpu_has_avx2_fma() != 0 { return [HelpKernels.multiply, HelpKernelsAVX2.multiply] }
    #endif
    return [HelpKernels.multiply]
  }

  let size: KernelTests.Size
  let transposed: Bool
  let a, b, bias, c: [Float]

  init(_ size: KernelTests.Size, transposed: Bool, seed: UInt64) {
    var random = RandomSource(seed: seed)
    func draw(_ count: Int) -> [Float] { (0..<count).map { _ in Float(random.normal()) } }
    self.size = size
    self.transposed = transposed
    a = draw(size.m * size.k)
    b = draw(size.k * size.n)
    bias = draw(size.n)
    c = draw(size.m * size.n)
  }

  private init(_ size: KernelTests.Size, a: [Float], b: [Float], bias: [Float], c: [Float]) {
    self.size = size
    transposed = false
    self.a = a
    self.b = b
    self.bias = bias
    self.c = c
  }

  /// The problem of one row of a.
  func row(_ i: Int) -> Problem {
    Problem(
      .init(m: 1, n: size.n, k: size.k),
      a: Array(a[(i * size.k)..<((i + 1) * size.k)]), b: b, bias: bias,
      c: Array(c[(i * size.n)..<((i + 1) * size.n)]))
  }

  private var strides: (Int, Int) { transposed ? (1, size.m) : (size.k, 1) }

  func plain(accumulate: Bool, rectify: Bool) -> [Double] {
    let (row, column) = strides
    return (0..<(size.m * size.n)).map { place in
      let (i, j) = place.quotientAndRemainder(dividingBy: size.n)
      var sum = Double(accumulate ? c[place] : bias[j])
      for k in 0..<size.k {
        sum += Double(a[i * row + k * column]) * Double(b[k * size.n + j])
      }
      return rectify ? max(sum, 0) : sum
    }
  }

  func fast(accumulate: Bool, rectify: Bool, _ multiply: Kernel) -> [Float] {
    var packed = [Float](repeating: .nan, count: Float.packedCount(rows: size.k, columns: size.n))
    HelpKernels.pack(size.k, size.n, b, size.n, 1, &packed)
    var result = c
    let (row, column) = strides
    multiply(
      size.m, size.n, size.k, a, row, column, packed, bias, &result, size.n, accumulate, rectify)
    return result
  }
}
