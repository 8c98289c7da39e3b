import HelpNumerics
@testable import HelpPredictor
import Testing

@Suite struct MonotonicityTests {
  /// Latencies in whole milliseconds, so with ties; some missing.
  private func latencies(devices: Int, rows: Int, missing: Double) -> [[Double]] {
    var random = RandomSource(seed: 9)
    return (0..<devices).map { device in
      (0..<rows).map { row in
        let value = (Double(row) / 4 + Double(device) * random.normal()).rounded()
        return device > 0 && random.uniform() < missing ? .nan : value
      }
    }
  }

  /// Spearman's correlation by counting who is smaller.
  private func naive(_ a: [Double], _ b: [Double]) -> Double {
    let rows = a.indices.filter { !a[$0].isNaN && !b[$0].isNaN }
    func ranks(_ values: [Double]) -> [Double] {
      values.map { value in
        Double(values.count { $0 < value }) + Double(values.count { $0 == value } + 1) / 2
      }
    }
    return correlation(ranks(rows.map { a[$0] }), ranks(rows.map { b[$0] }))
  }

  @Test(arguments: [0, 0.3])
  func isSpearmansOverCommonRows(_ missing: Double) {
    let latencies = latencies(devices: 5, rows: 60, missing: missing)
    let result = Monotonicity(latencies)
    #expect(result.devices == 5)
    for i in 0..<5 {
      for j in 0..<5 {
        #expect(abs(result.matrix[5 * i + j] - naive(latencies[i], latencies[j])) < 1e-12)
        let common = (0..<60).count { !latencies[i][$0].isNaN && !latencies[j][$0].isNaN }
        #expect(result.commonRows[5 * i + j] == common)
        let pair = Monotonicity.compare(latencies[i], latencies[j])
        #expect(pair.0 == result.matrix[5 * i + j] && pair.rows == common)
      }
      #expect(abs(result.matrix[6 * i] - 1) < 1e-12)
    }
  }

  @Test func tooLittleInCommonIsNaN() {
    let gap = Double.nan
    let result = Monotonicity([
      [1, 2, 3, 4, gap], [gap, gap, 3, 4, 5], [7, 7, 7, 7, 7], [gap, gap, gap, gap, gap],
    ])
    #expect(abs(result.matrix[0] - 1) < 1e-15 && abs(result.matrix[5] - 1) < 1e-15)
    #expect(result.matrix[1].isNaN && result.commonRows[1] == 2)
    #expect(result.matrix[2].isNaN && result.commonRows[2] == 4)
    #expect(result.matrix[10].isNaN)
    #expect(result.matrix[15].isNaN && result.commonRows[15] == 0)
    #expect(Monotonicity([]).matrix.isEmpty)
  }

  /// By hand: z = 0.5493 within 1.96 sqrt(1.125 / 47) = 0.3032.
  @Test func theIntervalIsBonettAndWrights() {
    let test = Monotonicity.test(rho: 0.5, n: 50)
    #expect(abs(test.lower - 0.2413) < 1e-4)
    #expect(abs(test.upper - 0.6924) < 1e-4)
    #expect(test.verdict == .different)
  }

  @Test(arguments: [
    (0.95, 10, Monotonicity.Test.Verdict.open), (0.95, 200, .similar), (0.85, 200, .different),
    (1, 10, .similar), (1, 5, .open), (1, 3, .open), (-1, 10, .different), (.nan, 100, .open),
    (1, 1_000_000_000, .similar),
  ])
  func aVerdictTakesEnoughRows(_ rho: Double, _ n: Int, _ verdict: Monotonicity.Test.Verdict) {
    let test = Monotonicity.test(rho: rho, n: n)
    #expect(test.verdict == verdict)
    #expect(-1 <= test.lower && test.upper <= 1)
    #expect(rho.isNaN || (test.lower <= rho && rho <= test.upper))
  }

  /// Normal pairs with correlation r have Spearman's ρ = 6/π asin(r/2).
  @Test(arguments: [(20, 0.9), (20, 0.5), (60, 0.95)])
  func intervalsHoldTheTruth(_ rows: Int, _ correlation: Double) {
    var random = RandomSource(seed: UInt64(rows))
    // asin by its series, which r/2 makes short.
    var (arc, term) = (0.0, correlation / 2)
    for k in 0..<40 {
      arc += term / Double(2 * k + 1)
      term *= correlation * correlation / 4 * Double(2 * k + 1) / Double(2 * k + 2)
    }
    let truth = 6 / Double.pi * arc
    let rest = (1 - correlation * correlation).squareRoot()
    var held = 0
    for _ in 0..<2000 {
      let a = (0..<rows).map { _ in random.normal() }
      let b = a.map { correlation * $0 + rest * random.normal() }
      let test = Monotonicity.test(rho: spearman(a, b), n: rows)
      if test.lower <= truth && truth <= test.upper { held += 1 }
    }
    #expect((0.92...0.98).contains(Double(held) / 2000))
  }
}
