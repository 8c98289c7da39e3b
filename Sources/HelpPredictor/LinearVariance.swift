import HelpNumerics

// The mixture's functions of an architecture a are linear or quadratic in f(a) = [k, m]: its
// covariances with the rows, one kind after another, and the base functions.

extension LinearPosterior {
  /// Numbers in f(a).
  var functions: Int { problem.covariances.count * count + problem.base.count }

  /// Coefficients on f(a) of the mixture's mean.
  func meanCoefficients() -> [Double] {
    var coefficients = [Double](repeating: 0, count: functions)
    let workspace = Workspace<Double>()
    let residual = workspace.take(count)
    let base = functions - problem.base.count
    for (number, cell) in cells.enumerated() where cellWeights[number] > Self.leastWeight {
      writeResidual(number, to: residual)
      for row in 0..<count {
        coefficients[row] += cell.differences * residual[row]
        coefficients[cell.kernel * count + row] += cell.structure * residual[row]
      }
      for place in problem.base.indices { coefficients[base + place] += baseWeight(number, place) }
    }
    return coefficients
  }
}

/// The mixture's variance, as it is added up (law of total variance).
struct LinearVariance {
  private let posterior: LinearPosterior
  private let mean: [Double]
  /// On f(a), up to the diagonal.
  private(set) var form: [Double]
  /// The factor on each covariance's prior variance.
  private(set) var prior: [Double]
  /// Of the noise, the same for all and proportional to squared latency.
  private(set) var constant = 0.0
  private(set) var proportional = 0.0

  /// Functions that span those of a cell's components, one after another, and how they count.
  private var span: [Double]
  private var weights: [Double]

  private var size: Int { mean.count }
  private var rows: Int { posterior.count }
  private var columns: Int { posterior.columns }

  /// - mean: coefficients of the mixture's mean.
  init(_ posterior: LinearPosterior, mean: [Double]) {
    self.posterior = posterior
    self.mean = mean
    form = [Double](repeating: 0, count: mean.count * mean.count)
    prior = [Double](repeating: 0, count: posterior.problem.covariances.count)
    span = [Double](repeating: 0, count: posterior.columns * mean.count)
    weights = [Double](repeating: 0, count: posterior.columns * posterior.columns)
  }

  mutating func add(_ cell: LinearCell) {
    // Σ w s0²: the unit of the covariance.
    let share = weigh(cell)
    prior[0] += share * cell.cell.differences
    prior[cell.cell.kernel] += share * cell.cell.structure
    let noise = share * cell.cell.variance
    if cell.cell.isProportional { proportional += noise } else { constant += noise }
    subtractExplained(cell, share)
    setSpan(cell)
    addSquares()
  }

  /// A component's mean, less the mixture's, is v0 + Σ s W v; what its scale leaves open is
  /// Σ W v. Sets how products of the v count.
  private mutating func weigh(_ cell: LinearCell) -> Double {
    var share = 0.0
    for place in weights.indices { weights[place] = 0 }
    for (j, mean) in posterior.means.enumerated() {
      let component = cell.component(j)
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
  private mutating func setSpan(_ cell: LinearCell) {
    for place in span.indices { span[place] = place < size ? -mean[place] : 0 }
    for column in 0..<columns {
      let solution = cell.solutions + column * rows
      for (start, factor) in cell.blocks {
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
            HelpPredictor.add(factor, span + b &* size, to: form + i &* size, i &+ 1)
          }
        }
      }
    }
  }

  /// k C⁻¹ k, with k = t1 k1 + t2 k2.
  private mutating func subtractExplained(_ cell: LinearCell, _ share: Double) {
    let (rows, size) = (rows, size)
    form.withUnsafeMutableBufferPointer { form in
      guard let form = form.baseAddress else { return }
      for (i, first) in cell.blocks.enumerated() {
        for (j, second) in cell.blocks[...i].enumerated() {
          let factor = -share * first.factor * second.factor
          if factor == 0 { continue }
          for row in 0..<rows {
            let target = form + (first.start + row) * size + second.start
            HelpPredictor.add(
              factor, cell.inverse + row * rows, to: target, i == j ? row + 1 : rows)
          }
        }
      }
    }
  }
}
