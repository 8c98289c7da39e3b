@testable import HelpNumerics
import Testing

@Suite struct CholeskyTests {
  @Test func solutionAndDeterminantOfASmallMatrix() throws {
    // Determinant 36; 7s lie above the diagonal, which is not read.
    let cholesky = try #require(Cholesky([4, 7, 7, 2, 5, 7, 2, 1, 3.25], size: 3))
    let x = cholesky.solve([14, 15, 13.75])
    #expect(zip(x, [1, 2, 3]).allSatisfy { abs($0 - $1) < 1e-12 })
  }

  @Test(arguments: [1, 2, 17, 60])
  func solutionsSolve(size: Int) throws {
    var random = RandomSource(seed: 3)
    let root = (0..<(size * size)).map { _ in random.normal() }
    func entry(_ i: Int, _ j: Int) -> Double {
      (0..<size).reduce(i == j ? 0.1 : 0) { $0 + root[i * size + $1] * root[j * size + $1] }
    }
    let matrix = (0..<(size * size)).map { entry($0 / size, $0 % size) }
    let b = (0..<size).map { _ in random.normal() }
    let x = try #require(Cholesky(matrix, size: size)).solve(b)
    for i in 0..<size {
      let product = (0..<size).reduce(0) { $0 + matrix[i * size + $1] * x[$1] }
      #expect(abs(product - b[i]) < 1e-7)
    }
  }

  /// ‖L⁻¹ b‖² is b · A⁻¹ b.
  @Test func lowerHalfOfASolution() throws {
    let cholesky = try #require(Cholesky([2, 0, 1, 3], size: 2))
    let b = [0.5, -4]
    let lower = cholesky.solveLower(b).reduce(0) { $0 + $1 * $1 }
    let whole = zip(cholesky.solve(b), b).reduce(0) { $0 + $1.0 * $1.1 }
    #expect(abs(lower - whole) < 1e-12)
  }

  @Test(arguments: [
    [0, 0, 0, 1], [1, 0, 2, 1], [.nan, 0, 0, 1], [1, 0, .infinity, 1], [-1, 0, 0, 1],
  ])
  func whatIsNotPositiveDefiniteIsRefused(_ matrix: [Double]) {
    #expect(Cholesky(matrix, size: 2) == nil)
  }

  /// The view on raw memory: the same matrix's determinant is 36, and A⁻¹ · A is 1.
  @Test func determinantAndInverseInPlace() throws {
    let matrix = [4.0, 2, 2, 2, 5, 1, 2, 1, 3.25]
    var (memory, inverse) = (matrix, [Double](repeating: 0, count: 9))
    try memory.withUnsafeMutableBufferPointer { memory in
      try inverse.withUnsafeMutableBufferPointer { inverse in
        let (base, target) = try (#require(memory.baseAddress), #require(inverse.baseAddress))
        let factor = try #require(CholeskyFactor(factorizing: base, size: 3))
        #expect(abs(factor.logDeterminant - logarithm(36)) < 1e-12)
        factor.invert(into: target)
      }
    }
    for i in 0..<3 {
      for j in 0..<3 {
        let product = (0..<3).reduce(0) { $0 + inverse[3 * i + $1] * matrix[3 * $1 + j] }
        #expect(abs(product - (i == j ? 1 : 0)) < 1e-12)
      }
    }
  }
}
