import HelpNumerics
import HelpSpaces

/// Method "bayes" adapted to one device: a weighted sum of an architecture's regressors and
/// costs, and how sure it is of it.
package final class BayesPredictor: LatencyFunction {
  package var method: String { "bayes" }
  package var hasDeviations: Bool { true }

  /// Milliseconds for [1, regressors, costs].
  package let weights: [Double]
  /// Milliseconds below which predictions bend so as to stay above 0.
  package let bend: Double
  package let spread: PredictiveDeviation

  package init(weights: [Double], bend: Double, spread: PredictiveDeviation) {
    self.weights = weights
    self.bend = bend
    self.spread = spread
  }

  /// Deviations are those of a new measurement, calibrated, noise included.
  package func predict(
    _ batch: ArchitectureBatch, latencies: UnsafeMutablePointer<Double>,
    deviations: UnsafeMutablePointer<Double>?
  ) {
    let (space, width) = (batch.space, weights.count)
    let reader = RegressorReader(
      space, withCosts: width > 1 + space.regressorGroups.reduce(0) { $0 + $1.count })
    withUnsafeTemporaryAllocation(of: Double.self, capacity: width + spread.features) { buffer in
      weights.withUnsafeBufferPointer { weights in
        guard let values = buffer.baseAddress, let weights = weights.baseAddress else { return }
        for row in 0..<batch.count {
          reader.read(batch[row], to: values)
          let line = dot(weights, values, width)
          latencies[row] = bent(line, at: bend)
          deviations?[row] = spread.deviation(values, line: line, scratch: values + width)
        }
      }
    }
  }

  /// Whether all its numbers are.
  var isFinite: Bool {
    weights.allSatisfy { $0.isFinite } && spread.projection.allSatisfy { $0.isFinite }
      && spread.form.allSatisfy { $0.isFinite }
  }
}

/// The standard deviation of predictions: a quadratic form in a few features of the
/// architecture.
package struct PredictiveDeviation: Sendable, Equatable {
  /// Milliseconds of 1 in all that follows: the mean measured latency.
  package let unit: Double
  /// Variances of noise: the same for all, and times squared latency, at least `floor` squared.
  package let constant: Double
  package let proportional: Double
  package let floor: Double
  /// The factor that makes intervals hold.
  package let calibration: Double
  /// How much two measurements of one architecture differ, times latency.
  package let repeatability: Double
  /// Of each of [1, regressors, costs]: centre, and prior variance of its weight.
  package let centres: [Double]
  package let variances: [Double]
  /// The features' weights on [1, regressors, costs], feature by feature.
  package let projection: [Double]
  /// The form on the features: symmetric, row by row.
  package let form: [Double]

  package init(
    unit: Double, constant: Double, proportional: Double, floor: Double, calibration: Double,
    repeatability: Double, centres: [Double], variances: [Double], projection: [Double],
    form: [Double]
  ) {
    self.unit = unit
    self.constant = constant
    self.proportional = proportional
    self.floor = floor
    self.calibration = calibration
    self.repeatability = repeatability
    self.centres = centres
    self.variances = variances
    self.projection = projection
    self.form = form
  }

  package var features: Int { projection.count / centres.count }

  /// Milliseconds. `scratch` has room for the features.
  func deviation(
    _ values: UnsafePointer<Double>, line: Double, scratch: UnsafeMutablePointer<Double>
  ) -> Double {
    let level = max(line / unit, floor)
    let noise = constant + proportional * level * level
    let variance = max(noise + prior(values) + explained(values, scratch), Self.minimum)
    let again = repeatability * level
    return unit * (calibration * calibration * variance + again * again).squareRoot()
  }

  /// Squared; keeps a deviation above 0 whatever rounding does.
  private static let minimum = 1e-12

  private func prior(_ values: UnsafePointer<Double>) -> Double {
    centres.withUnsafeBufferPointer { centres in
      variances.withUnsafeBufferPointer { variances in
        var sum = 0.0
        for place in centres.indices {
          let difference = values[place] - centres[place]
          sum += variances[place] * difference * difference
        }
        return sum
      }
    }
  }

  private func explained(
    _ values: UnsafePointer<Double>, _ scratch: UnsafeMutablePointer<Double>
  ) -> Double {
    let (count, width) = (features, centres.count)
    return projection.withUnsafeBufferPointer { projection in
      form.withUnsafeBufferPointer { form in
        guard let rows = projection.baseAddress, let form = form.baseAddress else { return 0 }
        for feature in 0..<count { scratch[feature] = dot(rows + feature * width, values, width) }
        var sum = 0.0
        for feature in 0..<count {
          sum += scratch[feature] * dot(form + feature * count, scratch, count)
        }
        return sum
      }
    }
  }
}

// MARK: - From the posterior

extension BayesPredictor {
  /// - variance: the posterior's, complete.
  /// - bend: milliseconds.
  convenience init(
    _ posterior: BayesPosterior, mean: [Double], _ variance: PredictiveVariance, bend: Double,
    calibration: Double
  ) {
    let device = posterior.device
    let fold = Projection(device)
    var weights = fold.unfolded(mean)
    device.basis.regressors.unscale(&weights)
    self.init(
      weights: weights.map { $0 * device.unit }, bend: bend,
      spread: PredictiveDeviation(variance, fold, posterior, calibration: calibration))
  }
}

extension PredictiveDeviation {
  fileprivate init(
    _ variance: PredictiveVariance, _ fold: Projection, _ posterior: BayesPosterior,
    calibration: Double
  ) {
    let regressors = posterior.device.basis.regressors
    let costs = [Double](repeating: 0, count: regressors.costMeans.count)
    let scales = [1] + regressors.scales + costs
    var projection = fold.weights
    regressors.unscale(&projection)
    self.init(
      unit: posterior.device.unit, constant: variance.constant,
      proportional: variance.proportional, floor: posterior.settings.noiseFloor,
      calibration: calibration, repeatability: posterior.settings.repeatability,
      centres: [0] + regressors.means + costs,
      variances: zip(fold.variances(variance), scales).map { $0 * $1 * $1 },
      projection: projection, form: fold.folded(variance))
  }
}
