// The SIMD kernels of one processor against plain loops, bit for bit: a program in Embedded
// Swift, so that it can be compiled for another processor and run under its emulator.
//   make -f scripts/embedded.mk kernels ARCH=aarch64
// KernelTests.swift has tests with tolerances for the machine that compiles.
import HelpKernels

#if arch(x86_64)
  import CHelpCPU
  import HelpKernelsAVX2
#endif

typealias Multiply = (
  Int, Int, Int, UnsafePointer<Float>, Int, Int, UnsafePointer<Float>, UnsafePointer<Float>?,
  UnsafeMutablePointer<Float>, Int, Bool, Bool
) -> Void

/// The kernels of one instruction set.
struct Kernels {
  let name: StaticString
  /// Whether a product and a sum are rounded once.
  let fused: Bool
  let multiply: Multiply

  /// Of every processor of the kind; the row operations are always these.
  static var baseline: Kernels {
    #if arch(x86_64)
      Kernels(name: "x86-64", fused: false, multiply: HelpKernels.multiply)
    #else
      Kernels(name: "NEON", fused: true, multiply: HelpKernels.multiply)
    #endif
  }

  /// All that this processor has.
  static var all: [Kernels] {
    #if arch(x86_64)
      if help_cpu_has_avx2_fma() != 0 {
        return [baseline, Kernels(name: "AVX2", fused: true, multiply: HelpKernelsAVX2.multiply)]
      }
    #endif
    return [baseline]
  }

  func sum(_ sum: Float, _ a: Float, _ b: Float) -> Float {
    fused ? sum.addingProduct(a, b) : sum + a * b
  }
}

/// Numbers in -1..<1 by a linear congruence.
struct Numbers {
  private var state: UInt64 = 42

  mutating func draw(_ count: Int) -> [Float] {
    (0..<count).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Float(state >> 40) / Float(1 << 23) - 1
    }
  }
}

struct Product {
  let m, n, k: Int
  let transposed, accumulate, rectify: Bool
  let a, b, bias, c: [Float]

  init(
    _ m: Int, _ n: Int, _ k: Int, transposed: Bool, accumulate: Bool, rectify: Bool,
    _ numbers: inout Numbers
  ) {
    (self.m, self.n, self.k) = (m, n, k)
    (self.transposed, self.accumulate, self.rectify) = (transposed, accumulate, rectify)
    (a, b) = (numbers.draw(m * k), numbers.draw(k * n))
    (bias, c) = (numbers.draw(n), numbers.draw(m * n))
  }

  private var strides: (row: Int, column: Int) { transposed ? (1, m) : (k, 1) }

  func plain(_ kernels: Kernels) -> [Float] {
    (0..<(m * n)).map { place in
      let (i, j) = (place / n, place % n)
      var sum = accumulate ? c[place] : bias[j]
      for l in 0..<k {
        sum = kernels.sum(sum, a[i * strides.row + l * strides.column], b[l * n + j])
      }
      return rectify && sum < 0 ? 0 : sum
    }
  }

  func fast(_ kernels: Kernels) -> [Float] {
    var packed = [Float](repeating: .nan, count: HelpKernels.packedCount(k, n))
    HelpKernels.pack(k, n, b, n, 1, &packed)
    var result = c
    kernels.multiply(
      m, n, k, a, strides.row, strides.column, packed, bias, &result, n, accumulate, rectify)
    return result
  }
}

func haveSameBits(_ a: [Float], _ b: [Float]) -> Bool {
  a.count == b.count && a.indices.allSatisfy { a[$0].bitPattern == b[$0].bitPattern }
}

struct Checks {
  private(set) var checks = 0
  private(set) var failures = 0

  private mutating func check(
    _ isTrue: Bool, _ kernels: Kernels, _ what: StaticString, _ sizes: [Int]
  ) {
    checks += 1
    if isTrue { return }
    failures += 1
    print("\(kernels.name) \(what): other bits than plain loops; sizes:")
    for size in sizes { print(size) }
  }

  mutating func checkProducts(_ kernels: Kernels) {
    var numbers = Numbers()
    let sides = [1, 2, 3, 5, 6, 7, 48, 53]
    for m in sides {
      for n in [1, 15, 16, 17, 64, 65, 100] {
        for k in [1, 7, 33] {
          for flags in 0..<8 {
            let product = Product(
              m, n, k, transposed: flags & 1 != 0, accumulate: flags & 2 != 0,
              rectify: flags & 4 != 0, &numbers)
            check(
              haveSameBits(product.fast(kernels), product.plain(kernels)), kernels, "multiply",
              [m, n, k, flags])
          }
        }
      }
    }
  }

  mutating func checkRows(_ kernels: Kernels) {
    var numbers = Numbers()
    for count in [0, 1, 15, 16, 17, 100] {
      let (a, b, c) = (numbers.draw(count), numbers.draw(count), numbers.draw(count))
      func check(_ what: StaticString, _ fast: [Float], _ plain: (Int) -> Float) {
        self.check(haveSameBits(fast, a.indices.map(plain)), kernels, what, [count])
      }
      var result = a
      HelpKernels.add(count, b, &result)
      check("add", result) { a[$0] + b[$0] }
      result = a
      HelpKernels.addScaled(count, 0.3, b, &result)
      // The last ones are not in a vector, and round twice.
      check("addScaled", result) {
        $0 < count / 16 * 16 ? kernels.sum(a[$0], 0.3, b[$0]) : a[$0] + 0.3 * b[$0]
      }
      HelpKernels.subtractProduct(count, a, b, c, &result)
      check("subtractProduct", result) { a[$0] - b[$0] * c[$0] }
      HelpKernels.product(count, a, b, &result)
      check("product", result) { a[$0] * b[$0] }
      result = a
      HelpKernels.keepWherePositive(count, b, &result)
      check("keepWherePositive", result) { b[$0] > 0 ? a[$0] : 0 }
    }
  }
}

@main struct Program {
  static func main() {
    var checks = Checks()
    for kernels in Kernels.all {
      checks.checkProducts(kernels)
      print("\(kernels.name) beside plain loops")
    }
    checks.checkRows(Kernels.baseline)
    print("\(checks.checks) checks, \(checks.failures) failures")
    if checks.failures > 0 { fatalError("kernels and plain loops differ") }
  }
}
