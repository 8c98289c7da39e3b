import HelpNumerics

// The mixture's mean and variance for an architecture a are linear and quadratic in
// f(a) = [k(a), m(a)]: its covariances with the n rows, K1 first and then each kernel, and the
// base functions [m_0(a), c(a)]. The prior's variance K(a, a) is kept apart.

extension BayesPosterior {
  /// Numbers in f(a): n for K1 and for each kernel, and the base functions.
  var functions: Int { device.covariances.count * count + device.base.count }

  /// Coefficients on f(a), [functions], of the mixture's mean ŷ(a), in units of the mean
  /// latency (B12).
  func meanCoefficients() -> [Double] {
    var coefficients = [Double](repeating: 0, count: functions)
    let workspace = Workspace<Double>()
    let residual = workspace.take(count)
    let baseStart = functions - device.base.count
    for (c, configuration) in configurations.enumerated()
    where configurationWeights[c] > BayesNumerics.leastMeanWeight {
      writeResidual(c, to: residual)
      let kernelStart = configuration.kernel * count
      for row in 0..<count {
        coefficients[row] += configuration.differences * residual[row]
        coefficients[kernelStart + row] += configuration.structure * residual[row]
      }
      for base in device.base.indices { coefficients[baseStart + base] += baseWeight(c, base) }
    }
    return coefficients
  }
}

/// The mixture's variance V(a) as a quadratic form in f(a), summed over configurations by the
/// law of total variance (B15, B16).
///
/// Units are squares of the mean latency. `add` takes the configurations one after another;
/// `finish` comes after them.
struct PredictiveVariance {
  private let posterior: BayesPosterior
  /// Coefficients of ŷ on f(a), [size].
  private let mean: [Double]
  /// The form on f(a), [size, size] up to the diagonal: what the measurements explain (below 0),
  /// what scales leave open, and how far components disagree.
  private(set) var form: [Double]
  /// Σ w s0² t of each covariance: the factor on its prior variance K(a, a).
  private(set) var prior: [Double]
  /// Σ w s0² σ² over configurations with noise that is the same for all.
  private(set) var constant = 0.0
  /// Σ w s0² σ² over configurations with proportional noise, to be multiplied by q(a).
  private(set) var proportional = 0.0

  /// Functions v_0 ... v_B of f(a) that span those of a configuration's components, on the
  /// numbers of f(a) that it reads: K1, its kernel and the base functions; [columns, part].
  private var span: [Double]
  /// How much each product of two of them counts, [columns, columns].
  private var productWeights: [Double]
  /// Coefficients on f(a), [size], of what ŷ is multiplied by in the squares: Σ w μ.
  private var meanPartner: [Double]
  /// Σ w of the components.
  private var totalWeight = 0.0

  /// Numbers in f(a).
  private var size: Int { mean.count }
  /// n.
  private var rows: Int { posterior.count }
  /// y and the base functions.
  private var columns: Int { posterior.columns }
  /// Numbers of f(a) that one configuration reads.
  private var part: Int { 2 * rows + columns - 1 }

  /// An empty sum.
  ///
  /// - mean: coefficients of the mixture's mean, `BayesPosterior.meanCoefficients`.
  init(_ posterior: BayesPosterior, mean: [Double]) {
    self.posterior = posterior
    self.mean = mean
    form = [Double](repeating: 0, count: mean.count * mean.count)
    prior = [Double](repeating: 0, count: posterior.device.covariances.count)
    productWeights = [Double](repeating: 0, count: posterior.columns * posterior.columns)
    meanPartner = [Double](repeating: 0, count: mean.count)
    span = []
    span = [Double](repeating: 0, count: columns * part)
  }

  /// Adds a configuration's terms of B16.
  mutating func add(_ inverted: InvertedConfiguration) {
    let squaredScale = setProductWeights(inverted)
    prior[0] += squaredScale * inverted.configuration.differences
    prior[inverted.configuration.kernel] += squaredScale * inverted.configuration.structure
    let noise = squaredScale * inverted.configuration.variance
    if inverted.configuration.isProportional { proportional += noise } else { constant += noise }
    subtractExplained(inverted, squaredScale)
    setSpan(inverted)
    let segments = segments(inverted)
    addSquares(segments)
    addMeanPartner(segments)
  }

  /// Completes the squares with ŷ: Σ w (μ - ŷ)² = Σ w μ² - ŷ Σ w μ - Σ w μ ŷ + Σ w ŷ².
  mutating func finish() {
    let size = size
    for i in 0..<size {
      for j in 0...i {
        form[i * size + j] +=
          totalWeight * mean[i] * mean[j] - mean[i] * meanPartner[j] - meanPartner[i] * mean[j]
      }
    }
  }

