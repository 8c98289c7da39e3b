@testable import HelpNumerics
import Testing

@Suite struct PenalizedRegressionTests {
  /// Random columns, one of them constant; targets, and a line to leave free.
  private struct Problem {
    var columns: [[Double]]
    let line: [Double]?
    let targets: [Double]

    init(rows: Int, columns: Int, hasLine: Bool) {
      var random = RandomSource(seed: UInt64(100 * rows + columns))
      func draw() -> [Double] { (0..<rows).map { _ in 3 + random.normal() } }
      self.columns = (1..<columns).map { _ in draw() } + [[Double](repeating: 2, count: rows)]
      line = hasLine ? draw() : nil
      targets = draw()
    }

    /// The predictions of all rows from a fit to `rows`, by the normal equations as they are.
    func predictions(_ rows: [Int], penalty: Double) throws -> [Double] {
      let free = [targets.map { _ in 1.0 }] + (line.map { [$0] } ?? [])
      let all = free + columns
      var matrix = [Double](repeating: 0, count: all.count * all.count)
      for i in all.indices {
        for j in 0...i {
          matrix[i * all.count + j] = rows.reduce(0) { $0 + all[i][$1] * all[j][$1] }
        }
        if i >= free.count { matrix[i * all.count + i] += penalty }
      }
      let sums = all.map { column in rows.reduce(0) { $0 + column[$1] * targets[$1] } }
      let weights = try #require(Cholesky(matrix, size: all.count)).solve(sums)
      return targets.indices.map { row in
        zip(all, weights).reduce(0) { $0 + $1.0[row] * $1.1 }
      }
    }
  }

  @Test(arguments: [(8, 5), (5, 8), (6, 6), (30, 4)], [false, true])
  func leavingOutIsAsIfFittedAnew(_ sizes: (Int, Int), _ hasLine: Bool) throws {
    let problem = Problem(rows: sizes.0, columns: sizes.1, hasLine: hasLine)
    let regression = PenalizedRegression(
      columns: problem.columns, line: problem.line, targets: problem.targets)
    let fit = try #require(regression.best([0.3]))
    var squares = 0.0
    for row in 0..<sizes.0 {
      let others = (0..<sizes.0).filter { $0 != row }
      let predictions = try problem.predictions(others, penalty: 0.3 * regression.unit)
      squares +=
        (predictions[row] - problem.targets[row]) * (predictions[row] - problem.targets[row])
    }
    #expect(abs(fit.error / (squares / Double(sizes.0)) - 1) < 1e-8)
  }

  @Test(arguments: [(8, 5), (5, 8)])
  func slopesSolveTheNormalEquations(_ sizes: (Int, Int)) throws {
    let problem = Problem(rows: sizes.0, columns: sizes.1, hasLine: true)
    let regression = PenalizedRegression(
      columns: problem.columns, line: problem.line, targets: problem.targets)
    let fit = try #require(regression.best([1]))
    let rests = problem.targets.indices.map { row in
      zip(problem.columns, fit.slopes).reduce(problem.targets[row]) { $0 - $1.0[row] * $1.1 }
    }
    let line = LineFit(try #require(problem.line), targets: rests)
    let expected = try problem.predictions(Array(0..<sizes.0), penalty: regression.unit)
    for row in expected.indices {
      let predicted =
        problem.targets[row] - rests[row]
        + line.slope * (try #require(problem.line))[row] + line.intercept
      #expect(abs(predicted - expected[row]) < 1e-9)
    }
    #expect(fit.slopes.last == 0)
  }

  @Test func theBestPenaltyHasTheLeastError() throws {
    let problem = Problem(rows: 30, columns: 4, hasLine: false)
    let regression = PenalizedRegression(columns: problem.columns, targets: problem.targets)
    let shares = [Double.infinity, 10, 1, 0.1]
    let errors = try shares.map { try #require(regression.best([$0])).error }
    let best = try #require(regression.best(shares))
    #expect(best.error == errors.min())
    #expect(best.share == shares[try #require(errors.firstIndex(of: best.error))])
  }

  /// Without columns that vary there is the line, and no finite penalty.
  @Test func constantColumnsGetNoSlope() throws {
    let regression = PenalizedRegression(columns: [[1, 1, 1]], targets: [1, 2, 4])
    #expect(regression.best([1]) == nil)
    let fit = try #require(regression.best([.infinity, 1]))
    #expect(fit.slopes == [0])
    #expect(fit.share == .infinity)
  }
}
