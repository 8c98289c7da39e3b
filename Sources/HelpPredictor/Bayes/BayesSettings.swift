import HelpNumerics
import HelpSpaces

/// The constants of method "bayes": nothing else in it is tuned.
package struct BayesSettings: Sendable, Equatable {
  /// What varies about the mean function, apart from the differences of training devices.
  package enum Kernel: Sendable, Equatable {
    /// All regressors, as far as the prior's structure lets them.
    case learned
    /// The regressors of one group alone, and a constant.
    case group(String)
  }

  /// One supposition of the grid. Variances are in squares of the mean measured latency.
  package struct Configuration: Sendable, Equatable {
    /// Noise grows with the latency; else it is the same for all.
    package var isProportional: Bool
    /// The noise's standard deviation.
    package var noise: Double
    /// The factor on the variance in the directions in which training devices differ.
    package var differences: Double
    /// And on that of the kernel.
    package var structure: Double
    package var kernel = Kernel.learned
    package var logPrior: Double
  }

  /// What latencies are supposed to be without a measurement, up to a scale: a mean of the
  /// training devices' mean function and the physical costs.
  package struct MeanFunction: Sendable, Equatable {
    /// Of the pool, multiply-accumulates, activations and operations.
    package var weights: [Double]
    package var prior: Double

    package init(_ weights: [Double], prior: Double) {
      self.weights = weights
      self.prior = prior
    }

    var needsCosts: Bool { weights.dropFirst().contains { $0 != 0 } }
  }

  package var configurations: [Configuration]
  package var means: [MeanFunction]
  /// Variance of the constant beside a group's regressors.
  package var groupBias = 0.09
  /// How much the differences between costs and pool count as differences of devices.
  package var costDifferences = 0.015
  /// Of the scale's prior: squared mean over variance.
  package var scalePrecision = 4.0
  /// Times that rows far from the fit get less weight, and the degrees of freedom of the t
  /// distribution by which they do.
  package var robustPasses = 2
  package var robustFreedom = 2.0
  /// Proportional noise is that of this latency below it, in units of the mean.
  package var noiseFloor = 0.15
  /// Deviations are multiplied by this,
  package var calibration = 1.2
  /// and by how large leave-one-out residuals are beside theirs: `residualRows` rows count
  /// as expected, and none as more than `residualLimit` deviations. Infinite: they are not.
  package var residualRows = 8.0
  package var residualLimit = 2.0
  /// How much two measurements of one architecture differ, as a share of the latency: a
  /// deviation beside that of the prediction.
  package var repeatability = defaultRepeatability
  /// Rows that may enter; of more, so many spread over their latencies do.
  package var maximumRows = 256
  /// Deviations from a leave-one-out prediction that make a row suspicious.
  package var suspicion = 3.0

  package static let minimumRows = 3
  package static let defaultRepeatability = 0.003

  /// - pool: the prior of the training devices' mean function.
  /// - operations: that of multiply-accumulates; by default as of each other mixture of costs.
  package init(configurations: [Configuration], pool: Double = 0.5, operations: Double? = nil) {
    self.configurations = configurations
    let others = Double(Self.mixtures.count)
    let operations = operations ?? (1 - pool) / (others + 1)
    let rest = (1 - pool - operations) / others
    means =
      [
        MeanFunction([1, 0, 0, 0], prior: pool), MeanFunction([0, 1, 0, 0], prior: operations),
      ] + Self.mixtures.map { MeanFunction([0] + $0, prior: rest) }
  }

  /// The grid that suits a space; groups that stand alone get kernels of their own, the first
  /// the likeliest.
  package init(for space: any SearchSpace) {
    let alone = space.regressorGroups.filter { $0.standsAlone }
    if alone.isEmpty {
      self.init(
        configurations: Self.grid(structures: [0.03, 0.3, 3]), pool: 0.25, operations: 0.6)
      return
    }
    self.init(
      configurations: alone.enumerated().reduce(into: Self.grid(structures: [0.1, 1.5])) {
        $0 += Self.grid(
          kernel: .group($1.element.name), differences: [0], structures: [0.03, 0.3],
          logPrior: 2.5 - Double($1.offset), power: 0)
      })
  }

  /// Those of the configurations, each once.
  var kernels: [Kernel] {
    configurations.reduce(into: []) { kernels, configuration in
      if !kernels.contains(configuration.kernel) { kernels.append(configuration.kernel) }
    }
  }

  /// Of the physical costs, beside multiply-accumulates alone.
  private static let mixtures: [[Double]] = [
    [0, 1, 0], [0, 0, 1], [0.5, 0.5, 0], [0.5, 0, 0.5], [0, 0.5, 0.5],
    [1.0 / 3, 1.0 / 3, 1.0 / 3],
  ]

  /// All combinations, together as likely as `logPrior` says; the structure's factor to a
  /// `power` makes wide ones less likely.
  package static func grid(
    kernel: Kernel = .learned, proportional: [Bool] = [false, true],
    noises: [Double] = [0.002, 0.006, 0.02, 0.06, 0.18], differences: [Double] = [0.05, 1],
    structures: [Double], logPrior: Double = 0, power: Double = -0.25
  ) -> [Configuration] {
    let share = logPrior - logarithm(Double(differences.count * structures.count))
    return proportional.flatMap { isProportional in
      noises.flatMap { noise in
        differences.flatMap { difference in
          structures.map { structure in
            Configuration(
              isProportional: isProportional, noise: noise, differences: difference,
              structure: structure, kernel: kernel, logPrior: share + power * logarithm(structure))
          }
        }
      }
    }
  }
}
