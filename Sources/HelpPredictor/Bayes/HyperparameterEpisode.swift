import HelpNumerics

/// A training device as if it were new: a few of its rows measured, others asked, and a pool
/// of other devices. How well `Hyperparameters` predict the asked ones (section F).
struct HyperparameterEpisode: Sendable {
  static let support = 10
  static let query = 40

  /// Covariances of all rows with the measured ones, `support` numbers a row: of a constant,
  /// along the differences, and of each group; then the variances of all rows.
  private let covariances: [[Double]]
  private let variances: [[Double]]
  /// The pool's mean function and the latencies, over the device's median.
  private let mean: [Double]
  private let latencies: [Double]

  /// - rows: z of the episode's rows, `support` measured ones first.
  /// - groups: the columns of z of each group.
  init(
    rows: [[Double]], groups: [Range<Int>], mean: [Double], differences: [[Double]],
    latencies: [Double]
  ) {
    func factors(_ columns: Range<Int>) -> [[Double]] { rows.map { Array($0[columns]) } }
    let all = [factors(0..<1), differences] + groups.map(factors)
    covariances = all.map { factor in
      factor.flatMap { row in factor.prefix(Self.support).map { dot(row, $0) } }
    }
    variances = all.map { factor in factor.map { dot($0, $0) } }
    self.mean = mean
    self.latencies = latencies
  }

  private static let grid = BayesSettings.grid(
    proportional: [false], noises: [0.004, 0.015, 0.04, 0.1, 0.22], differences: [0.1, 1, 10],
    structures: [0.03, 0.3, 3, 30], power: 0)
  private static let scalePrecision = 4.0

  /// Minus the mean log density of the asked latencies; outliers are allowed for.
  func loss(_ hyperparameters: BayesPrior.Hyperparameters, in workspace: Workspace<Double>)
    -> Double
  {
    workspace.scope {
      let covariance = Mixed(covariances, hyperparameters, in: workspace)
      let variance = Mixed(variances, hyperparameters, in: workspace)
      let asked = latencies.count - Self.support
      // Σ w · density, with the largest evidence so far taken out.
      let densities = workspace.take(asked)
      densities.update(repeating: 0, count: asked)
      var (total, most) = (0.0, -Double.infinity)
      for configuration in Self.grid {
        let fit = Fit(self, configuration, covariance, in: workspace)
        guard let fit else { continue }
        if fit.evidence > most {
          let factor = exponential(most - fit.evidence)
          for place in 0..<asked { densities[place] *= factor }
          (total, most) = (total * factor, fit.evidence)
        }
        let weight = exponential(fit.evidence - most)
        guard weight > 1e-9 else { continue }
        total += weight
        for place in 0..<asked {
          densities[place] += weight * fit.density(self, Self.support + place, variance)
        }
      }
      return -(0..<asked).reduce(0) { sum, place in
        let outlier = normalDensity(latencies[Self.support + place] - 1, variance: 0.5)
        return sum + logarithm(0.98 * densities[place] / total + 0.02 * outlier)
      } / Double(asked)
    }
  }

  /// Σ e^θ of the parts: along the differences, and of all the rest.
  private struct Mixed {
    let differences: UnsafeMutablePointer<Double>
    let structure: UnsafeMutablePointer<Double>

    init(
      _ parts: [[Double]], _ hyperparameters: BayesPrior.Hyperparameters,
      in workspace: Workspace<Double>
    ) {
      let count = parts[0].count
      differences = workspace.take(count)
      self.structure = workspace.take(count)
      differences.update(repeating: 0, count: count)
      self.structure.update(repeating: 0, count: count)
      addScaled(exponential(hyperparameters.differences), parts[1], to: differences, count)
      addScaled(exponential(hyperparameters.bias), parts[0], to: self.structure, count)
      for (part, value) in zip(parts.dropFirst(2), hyperparameters.groups) {
        addScaled(exponential(value), part, to: self.structure, count)
      }
    }
  }

  /// One configuration's fit to the measured rows.
  private struct Fit {
    let configuration: BayesSettings.Configuration
    let covariance: Mixed
    let factor: CholeskyFactor
    /// L⁻¹ of the mean function and of the residuals, and scratch.
    let mean: UnsafeMutablePointer<Double>
    let residual: UnsafeMutablePointer<Double>
    let scratch: UnsafeMutablePointer<Double>
    let guess: Double
    let scale: Double
    let precision: Double
    let evidence: Double

    init?(
      _ episode: HyperparameterEpisode, _ configuration: BayesSettings.Configuration,
      _ covariance: Mixed, in workspace: Workspace<Double>
    ) {
      let n = HyperparameterEpisode.support
      let prior = HyperparameterEpisode.scalePrecision
      let matrix = workspace.take(n * n)
      mean = workspace.take(n)
      residual = workspace.take(n)
      scratch = workspace.take(n)
      let noise = configuration.noise * configuration.noise + 1e-8
      for place in 0..<(n * n) {
        matrix[place] =
          configuration.differences * covariance.differences[place]
          + configuration.structure * covariance.structure[place]
      }
      for row in 0..<n {
        matrix[row * n + row] += noise
        mean[row] = episode.mean[row]
        residual[row] = episode.latencies[row]
      }
      let sums = (episode.mean.prefix(n).reduce(0, +), episode.latencies.prefix(n).reduce(0, +))
      guess = sums.1 / max(sums.0, 0.05 * Double(n))
      guard let factor = CholeskyFactor(factorizing: matrix, size: n) else { return nil }
      self.factor = factor
      factor.solveLower(mean)
      factor.solveLower(residual)
      precision = dot(mean, mean, n) + prior
      let ratio = max((dot(mean, residual, n) / guess + prior) / precision, 1e-3)
      scale = ratio * guess
      addScaled(-scale, mean, to: residual, n)
      evidence =
        -factor.logDeterminant / 2 - dot(residual, residual, n) / (2 * guess * guess)
        - logarithm(precision) / 2 - prior * (ratio - 1) * (ratio - 1) / 2
      self.configuration = configuration
      self.covariance = covariance
    }

    /// Of a row's latency.
    func density(_ episode: HyperparameterEpisode, _ row: Int, _ variance: Mixed) -> Double {
      let n = HyperparameterEpisode.support
      let (t1, t2) = (configuration.differences, configuration.structure)
      for place in 0..<n {
        scratch[place] =
          t1 * covariance.differences[row * n + place] + t2 * covariance.structure[row * n + place]
      }
      factor.solveLower(scratch)
      let own = t1 * variance.differences[row] + t2 * variance.structure[row]
      let open = episode.mean[row] - dot(scratch, mean, n)
      let total =
        max(own - dot(scratch, scratch, n), 0) + open * open / precision
        + configuration.noise * configuration.noise
      let predicted = scale * episode.mean[row] + dot(scratch, residual, n)
      return normalDensity(episode.latencies[row] - predicted, variance: guess * guess * total)
    }
  }
}
