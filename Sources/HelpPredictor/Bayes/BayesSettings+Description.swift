import HelpNumerics
import HelpSpaces

// Where few training devices or none say how devices differ, the space's description does:
// mean functions mixed from its costs, and a grid over how the structure's variance is shared
// among the groups of regressors (B25 to B27).

extension BayesSettings {
  /// Most training devices of which nothing can be learnt about how devices differ.
  static let fewDevices = 3

  /// The settings for a prior: those for its space where it has learnt from enough devices,
  /// else those that rest on the description.
  package init(for prior: BayesPrior, in space: any SearchSpace) {
    if prior.devices.count > Self.fewDevices {
      self.init(for: space)
    } else {
      self.init(
        describing: space, costs: prior.regressors.costMeans.count,
        hasDevices: !prior.devices.isEmpty)
    }
  }

  /// - costs: C, how many costs the prior reads.
  /// - hasDevices: whether m_0 is the mean of training devices.
  private init(describing space: any SearchSpace, costs: Int, hasDevices: Bool) {
    self.init(configurations: Self.sharedGrid(groups: space.regressorGroups.count))
    let mixtures = space.knowsCosts ? Self.costMixtures(costs) : Self.singleCosts(costs)
    means = Self.describedMeans(mixtures, hasDevices: hasDevices)
    groupBias = Self.describedBias
    costDifferences = Self.describedCostDifferences
  }

  /// Noise, t = t1 = t2 and how variance is shared (B27). Noise that is the same for all
  /// architectures is looked at with even shares alone.
  private static func sharedGrid(groups: Int) -> [Configuration] {
    shares(groups).enumerated().flatMap { place, shares in
      describedStructures.flatMap { structure in
        grid(
          kernel: .shares(shares), proportional: place == 0 ? [false, true] : [true],
          differences: [structure], structures: [structure])
      }
    }
  }

  /// Even shares, then for each group those in which it has `mainShare` (B27).
  private static func shares(_ groups: Int) -> [[Double]] {
    guard groups > 1 else { return [[1]] }
    let even = [Double](repeating: 1 / Double(groups), count: groups)
    let rest = (1 - mainShare) / Double(groups - 1)
    return [even] + (0..<groups).map { main in (0..<groups).map { $0 == main ? mainShare : rest } }
  }

  /// The mean functions without a pool to learn from (B26).
  private static func describedMeans(
    _ mixtures: [CostMixture], hasDevices: Bool
  ) -> [MeanFunction] {
    let pool = mixtures.isEmpty ? 1 : (hasDevices ? fewDevicesPrior : 0)
    let costs = mixtures.map { MeanFunction([0] + $0.weights, prior: (1 - pool) * $0.prior) }
    if pool == 0 { return costs }
    let width = mixtures.first?.weights.count ?? 0
    return [MeanFunction([1] + [Double](repeating: 0, count: width), prior: pool)] + costs
  }

  /// Weights of each cost, and π.
  private typealias CostMixture = (weights: [Double], prior: Double)

  /// Each of the costs of which none is multiply-accumulates, all as likely (B26).
  private static func singleCosts(_ costs: Int) -> [CostMixture] {
    (0..<costs).map { place in
      ((0..<costs).map { $0 == place ? 1 : 0 }, 1 / Double(costs))
    }
  }

  /// Multiply-accumulates, then every other cost and mixture, all of these as likely (B26).
  private static func costMixtures(_ costs: Int) -> [CostMixture] {
    func mixture(_ places: [Int]) -> [Double] {
      (0..<costs).map { places.contains($0) ? 1 / Double(places.count) : 0 }
    }
    let named = [[1], [2], [3], [0, 1], [0, 2], [1, 2], [0, 3], [0, 1, 2]]
    let further = (ArchitectureCosts.count..<max(costs, ArchitectureCosts.count)).map { [$0] }
    let others = (named + further).filter { places in places.allSatisfy { $0 < costs } }
    let prior = (1 - describedOperationsPrior) / Double(others.count)
    return [(mixture([0]), describedOperationsPrior)] + others.map { (mixture($0), prior) }
  }

  // Where these come from, and what other values cost, is in bayes.md, "Constants".

  /// t1 = t2 (B27).
  private static let describedStructures = [0.01, 0.1, 1]
  /// The share of the group that a kernel is mostly of (B27).
  private static let mainShare = 0.9
  /// Variance of the constant in these kernels (B27).
  private static let describedBias = 0.02
  /// Factor on the directions to pure costs in K1 (B25).
  private static let describedCostDifferences = 0.05
  /// π of multiply-accumulates (B26).
  private static let describedOperationsPrior = 0.4
  /// π of the mean of one to three training devices (B26).
  private static let fewDevicesPrior = 0.3
}
