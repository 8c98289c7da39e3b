import HelpNumerics
import HelpSpaces

/// The mixture over configurations and mean functions that is left after the measurements.
///
/// For a configuration the latencies of the rows, in units of their mean, are s m + u + noise,
/// with u normal of covariance C = t1 K1 + t2 K2 (the note's sections C to F).
final class LinearPosterior {
  let problem: LinearProblem
  let settings: LinearSettings
  let means: [LinearSettings.MeanFunction]
  let cells: [Cell]
  /// For each mean function, the scale at which its sum over the rows is that of the latencies.
  let scaleGuesses: [Double]

  /// A configuration, and which of the problem's covariances its structure is.
  struct Cell {
    let isProportional: Bool
    let noise, differences, structure: Double
    let kernel: Int
    let logPrior: Double

    /// The noise's variance.
    var variance: Double { noise * noise }
  }

  /// Factors on each row's noise variance: for being far off, and for the latency.
  private(set) var inflation: [Double]
  private(set) var squares: [Double]
  /// Each configuration's weight, over all mean functions; the sum is 1.
  private(set) var cellWeights: [Double]

  // Of configuration c and mean function j at c * means.count + j: weight; posterior mean and
  // precision of the mean function's scale.
  private let weights, scales, precisions: UnsafeMutablePointer<Double>
  // Of each configuration: L, and L⁻¹ of the latencies and of each base function.
  private let factors, solved: UnsafeMutablePointer<Double>
  // The latencies and base functions on the rows; each mean function's weights on the latter.
  private let sides, meanWeights: UnsafeMutablePointer<Double>
  private let scratch: UnsafeMutablePointer<Double>
  private let workspace = Workspace<Double>()

  var count: Int { problem.count }
  /// The latencies and the base functions.
  var columns: Int { 1 + problem.base.count }

  /// Nil where numbers leave the finite ones.
  init?(
    _ problem: LinearProblem, _ settings: LinearSettings, kernels: [LinearSettings.Kernel]
  ) {
    self.problem = problem
    self.settings = settings
    means = settings.means.filter { problem.base.count > 1 || !$0.needsCosts }
    cells = settings.configurations.map { Cell($0, kernels) }
    let (count, columns) = (problem.count, 1 + problem.base.count)
    scaleGuesses = means.map { mean in
      Double(count) / max(problem.mean(mean).reduce(0, +), 0.05 * Double(count))
    }
    inflation = [Double](repeating: 1, count: count)
    squares = inflation
    cellWeights = [Double](repeating: 0, count: cells.count)
    weights = workspace.take(cells.count * means.count)
    scales = workspace.take(cells.count * means.count)
    precisions = workspace.take(cells.count * means.count)
    factors = workspace.take(cells.count * count * count)
    solved = workspace.take(cells.count * columns * count)
    sides = workspace.take(columns * count)
    meanWeights = workspace.take(means.count * problem.base.count)
    scratch = workspace.take(max(columns * columns, count))
    fill()
    for pass in 0...settings.robustPasses {
      guard weigh() else { return nil }
      if pass < settings.robustPasses { discount() }
    }
  }

  private func fill() {
    for (column, values) in ([problem.latencies] + problem.base).enumerated() {
      for row in 0..<count { sides[column * count + row] = values[row] }
    }
    for (j, mean) in means.enumerated() {
      for place in 0..<problem.base.count {
        meanWeights[j * problem.base.count + place] = mean.weights[place]
      }
    }
  }

  func factor(_ cell: Int) -> UnsafeMutablePointer<Double> { factors + cell * count * count }

  func solution(_ cell: Int, _ column: Int) -> UnsafeMutablePointer<Double> {
    solved + (cell * columns + column) * count
  }

  /// The factor on the configuration's noise variance of a row that is not discounted.
  func level(_ cell: Cell, _ row: Int) -> Double { cell.isProportional ? squares[row] : 1 }

  func weight(_ cell: Int, _ mean: Int) -> Double { weights[cell * means.count + mean] }
  func scale(_ cell: Int, _ mean: Int) -> Double { scales[cell * means.count + mean] }
  func precision(_ cell: Int, _ mean: Int) -> Double { precisions[cell * means.count + mean] }
}

extension LinearPosterior {
  convenience init?(
    _ prior: LinearPrior, _ measurements: Measurements, _ settings: LinearSettings
  ) {
    let kernels = settings.kernels
    let basis = LinearBasis(prior, measurements.architectures.space, kernels, settings)
    self.init(LinearProblem(measurements, basis), settings, kernels: kernels)
  }
}

extension LinearPosterior.Cell {
  fileprivate init(
    _ configuration: LinearSettings.Configuration, _ kernels: [LinearSettings.Kernel]
  ) {
    isProportional = configuration.isProportional
    noise = configuration.noise
    differences = configuration.differences
    structure = configuration.structure
    kernel = 1 + (kernels.firstIndex(of: configuration.kernel) ?? 0)
    logPrior = configuration.logPrior
  }
}

// MARK: - Evidence

extension LinearPosterior {
  /// One pass: factors, scales and weights of everything.
  private func weigh() -> Bool {
    for cell in cells.indices {
      guard factorize(cell) else { return false }
      solve(cell)
      evidence(cell)
    }
    return normalizeWeights()
  }

