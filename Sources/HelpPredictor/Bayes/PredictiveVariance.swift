import HelpNumerics

// The mixture's functions of an architecture a are linear or quadratic in f(a) = [k, m]: its
// covariances with the rows, one kind after another, and the base functions.

extension BayesPosterior {
  /// Numbers in f(a).
  var functions: Int { device.covariances.count * count + device.base.count }

  /// Coefficients on f(a) of the mixture's mean.
  func meanCoefficients() -> [Double] {
    var coefficients = [Double](repeating: 0, count: functions)
    let workspace = Workspace<Double>()
    let residual = workspace.take(count)
    let base = functions - device.base.count
    for (c, configuration) in configurations.enumerated()
    where configurationWeights[c] > Self.leastWeight {
      writeResidual(c, to: residual)
      for row in 0..<count {
        coefficients[row] += configuration.differences * residual[row]
        coefficients[configuration.kernel * count + row] += configuration.structure * residual[row]
      }
      for place in device.base.indices { coefficients[base + place] += baseWeight(c, place) }
    }
    return coefficients
  }
}

/// The mixture's variance, as it is added up (law of total variance).
struct PredictiveVariance {
  private let posterior: BayesPosterior
  private let mean: [Double]
  /// On f(a), up to the diagonal.
  private(set) var form: [Double]
  /// The factor on each covariance's prior variance.
  private(set) var prior: [Double]
  /// Of the noise, the same for all and proportional to squared latency.
  private(set) var constant = 0.0
  private(set) var proportional = 0.0

  /// Functions that span those of a configuration's components, one after another, and how they count.
  private var span: [Double]
  private var weights: [Double]

  private var size: Int { mean.count }
  private var rows: Int { posterior.count }
  private var columns: Int { posterior.columns }

  /// - mean: coefficients of the mixture's mean.
  init(_ posterior: BayesPosterior, mean: [Double]) {
    self.posterior = posterior
    self.mean = mean
    form = [Double](repeating: 0, count: mean.count * mean.count)
    prior = [Double](repeating: 0, count: posterior.device.covariances.count)
    span = [Double](repeating: 0, count: posterior.columns * mean.count)
    weights = [Double](repeating: 0, count: posterior.columns * posterior.columns)
  }

  mutating func add(_ inverted: InvertedConfiguration) {
    // Σ w s0²: the unit of the covariance.
    let share = weigh(inverted)
    prior[0] += share * inverted.configuration.differences
    prior[inverted.configuration.kernel] += share * inverted.configuration.structure
    let noise = share * inverted.configuration.variance
    if inverted.configuration.isProportional { proportional += noise } else { constant += noise }
    subtractExplained(inverted, share)
    setSpan(inverted)
    addSquares()
  }

  /// A component's mean, less the mixture's, is v0 + Σ s W v; what its scale leaves open is
  /// Σ W v. Sets how products of the v count.
  private mutating func weigh(_ inverted: InvertedConfiguration) -> Double {
    var share = 0.0
    for place in weights.indices { weights[place] = 0 }
    for (j, mean) in posterior.means.enumerated() {
      let component = inverted.component(j)
      let unit = component.guess * component.guess
      share += component.weight * unit
      weights[0] += component.weight
      let second = component.scale * component.scale + unit * component.variance
      for a in 1..<columns where mean.weights[a - 1] != 0 {
        let own = component.weight * mean.weights[a - 1]
        weights[a * columns] += own * component.scale
        weights[a] += own * component.scale
        for b in 1..<columns { weights[a * columns + b] += own * second * mean.weights[b - 1] }
      }
    }
    return share
  }

  /// v0 = k C⁻¹ y less the mixture's mean, and for each base function m - k C⁻¹ m.
  private mutating func setSpan(_ inverted: InvertedConfiguration) {
    for place in span.indices { span[place] = place < size ? -mean[place] : 0 }
    for column in 0..<columns {
      let solution = inverted.solutions + column * rows
      for (start, factor) in inverted.blocks {
        let factor = column == 0 ? factor : -factor
        let target = column * size + start
        for row in 0..<rows { span[target + row] += factor * solution[row] }
      }
      if column > 0 { span[(column + 1) * size - columns + column] = 1 }
    }
  }

  private mutating func addSquares() {
    let (size, columns) = (size, columns)
    form.withUnsafeMutableBufferPointer { form in
      span.withUnsafeBufferPointer { span in
        guard let form = form.baseAddress, let span = span.baseAddress else { return }
        for i in 0..<size {
          for b in 0..<columns {
            var factor = 0.0
            for a in 0..<columns { factor += weights[a &* columns &+ b] * span[a &* size &+ i] }
            if factor == 0 { continue }
            addScaled(factor, span + b &* size, to: form + i &* size, i &+ 1)
          }
        }
      }
    }
  }

  /// k C⁻¹ k, with k = t1 k1 + t2 k2.
  private mutating func subtractExplained(_ inverted: InvertedConfiguration, _ share: Double) {
    let (rows, size) = (rows, size)
    form.withUnsafeMutableBufferPointer { form in
      guard let form = form.baseAddress else { return }
      for (i, first) in inverted.blocks.enumerated() {
        for (j, second) in inverted.blocks[...i].enumerated() {
          let factor = -share * first.factor * second.factor
          if factor == 0 { continue }
          for row in 0..<rows {
            let target = form + (first.start + row) * size + second.start
            addScaled(
              factor, inverted.inverse + row * rows, to: target, i == j ? row + 1 : rows)
          }
        }
      }
    }
  }
}
