import HelpJSON
import HelpNumerics
import HelpSpaces

extension BayesPrior {
  /// Architectures over which regressors are scaled where no training rows say over which
  /// (B25); no comparison recorded.
  private static let describedRows = 4000

  /// What a space's description alone says of its devices: the scaling of regressors and costs
  /// over architectures drawn at random, and no training device (B25).
  package init(describing space: any SearchSpace) {
    var random = RandomSource(seed: 0)
    let rows = space.count.map { Int(min($0, UInt64(Self.describedRows))) } ?? Self.describedRows
    let pool = space.sample(rows, using: &random)
    self.init(
      regressors: ScaledRegressors(over: pool, costs: RegressorReader.costs(of: space)),
      hyperparameters: Hyperparameters(defaultFor: space.regressorGroups.count), devices: [],
      record: ["rows": .integer(Int64(rows))])
  }

  /// Whether it rests on the space's description alone.
  package var isDescription: Bool { devices.isEmpty }
}
