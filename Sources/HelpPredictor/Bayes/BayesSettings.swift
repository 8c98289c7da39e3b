import HelpNumerics
import HelpSpaces

/// The constants that shape the predictions of method "bayes" (B5 to B19).
///
/// docs/methods/bayes.md, "Constants", lists where each was chosen. Constants of what a model
/// learns are in `DeviceRidge`, `HyperparameterEpisode` and `BayesPriorFitting`, those of
/// choosing rows in `SelectionSettings`, guards of the arithmetic in `BayesNumerics`.
package struct BayesSettings: Sendable, Equatable {
  /// Which K2 a configuration has (B7).
  package enum Kernel: Sendable, Equatable {
    /// All regressors, with the variances that the hyperparameters give each group.
    case learned
    /// The regressors of the group of this name alone, and a constant.
    case group(String)
    /// All regressors, with these variances for each group, and a constant (B27).
    case shares([Double])
  }

  /// A configuration k of the grid (B9), in units of the mean measured latency.
  package struct Configuration: Sendable, Equatable {
    /// Whether noise grows with latency, or is the same for all (B8).
    package var isProportional: Bool
    /// σ, the noise's standard deviation.
    package var noise: Double
    /// t1, the factor on K1.
    package var differences: Double
    /// t2, the factor on K2.
    package var structure: Double
    /// K2 (B7).
    package var kernel = Kernel.learned
    /// log π_k, up to a constant that all share.
    package var logPrior: Double
  }

  /// A mean function m_j = W · [m_0, c]: the latency expected without a measurement, up to a
  /// scale (B6).
  package struct MeanFunction: Sendable, Equatable {
    /// W [1 + C]: of m_0, then of each cost in the order of `RegressorReader`.
    package var weights: [Double]
    /// π_j.
    package var prior: Double

    package init(_ weights: [Double], prior: Double) {
      self.weights = weights
      self.prior = prior
    }

    /// Whether a space without costs cannot have it.
    var needsCosts: Bool { weights.dropFirst().contains { $0 != 0 } }
  }

  /// The grid, in any order.
  package var configurations: [Configuration]
  /// The mean functions, whose priors sum to 1.
  package var means: [MeanFunction]
  /// Variance of the constant in the kernel of a group (B7); not tuned.
  package var groupBias = 0.09
  /// Factor on the directions from the pool's mean to pure costs in K1 (B7); chosen on gaps.
  package var costDifferences = 0.015
  /// p, the prior precision of ρ (B5, B10).
  package var scalePrecision = defaultScalePrecision
  /// How many times outliers are discounted and everything is weighed again (B14); chosen on
  /// gaps.
  package var robustPasses = 2
  /// ν, the degrees of freedom of the t distribution that discounts outliers (B14); chosen on
  /// gaps.
  package var robustFreedom = 2.0
  /// Least latency that proportional noise reckons with, in units of the mean (B8); not tuned.
  package var noiseFloor = 0.15
  /// Factor on deviations when leave-one-out residuals are as large as expected (B19); chosen
  /// on gaps.
  package var calibration = 1.2
  /// How many rows with residuals as large as expected are added to the measured ones (B19):
  /// the larger, the less residuals change the calibration, and infinite: not at all.
  package var residualRows = 8.0
  /// Deviations beyond which a residual counts as this many (B19); chosen on gaps.
  package var residualLimit = 2.0
  /// ε, the standard deviation between two measurements of one architecture as a share of its
  /// latency (B24).
  package var repeatability = defaultRepeatability
  /// Most rows that enter a fit, whose time grows with their third power.
  package var maximumRows = 256
  /// Deviations from its leave-one-out prediction beyond which a row is suspicious; not tuned.
  package var suspicion = 3.0

  /// Fewest rows that the method can be fitted to.
  package static let minimumRows = 3
  /// ε where the caller does not state it; not tuned.
  package static let defaultRepeatability = 0.003
  /// p for a scale of its guess ± 50 %; not tuned, and used for learning as well (B20).
  static let defaultScalePrecision = 4.0

  /// Mean functions with these priors; the rest goes to the other mixtures of costs in equal
  /// parts.
  ///
  /// - pool: π of the pool's mean function.
  /// - operations: π of multiply-accumulates; by default that of each other mixture of costs.
  package init(
    configurations: [Configuration], pool: Double = BayesSettings.poolPriorWithGroups,
    operations: Double? = nil
  ) {
    self.configurations = configurations
    let mixtureCount = Double(Self.mixtures.count)
    let operations = operations ?? (1 - pool) / (mixtureCount + 1)
    let mixturePrior = (1 - pool - operations) / mixtureCount
    means =
      [
        MeanFunction([1, 0, 0, 0], prior: pool), MeanFunction([0, 1, 0, 0], prior: operations),
      ] + Self.mixtures.map { MeanFunction([0] + $0, prior: mixturePrior) }
  }

  /// The grid (B9) and the priors of mean functions (B6) for a space; groups that stand alone
  /// get kernels of their own, the first the likeliest.
  package init(for space: any SearchSpace) {
    let alone = space.regressorGroups.filter { $0.standsAlone }
    if alone.isEmpty {
      self.init(
        configurations: Self.grid(structures: Self.structures), pool: Self.poolPrior,
        operations: Self.operationsPrior)
      return
    }
    let learned = Self.grid(structures: Self.structuresBesideGroups)
    self.init(
      configurations: alone.enumerated().reduce(into: learned) {
        $0 += Self.grid(
          kernel: .group($1.element.name), differences: [0], structures: Self.groupStructures,
          logPrior: Self.groupLogPrior - Double($1.offset), power: 0)
      })
  }

  /// The different kernels of the configurations, in the order in which they first occur.
  var kernels: [Kernel] {
    configurations.reduce(into: []) { kernels, configuration in
      if !kernels.contains(configuration.kernel) { kernels.append(configuration.kernel) }
    }
  }

  /// σ of the grid (B9); chosen on gaps, the smallest by training devices.
  package static let noises = [0.002, 0.006, 0.02, 0.06, 0.18]
  /// t1 of the learned kernel (B9); chosen on gaps.
  package static let differences = [0.05, 1]
  /// t2 of the learned kernel in spaces without groups that stand alone (B9); chosen on gaps.
  private static let structures = [0.03, 0.3, 3]
  /// t2 of the learned kernel in spaces with such groups (B9); chosen on gaps.
  private static let structuresBesideGroups = [0.1, 1.5]
  /// t2 of the kernels of groups that stand alone (B9); chosen on gaps.
  private static let groupStructures = [0.03, 0.3]
  /// Power of t2 in the learned kernel's prior (B9); chosen on gaps.
  package static let structurePower = -0.25
  /// log π of the first group's kernel, 1 more than the next one's (B9); chosen on training
  /// devices.
  private static let groupLogPrior = 2.5
  /// π of the pool's mean function in spaces with groups that stand alone (B6); chosen on gaps.
  package static let poolPriorWithGroups = 0.5
  /// π of the pool's mean function in all other spaces (B6); chosen on gaps.
  private static let poolPrior = 0.25
  /// π of multiply-accumulates in those other spaces (B6); chosen on gaps.
  private static let operationsPrior = 0.6
  /// Shares of multiply-accumulates, activations and operations in the mean functions of
  /// costs, except multiply-accumulates alone (B6).
  private static let mixtures: [[Double]] = [
    [0, 1, 0], [0, 0, 1], [0.5, 0.5, 0], [0.5, 0, 0.5], [0, 0.5, 0.5],
    [1.0 / 3, 1.0 / 3, 1.0 / 3],
  ]

  /// All combinations, with log π = logPrior - log(number of t1 and t2) + power · log t2 (B9).
  package static func grid(
    kernel: Kernel = .learned, proportional: [Bool] = [false, true],
    noises: [Double] = BayesSettings.noises, differences: [Double] = Self.differences,
    structures: [Double], logPrior: Double = 0, power: Double = BayesSettings.structurePower
  ) -> [Configuration] {
    let common = logPrior - logarithm(Double(differences.count * structures.count))
    return proportional.flatMap { isProportional in
      noises.flatMap { noise in
        differences.flatMap { difference in
          structures.map { structure in
            Configuration(
              isProportional: isProportional, noise: noise, differences: difference,
              structure: structure, kernel: kernel,
              logPrior: common + power * logarithm(structure))
          }
        }
      }
    }
  }
}
