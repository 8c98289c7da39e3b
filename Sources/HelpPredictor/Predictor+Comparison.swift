import HelpBase
import HelpNumerics
import HelpSpaces

extension Predictor {
  /// Writes, for row i of two batches of one size, the probability that a measurement of `a` is
  /// below one of `b`: one half where both are the same architecture.
  ///
  /// Throws `unsupported` for a method that does not know how its errors go together.
  package func writeProbabilities(
    _ a: ArchitectureBatch, fasterThan b: ArchitectureBatch,
    to target: UnsafeMutablePointer<Double>
  ) throws(HelpError) {
    guard let function = function as? BayesPredictor else {
      throw HelpError(
        .unsupported, "method \"\(method)\" has no deviations to compare architectures by")
    }
    function.writeDifferenceDeviations(a, b, to: target)
    let (first, second) = (predict(a), predict(b))
    for row in 0..<a.count {
      let isSame = a[row].genes.elementsEqual(b[row].genes)
      target[row] =
        isSame ? 0.5 : normalProbability((second[row] - first[row]) / target[row])
    }
  }
}
