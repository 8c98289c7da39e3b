import HelpNumerics
import HelpSpaces

/// Method "bayes" adapted to one device: a weighted sum of an architecture's regressors and
/// costs (B12, B23), and its standard deviation (B24).
package final class BayesPredictor: LatencyFunction {
  package var method: String { "bayes" }
  package var hasDeviations: Bool { true }

  /// Milliseconds for each of [1, regressors, costs], [width].
  package let weights: [Double]
  /// b, milliseconds below which predictions leave their line for the positive tail (B23).
  package let tail: Double
  /// What gives each prediction its standard deviation (B24).
  package let deviation: PredictiveDeviation

  package init(weights: [Double], tail: Double, deviation: PredictiveDeviation) {
    self.weights = weights
    self.tail = tail
    self.deviation = deviation
  }

  /// Writes latency(a) (B23) and, where `deviations` is not nil, deviation(a) (B24) of each row,
  /// in milliseconds.
  package func predict(
    _ batch: ArchitectureBatch, latencies: UnsafeMutablePointer<Double>,
    deviations: UnsafeMutablePointer<Double>?
  ) {
    let (space, width) = (batch.space, weights.count)
    let reader = RegressorReader(
      space, costs: width - 1 - space.regressorGroups.reduce(0) { $0 + $1.count })
    withUnsafeTemporaryAllocation(of: Double.self, capacity: width + deviation.features) { buffer in
      weights.withUnsafeBufferPointer { weights in
        guard let values = buffer.baseAddress, let weights = weights.baseAddress else { return }
        for row in 0..<batch.count {
          reader.read(batch[row], to: values)
          let line = dot(weights, values, width)
          latencies[row] = hyperbolicTail(line, below: tail)
          deviations?[row] = deviation.milliseconds(values, line: line, scratch: values + width)
        }
      }
    }
  }

  /// Writes, for row i of two batches of one size, the standard deviation of the difference of
  /// their measured latencies, in milliseconds (B28).
  func writeDifferenceDeviations(
    _ a: ArchitectureBatch, _ b: ArchitectureBatch, to target: UnsafeMutablePointer<Double>
  ) {
    let width = weights.count
    let reader = RegressorReader(
      a.space, costs: width - 1 - a.space.regressorGroups.reduce(0) { $0 + $1.count })
    withUnsafeTemporaryAllocation(of: Double.self, capacity: 2 * width + deviation.features) {
      buffer in
      weights.withUnsafeBufferPointer { weights in
        guard let first = buffer.baseAddress, let weights = weights.baseAddress else { return }
        let second = first + width
        for row in 0..<a.count {
          reader.read(a[row], to: first)
          reader.read(b[row], to: second)
          let lines = (dot(weights, first, width), dot(weights, second, width))
          for column in 0..<width { first[column] -= second[column] }
          target[row] = deviation.milliseconds(
            difference: first, lines: lines, scratch: second + width)
        }
      }
    }
  }

  /// Whether all its numbers are finite.
  var isFinite: Bool {
    weights.allSatisfy { $0.isFinite } && deviation.projection.allSatisfy { $0.isFinite }
      && deviation.form.allSatisfy { $0.isFinite }
  }
}