  /// Sets how products of the v count, and returns Σ_j w_kj s0_j², the unit of the covariance.
  ///
  /// A component's mean μ is v_0 + s Σ_b W_b v_b; its square enters with w_kj. What its scale
  /// leaves open, s0² (Σ_b W_b v_b)² / A, enters likewise (B15).
  private mutating func setProductWeights(_ inverted: InvertedConfiguration) -> Double {
    var squaredScale = 0.0
    for product in productWeights.indices { productWeights[product] = 0 }
    for (j, mean) in posterior.means.enumerated() {
      let component = inverted.component(j)
      let squaredGuess = component.guess * component.guess
      squaredScale += component.weight * squaredGuess
      productWeights[0] += component.weight
      let secondMoment = component.scale * component.scale + squaredGuess * component.variance
      for a in 1..<columns where mean.weights[a - 1] != 0 {
        let baseWeight = component.weight * mean.weights[a - 1]
        productWeights[a * columns] += baseWeight * component.scale
        productWeights[a] += baseWeight * component.scale
        for b in 1..<columns {
          productWeights[a * columns + b] += baseWeight * secondMoment * mean.weights[b - 1]
        }
      }
    }
    return squaredScale
  }

  /// Sets v_0 = κᵀ C⁻¹ y, and v_b = m_b - κᵀ C⁻¹ m_b for each base function.
  private mutating func setSpan(_ inverted: InvertedConfiguration) {
    for column in 0..<columns {
      let solution = inverted.solutions + column * rows
      for (place, block) in inverted.blocks.enumerated() {
        let factor = column == 0 ? block.factor : -block.factor
        let target = column * part + place * rows
        for row in 0..<rows { span[target + row] = factor * solution[row] }
      }
      if column > 0 { span[column * part + 2 * rows + column - 1] = 1 }
    }
  }

  /// Runs of numbers of f(a) that a configuration reads: where each begins in `span`'s columns and
  /// in f(a), and its length.
  private typealias Segment = (start: Int, target: Int, count: Int)

  private func segments(_ inverted: InvertedConfiguration) -> [Segment] {
    let bases = columns - 1
    return inverted.blocks.enumerated().map { ($0.offset * rows, $0.element.start, rows) }
      + [(2 * rows, size - bases, bases)]
  }

  /// Adds Σ_ab productWeights[a, b] v_a v_bᵀ to the form.
  private mutating func addSquares(_ segments: [Segment]) {
    let (size, part, columns, weights) = (size, part, columns, productWeights)
    form.withUnsafeMutableBufferPointer { form in
      span.withUnsafeBufferPointer { span in
        guard let form = form.baseAddress, let span = span.baseAddress else { return }
        for (number, segment) in segments.enumerated() {
          for i in 0..<segment.count {
            let row = form + (segment.target + i) * size
            for b in 0..<columns {
              var factor = 0.0
              for a in 0..<columns {
                factor += weights[a &* columns &+ b] * span[a &* part &+ segment.start &+ i]
              }
              if factor == 0 { continue }
              for other in segments[..<number] {
                addScaled(
                  factor, span + (b &* part &+ other.start), to: row + other.target, other.count)
              }
              addScaled(
                factor, span + (b &* part &+ segment.start), to: row + segment.target, i &+ 1)
            }
          }
        }
      }
    }
  }

  /// Adds Σ_b productWeights[0, b] v_b, the components' means, to what ŷ is multiplied by.
  private mutating func addMeanPartner(_ segments: [Segment]) {
    totalWeight += productWeights[0]
    for b in 0..<columns where productWeights[b] != 0 {
      for segment in segments {
        for i in 0..<segment.count {
          meanPartner[segment.target + i] += productWeights[b] * span[b * part + segment.start + i]
        }
      }
    }
  }

  /// Subtracts squaredScale · κᵀ C⁻¹ κ, with κ = t1 k1 + t2 k2 (B15).
  private mutating func subtractExplained(
    _ inverted: InvertedConfiguration, _ squaredScale: Double
  ) {
    let (rows, size) = (rows, size)
    form.withUnsafeMutableBufferPointer { form in
      guard let form = form.baseAddress else { return }
      for (i, first) in inverted.blocks.enumerated() {
        for (j, second) in inverted.blocks[...i].enumerated() {
          let factor = -squaredScale * first.factor * second.factor
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
