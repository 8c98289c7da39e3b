import HelpJSON
import HelpNumerics
import HelpSpaces

/// What method "bayes" learns from a pool of training devices: on each of them latency is
/// nearly linear in the regressors.
package struct BayesPrior: Sendable, Equatable {
  /// A training device: its latencies, divided by their mean over the pool, as weights on
  /// [1, x] of the scaled regressors.
  package struct Device: Sendable, Equatable {
    package let name: String
    package let weights: [Double]

    package init(name: String, weights: [Double]) {
      self.name = name
      self.weights = weights
    }
  }

  /// Logarithms of the prior variances: how a new device may depart from the pool's mean.
  package struct Hyperparameters: Sendable, Equatable {
    package var bias: Double
    /// In the directions in which training devices differ.
    package var differences: Double
    /// Of each group of regressors.
    package var groups: [Double]

    package init(bias: Double, differences: Double, groups: [Double]) {
      self.bias = bias
      self.differences = differences
      self.groups = groups
    }

    /// Where nothing was learnt.
    package init(defaultFor groups: Int) {
      self.init(bias: -4, differences: 0, groups: [Double](repeating: -4, count: groups))
    }
  }

  package let regressors: ScaledRegressors
  package let hyperparameters: Hyperparameters
  /// At least one.
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

/// A prior's functions as weights on z of `ScaledRegressors`.
struct FunctionBasis {
  let regressors: ScaledRegressors
  /// The pool's mean function, then each cost: one row of weights each.
  let base: [[Double]]
  /// Functions u such that the covariance of two architectures in the directions of the
  /// devices' differences is the inner product of their u.
  let differences: [[Double]]
  /// For each kernel, the prior variance of the weight on each number of z.
  let kernels: [[Double]]

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
      }
    }
  }
}

extension BayesPrior {
  /// Over all training devices.
  var meanFunction: [Double] {
    let share = 1 / Double(devices.count)
    var mean = [Double](repeating: 0, count: regressors.count)
    for device in devices {
      for (place, weight) in device.weights.enumerated() { mean[place] += share * weight }
    }
    return mean
  }

  /// Each device's difference from the mean, so that squares add up to their variance.
  var differences: [[Double]] {
    guard devices.count > 1 else { return [] }
    let mean = meanFunction
    let scale = 1 / Double(devices.count - 1).squareRoot()
    return devices.map { device in
      let weights = device.weights + [Double](repeating: 0, count: regressors.costMeans.count)
      return zip(weights, mean).map { scale * ($0 - $1) }
    }
  }

  var costFunctions: [[Double]] {
    regressors.costMeans.indices.map { cost in
      var weights = [Double](repeating: 0, count: regressors.count)
      weights[1 + regressors.regressorCount + cost] = 1
      return weights
    }
  }

  fileprivate func variances(
    _ space: any SearchSpace, bias: Double, groups: [Double]
  ) -> [Double] {
    var variances = [bias]
    for (group, variance) in zip(space.regressorGroups, groups) {
      variances += [Double](repeating: variance, count: group.count)
    }
    for (place, scale) in regressors.scales.enumerated() where scale == 0 {
      variances[1 + place] = 0
    }
    return variances + [Double](repeating: 0, count: regressors.costMeans.count)
  }
}