/// The standard deviation of predictions: a quadratic form in a few features that are linear
/// in an architecture's [1, regressors, costs] (B16), calibrated (B24).
package struct PredictiveDeviation: Sendable, Equatable {
  /// τ, the mean measured latency in milliseconds: variances below are in its squares.
  package let unit: Double
  /// Variance of noise that is the same for all.
  package let constant: Double
  /// Variance of proportional noise, a factor on q(a) (B8).
  package let proportional: Double
  /// Least latency in q(a), in units of τ (B8).
  package let floor: Double
  /// γ, the factor on deviations (B19).
  package let calibration: Double
  /// ε, the deviation between two measurements of one architecture as a share of its latency (B24).
  package let repeatability: Double
  /// Of each of [1, regressors, costs] what is subtracted before its prior variance counts,
  /// [width].
  package let centres: [Double]
  /// Prior variance of the weight on each of [1, regressors, costs] that no feature carries,
  /// [width].
  package let variances: [Double]
  /// The features' weights on [1, regressors, costs], [features, width].
  package let projection: [Double]
  /// The form on the features, [features, features], symmetric.
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

  /// Numbers that the form is on.
  package var features: Int { projection.count / centres.count }

  /// deviation(a) in milliseconds (B24).
  ///
  /// - values: [1, regressors, costs] of the architecture, [width].
  /// - line: τ ŷ(a), milliseconds before the positive tail.
  /// - scratch: room for the features.
  func milliseconds(
    _ values: UnsafePointer<Double>, line: Double, scratch: UnsafeMutablePointer<Double>
  ) -> Double {
    let variance = max(
      noise(line) + prior(values) + quadraticForm(values, scratch), BayesNumerics.leastVariance)
    return unit * (calibration * calibration * variance + repeated(line)).squareRoot()
  }

  /// The deviation of the difference of two architectures' measured latencies, in milliseconds
  /// (B28).
  ///
  /// - difference: [1, regressors, costs] of one less those of the other, [width].
  /// - lines: τ ŷ of both.
  /// - scratch: room for the features.
  func milliseconds(
    difference: UnsafePointer<Double>, lines: (Double, Double),
    scratch: UnsafeMutablePointer<Double>
  ) -> Double {
    let variance = max(
      noise(lines.0) + noise(lines.1) + quadraticForm(difference, scratch)
        + prior(difference, isDifference: true), BayesNumerics.leastVariance)
    let repeated = repeated(lines.0) + repeated(lines.1)
    return unit * (calibration * calibration * variance + repeated).squareRoot()
  }

  /// The deviation of a sum of lines whose factors sum to 0, without noise, in milliseconds.
  ///
  /// - numbers: the same sum of [1, regressors, costs], [width].
  func milliseconds(ofContrast numbers: UnsafePointer<Double>) -> Double {
    withUnsafeTemporaryAllocation(of: Double.self, capacity: max(features, 1)) { scratch in
      guard let scratch = scratch.baseAddress else { return 0 }
      let variance = quadraticForm(numbers, scratch) + prior(numbers, isDifference: true)
      return unit * calibration * max(variance, 0).squareRoot()
    }
  }

  /// Variance of the noise in a measurement (B8), in squares of τ.
  private func noise(_ line: Double) -> Double {
    let latency = max(line / unit, floor)
    return constant + proportional * latency * latency
  }

  /// Variance between two measurements of one architecture (B24), in squares of τ.
  private func repeated(_ line: Double) -> Double {
    let deviation = repeatability * max(line / unit, floor)
    return deviation * deviation
  }

  /// Σ variances (value - centre)²: the prior variance that no feature carries. Of a difference
  /// of two, whose centres cancel, Σ variances value².
  private func prior(_ values: UnsafePointer<Double>, isDifference: Bool = false) -> Double {
    centres.withUnsafeBufferPointer { centres in
      variances.withUnsafeBufferPointer { variances in
        var sum = 0.0
        for column in centres.indices {
          let difference = values[column] - (isDifference ? 0 : centres[column])
          sum += variances[column] * difference * difference
        }
        return sum
      }
    }
  }

  /// The form at the architecture's features, which it writes to `scratch`.
  private func quadraticForm(
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
  /// - mean: coefficients on f(a) of ŷ (B12), `BayesPosterior.meanCoefficients`.
  /// - variance: the posterior's, complete (B16).
  /// - tail: b, in milliseconds.
  /// - calibration: γ (B19).
  convenience init(
    _ posterior: BayesPosterior, mean: [Double], _ variance: PredictiveVariance, tail: Double,
    calibration: Double
  ) {
    let device = posterior.device
    let projection = Projection(device)
    var weights = projection.weightsOnZ(mean)
    device.basis.regressors.unscale(&weights)
    self.init(
      weights: weights.map { $0 * device.unit }, tail: tail,
      deviation: PredictiveDeviation(variance, projection, posterior, calibration: calibration))
  }
}

extension PredictiveDeviation {
  /// From scaled regressors back to the space's own.
  fileprivate init(
    _ variance: PredictiveVariance, _ features: Projection, _ posterior: BayesPosterior,
    calibration: Double
  ) {
    let regressors = posterior.device.basis.regressors
    let costs = [Double](repeating: 0, count: regressors.costMeans.count)
    let scales = [1] + regressors.scales + costs
    var projection = features.weights
    regressors.unscale(&projection)
    self.init(
      unit: posterior.device.unit, constant: variance.constant,
      proportional: variance.proportional, floor: posterior.settings.noiseFloor,
      calibration: calibration, repeatability: posterior.settings.repeatability,
      centres: [0] + regressors.means + costs,
      variances: zip(features.remainingVariances(variance), scales).map { $0 * $1 * $1 },
      projection: projection, form: features.featureForm(variance))
  }
}
