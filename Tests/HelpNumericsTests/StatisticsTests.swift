@testable import HelpNumerics
import Testing

@Suite struct StatisticsTests {
  /// A mean of tenths is not exactly a tenth.
  @Test func correlationWithAConstantIsNone() {
    #expect(
      correlation([Double](repeating: 0.1, count: 10), [Double](repeating: 0.3, count: 10)).isNaN)
    #expect(correlation([0.1, 0.1, 0.1], [1, 2, 3]).isNaN)
  }

  @Test(arguments: [1e-300, 1e-160, 1, 1e160, 1e307])
  func correlationKnowsNoRange(_ unit: Double) {
    let values = [1.0, 2, 4, 3].map { unit * $0 }
    #expect(abs(correlation(values, [1, 2, 4, 3]) - 1) < 1e-12)
    #expect(abs(correlation(values, values.map { -$0 }) + 1) < 1e-12)
  }

  @Test func ranksShareTheMeanOfTies() {
    #expect(ranks([10, 30, 20, 20]) == [1, 4, 2.5, 2.5])
    #expect(ranks([7, 7, 7]) == [2, 2, 2])
  }

  /// Values of SciPy 1.17 (spearmanr, kendalltau, pearsonr).
  @Test func correlationsMatchKnownValues() {
    let a = [1.0, 2, 2, 4, 5, 6, 7, 7]
    let b = [2.0, 1, 4, 4, 3, 8, 6, 9]
    let scores = Scores(predicted: a, truth: b)
    #expect(abs(scores.spearman - 0.8181968) < 1e-6)
    #expect(abs(scores.kendall - 0.6416237) < 1e-6)
    #expect(abs(scores.pearson - 0.8248299) < 1e-6)
  }

  @Test func errorsAreThoseOfTheirDefinitions() {
    let scores = Scores(predicted: [11, 18, 30.1], truth: [10, 20, 30])
    #expect(abs(scores.rootMeanSquareError - ((1 + 4 + 0.01) / 3.0).squareRoot()) < 1e-12)
    #expect(abs(scores.meanAbsolutePercentageError - (0.1 + 0.1 + 0.1 / 30) / 3) < 1e-12)
    #expect(scores.within10 == 1)
  }

  @Test func constantSideHasNoCorrelation() {
    let scores = Scores(predicted: [3, 3, 3], truth: [1, 2, 3])
    #expect(scores.spearman.isNaN && scores.kendall.isNaN && scores.pearson.isNaN)
  }

  @Test func kendallMatchesItsDefinitionOnRandomTies() {
    var random = RandomSource(seed: 8)
    let a = (0..<60).map { _ in Double(random.index(below: 12)) }
    let b = (0..<60).map { _ in Double(random.index(below: 9)) }
    var concordance = 0.0
    var untiedA = 0.0
    var untiedB = 0.0
    for i in 0..<60 {
      for j in 0..<i {
        let x = (a[i] - a[j]).sign(of: a[i], a[j])
        let y = (b[i] - b[j]).sign(of: b[i], b[j])
        concordance += x * y
        untiedA += x * x
        untiedB += y * y
      }
    }
    #expect(abs(kendallTau(a, b) - concordance / (untiedA * untiedB).squareRoot()) < 1e-12)
  }
}

extension Double {
  fileprivate func sign(of a: Double, _ b: Double) -> Double { a == b ? 0 : (self > 0 ? 1 : -1) }
}