  /// From logarithms to shares.
  private func normalizeWeights() -> Bool {
    let size = cells.count * means.count
    let most = (0..<size).reduce(-Double.infinity) { max($0, weights[$1]) }
    guard most.isFinite else { return false }
    var total = 0.0
    for place in 0..<size {
      weights[place] = weights[place] > most - 40 ? exponential(weights[place] - most) : 0
      total += weights[place]
    }
    for cell in cells.indices {
      let start = cell * means.count
      cellWeights[cell] = 0
      for place in start..<(start + means.count) {
        weights[place] /= total
        cellWeights[cell] += weights[place]
      }
    }
    return total.isFinite
  }

  private func factorize(_ cell: Int) -> Bool {
    let (matrix, count) = (factor(cell), count)
    let (t1, t2) = (cells[cell].differences, cells[cell].structure)
    problem.covariances[0].matrix.withUnsafeBufferPointer { first in
      problem.covariances[cells[cell].kernel].matrix.withUnsafeBufferPointer { second in
        for i in 0..<count {
          for place in (i &* count)...(i &* count &+ i) {
            matrix[place] = t1 * first[place] + t2 * second[place]
          }
        }
      }
    }
    addNoise(cells[cell], to: matrix)
    return HelpPredictor.factorize(matrix, count)
  }

  private static let jitter = 1e-8

  private func addNoise(_ cell: Cell, to matrix: UnsafeMutablePointer<Double>) {
    let variance = cell.variance
    for row in 0..<count {
      let own = inflation[row] * level(cell, row)
      matrix[row &* (count &+ 1)] += variance * own + Self.jitter
    }
  }

  private func solve(_ cell: Int) {
    solution(cell, 0).update(from: sides, count: columns * count)
    for column in 0..<columns { solveLower(factor(cell), count, solution(cell, column)) }
  }

  /// Each mean function's scale, and the logarithm of what it and the configuration explain.
  private func evidence(_ cell: Int) {
    let bases = columns - 1
    for i in 0..<columns {
      for j in 0...i {
        let product = dot(solution(cell, i), solution(cell, j), count)
        (scratch[i &* columns &+ j], scratch[j &* columns &+ i]) = (product, product)
      }
    }
    let logs = cells[cell].logPrior - logDeterminant(factor(cell), count) / 2
    for j in means.indices {
      let own = meanWeights + j &* bases
      let my = dot(own, scratch + 1, bases)
      var mm = 0.0
      for place in 0..<bases where own[place] != 0 {
        mm += own[place] * dot(own, scratch + ((1 &+ place) &* columns &+ 1), bases)
      }
      weigh(cell, j, (latency: scratch[0], both: my, mean: mm), logs)
    }
  }

  /// - products: yᵀ C⁻¹ y, mᵀ C⁻¹ y, mᵀ C⁻¹ m.
  private func weigh(
    _ cell: Int, _ mean: Int, _ products: (latency: Double, both: Double, mean: Double),
    _ logs: Double
  ) {
    let (guess, prior) = (scaleGuesses[mean], settings.scalePrecision)
    let both = products.both / guess
    let precision = products.mean + prior
    // The scale over its guess.
    let scale = max((both + prior) / precision, 1e-3)
    let misfit =
      products.latency / (guess * guess) - 2 * scale * both + scale * scale * products.mean
      + prior * (scale - 1) * (scale - 1)
    let place = cell &* means.count &+ mean
    scales[place] = scale * guess
    precisions[place] = precision
    weights[place] =
      logs - misfit / 2 - logarithm(precision / prior) / 2
      - Double(count) * logarithm(guess) + logarithm(means[mean].prior)
  }
}

// MARK: - Robust weights

extension LinearPosterior {
  /// Discounts rows that are far from the fit, by a t distribution.
  private func discount() {
    let fit = fitted()
    squares = fit.map { max($0, settings.noiseFloor) * max($0, settings.noiseFloor) }
    var (constant, proportional) = (0.0, 0.0)
    for (cell, weight) in zip(cells, cellWeights) {
      let share = weight * cell.variance
      if cell.isProportional { proportional += share } else { constant += share }
    }
    let freedom = settings.robustFreedom
    for row in 0..<count {
      let difference = problem.latencies[row] - fit[row]
      let variance = constant + proportional * squares[row]
      inflation[row] = (freedom + difference * difference / variance) / (freedom + 1)
    }
  }

  /// The mixture's mean on the rows: what is left of the latencies without the noise.
  private func fitted() -> [Double] {
    var fit = problem.latencies
    for (number, cell) in cells.enumerated() where cellWeights[number] > Self.leastWeight {
      writeResidual(number, to: scratch)
      for row in 0..<count {
        let own = inflation[row] * level(cell, row)
        fit[row] -= cell.variance * own * scratch[row]
      }
    }
    return fit
  }

  /// Configurations that weigh less do not enter means.
  static var leastWeight: Double { 1e-9 }

  /// Σ w C⁻¹ (y - s m) over the mean functions.
  func writeResidual(_ cell: Int, to target: UnsafeMutablePointer<Double>) {
    let own = solution(cell, 0)
    for row in 0..<count { target[row] = cellWeights[cell] * own[row] }
    for place in 0..<(columns - 1) {
      add(-baseWeight(cell, place), solution(cell, 1 + place), to: target, count)
    }
    solveUpper(factor(cell), count, target)
  }

  /// Σ w s over the mean functions, for a base function.
  func baseWeight(_ cell: Int, _ base: Int) -> Double {
    var share = 0.0
    for j in means.indices {
      let place = cell &* means.count &+ j
      share += weights[place] * scales[place] * meanWeights[j &* (columns &- 1) &+ base]
    }
    return share
  }
}
