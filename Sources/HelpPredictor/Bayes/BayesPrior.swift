import HelpJSON
import HelpNumerics
import HelpSpaces

/// What method "bayes" learns from a pool of training devices: a linear function of the
/// regressors for each (B3), and how far a new device may depart from their mean (B20).
package struct BayesPrior: Sendable, Equatable {
  /// A training device's function h, latency in units of its mean over the pool (B3).
  package struct Device: Sendable, Equatable {
    package let name: String
    /// On [1, x] of the scaled regressors, [1 + P].
    package let weights: [Double]
    /// Marks of the rows that it was fitted to, where there are so few devices that a new one
    /// might be one of them (`MeasuredRowMark`); else empty.
    package let marks: [Int32]

    package init(name: String, weights: [Double], marks: [Int32] = []) {
      self.name = name
      self.weights = weights
      self.marks = marks
    }
  }

  /// θ, logarithms of prior variances in squares of the mean latency (B7, B20).
  package struct Hyperparameters: Sendable, Equatable {
    /// θ_b, of a constant.
    package var bias: Double
    /// θ_δ, of the directions in which training devices differ.
    package var differences: Double
    /// θ_g, of each group of regressors.
    package var groups: [Double]

    package init(bias: Double, differences: Double, groups: [Double]) {
      self.bias = bias
      self.differences = differences
      self.groups = groups
    }

    /// θ_b and every θ_g where nothing was learnt, and where learning starts (B20); no
    /// comparison recorded.
    private static let structureStart = -4.0
    /// θ_δ where nothing was learnt, and where learning starts (B20); no
    /// comparison recorded.
    private static let differencesStart = 0.0

    /// θ where nothing was learnt, for this number of groups.
    package init(defaultFor groups: Int) {
      self.init(
        bias: Self.structureStart, differences: Self.differencesStart,
        groups: [Double](repeating: Self.structureStart, count: groups))
    }
  }

  /// The scaling of regressors and costs over the pool (B1, B2).
  package let regressors: ScaledRegressors
  /// θ (B20).
  package let hyperparameters: Hyperparameters
  /// None where the prior rests on the space's description alone.
  package let devices: [Device]
  /// How it was fitted, for people.
  package let record: JSONValue

  package init(
    regressors: ScaledRegressors, hyperparameters: Hyperparameters, devices: [Device],
    record: JSONValue
  ) {
    self.regressors = regressors
    self.hyperparameters = hyperparameters
    self.devices = devices
    self.record = record
  }
}

/// A prior's functions as weights on z = [1, x, c], each of `ScaledRegressors.count` numbers.
struct FunctionBasis {
  /// How an architecture becomes z (B1, B2).
  let regressors: ScaledRegressors
  /// m_0, then each cost: what mean functions are mixed from (B6).
  let base: [[Double]]
  /// Functions u_r with K1(a, b) = Σ_r u_r(a) u_r(b) (B7).
  let differences: [[Double]]
  /// For each kernel, the factors on z_c(a) z_c(b) in K2(a, b): prior variances of the
  /// weights on z (B7).
  let kernels: [[Double]]

  /// - kernels: those of the grid, in its order.
  /// - settings: for `costDifferences` and `groupBias` (B7).
  init(
    _ prior: BayesPrior, _ space: any SearchSpace, _ kernels: [BayesSettings.Kernel],
    _ settings: BayesSettings
  ) {
    regressors = prior.regressors
    let pool = prior.meanFunction
    base = [pool] + prior.costFunctions
    let factor = settings.costDifferences.squareRoot()
    let differences =
      prior.differences
      + prior.costFunctions.map { cost in
        zip(cost, pool).map { factor * ($0 - $1) }
      }
    let scale = exponential(prior.hyperparameters.differences / 2)
    self.differences = differences.map { $0.map { scale * $0 } }
    self.kernels = kernels.map { kernel in
      switch kernel {
      case .learned:
        prior.variances(
          space, bias: exponential(prior.hyperparameters.bias),
          groups: prior.hyperparameters.groups.map(exponential))
      case .group(let name):
        prior.variances(
          space, bias: settings.groupBias,
          groups: space.regressorGroups.map { $0.name == name ? 1 : 0 })
      case .shares(let shares):
        prior.variances(space, bias: settings.groupBias, groups: shares)
      }
    }
  }
}

extension BayesPrior {
  /// m_0 as weights on z: the mean of the training devices' functions (B4), and 1 where there
  /// are none (B25).
  var meanFunction: [Double] {
    if devices.isEmpty {
      return [1] + [Double](repeating: 0, count: regressors.count - 1)
    }
    let deviceShare = 1 / Double(devices.count)
    var mean = [Double](repeating: 0, count: regressors.count)
    for device in devices {
      for (column, weight) in device.weights.enumerated() { mean[column] += deviceShare * weight }
    }
    return mean
  }

  /// δ_d as weights on z, none for a single device: differences from the mean, scaled so that
  /// their squares add up to the devices' variance (B4).
  var differences: [[Double]] {
    guard devices.count > 1 else { return [] }
    let mean = meanFunction
    let scale = 1 / Double(devices.count - 1).squareRoot()
    return devices.map { device in
      let weights = device.weights + [Double](repeating: 0, count: regressors.costMeans.count)
      return zip(weights, mean).map { scale * ($0 - $1) }
    }
  }

  /// Each c_l as weights on z (B2).
  var costFunctions: [[Double]] {
    regressors.costMeans.indices.map { cost in
      var weights = [Double](repeating: 0, count: regressors.count)
      weights[1 + regressors.regressorCount + cost] = 1
      return weights
    }
  }

  /// Prior variances of the weights on z (B7); 0 for costs and regressors that do not vary.
  ///
  /// - bias: of the constant.
  /// - groups: of each regressor in a group.
  fileprivate func variances(
    _ space: any SearchSpace, bias: Double, groups: [Double]
  ) -> [Double] {
    var variances = [bias]
    for (group, variance) in zip(space.regressorGroups, groups) {
      variances += [Double](repeating: variance, count: group.count)
    }
    for (column, scale) in regressors.scales.enumerated() where scale == 0 {
      variances[1 + column] = 0
    }
    return variances + [Double](repeating: 0, count: regressors.costMeans.count)
  }
}
