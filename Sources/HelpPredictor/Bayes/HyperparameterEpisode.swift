import HelpNumerics

/// A training device as if it were new: a few of its rows measured, others queried, and a pool
/// of other devices. Its loss is how badly θ predicts the queried rows (B20).
struct HyperparameterEpisode: Sendable {
  /// Measured rows; chosen on training devices, families left out.
  static let support = 10
  /// Queried rows at most; chosen on training devices, families left out.
  static let query = 40

  /// Covariances of all rows with the measured ones, [parts][rows, support]: of a constant,
  /// along the differences, and of each group, before the factors exp(θ) (B7).
  private let covariances: [[Double]]
  /// Variances of all rows, [parts][rows].
  private let variances: [[Double]]
  /// The pool's mean function m_0 on all rows, [rows].
  private let mean: [Double]
  /// In units of the device's median, [rows].
  private let latencies: [Double]

  /// - rows: z of the episode's rows, [rows][width], `support` measured ones first.
  /// - groups: the columns of z of each group.
  /// - mean: m_0 on the rows, [rows].
  /// - differences: δ on the rows, [rows][devices].
  /// - latencies: in units of the device's median, [rows].
  init(
    rows: [[Double]], groups: [Range<Int>], mean: [Double], differences: [[Double]],
    latencies: [Double]
  ) {
    func factors(_ columns: Range<Int>) -> [[Double]] { rows.map { Array($0[columns]) } }
    let parts = [factors(0..<1), differences] + groups.map(factors)
    covariances = parts.map { factor in
      factor.flatMap { row in factor.prefix(Self.support).map { dot(row, $0) } }
    }
    variances = parts.map { factor in factor.map { dot($0, $0) } }
    self.mean = mean
    self.latencies = latencies
  }

  /// σ, t1 and t2 that are averaged over, all as likely (B20); chosen on training devices,
  /// families left out.
  private static let grid = BayesSettings.grid(
    proportional: [false], noises: [0.004, 0.015, 0.04, 0.1, 0.22], differences: [0.1, 1, 10],
    structures: [0.03, 0.3, 3, 30], power: 0)
  /// Share of queried latencies that are outliers (B20); chosen on training devices, families
  /// left out.
  private static let outlierShare = 0.02
  /// Share that the mixture over configurations explains.
  private static let inlierShare = 1 - outlierShare
  /// Mean of an outlier, in units of the median latency (B20); no comparison recorded.
  private static let outlierMean = 1.0
  /// Variance of an outlier, in squares of the median latency (B20); no comparison
  /// recorded.
  private static let outlierVariance = 0.5

  /// loss(θ) of the episode: minus the mean log density of the queried latencies (B20).
  func loss(_ hyperparameters: BayesPrior.Hyperparameters, in workspace: Workspace<Double>)
    -> Double
  {
    workspace.scope {
      let queries = latencies.count - Self.support
      let densities = workspace.take(queries)
      let total = addDensities(hyperparameters, to: densities, queries, in: workspace)
      var sum = 0.0
      for query in 0..<queries {
        let difference = latencies[Self.support + query] - Self.outlierMean
        let outlier = normalDensity(difference, variance: Self.outlierVariance)
        sum += logarithm(
          Self.inlierShare * densities[query] / total + Self.outlierShare * outlier)
      }
      return -sum / Double(queries)
    }
  }

  /// Writes Σ_k w_k N_k of each query and returns Σ_k w_k, with the largest evidence so far
  /// taken out of the weights.
  private func addDensities(
    _ hyperparameters: BayesPrior.Hyperparameters, to densities: UnsafeMutablePointer<Double>,
    _ queries: Int, in workspace: Workspace<Double>
  ) -> Double {
    let covariance = Mixed(covariances, hyperparameters, in: workspace)
    let variance = Mixed(variances, hyperparameters, in: workspace)
    densities.update(repeating: 0, count: queries)
    var (total, largest) = (0.0, -Double.infinity)
    for configuration in Self.grid {
      let fit = Fit(self, configuration, covariance, in: workspace)
      guard let fit else { continue }
      if fit.evidence > largest {
        let factor = exponential(largest - fit.evidence)
        for query in 0..<queries { densities[query] *= factor }
        (total, largest) = (total * factor, fit.evidence)
      }
      let weight = exponential(fit.evidence - largest)
      guard weight > BayesNumerics.leastMeanWeight else { continue }
      total += weight
      for query in 0..<queries {
        densities[query] += weight * fit.density(self, Self.support + query, variance)
      }
    }
    return total
  }

  /// Σ exp(θ) of the parts: K1 from the differences, and the learned K2 from all others (B7).
  private struct Mixed {
    /// K1, laid out as each part.
    let differences: UnsafeMutablePointer<Double>
    /// K2, laid out as each part.
    let structure: UnsafeMutablePointer<Double>

    /// - parts: of a constant, along the differences, and of each group.
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

  /// One configuration's fit to the measured rows, with the pool's mean function alone (B10).
  private struct Fit {
    let configuration: BayesSettings.Configuration
    let covariance: Mixed
    /// L with C = L Lᵀ (B9).
    let factor: CholeskyFactor
    /// L⁻¹ m, [support].
    let mean: UnsafeMutablePointer<Double>
    /// L⁻¹ (y - s m), [support].
    let residual: UnsafeMutablePointer<Double>
    /// [support].
    let scratch: UnsafeMutablePointer<Double>
    /// s0 (B5).
    let guess: Double
    /// s = ρ s0.
    let scale: Double
    /// A.
    let precision: Double
    /// L of B10, up to a constant.
    let evidence: Double

    /// Nil where C is not positive definite.
    init?(
      _ episode: HyperparameterEpisode, _ configuration: BayesSettings.Configuration,
      _ covariance: Mixed, in workspace: Workspace<Double>
    ) {
      let n = HyperparameterEpisode.support
      let prior = BayesSettings.defaultScalePrecision
      let matrix = workspace.take(n * n)
      mean = workspace.take(n)
      residual = workspace.take(n)
      scratch = workspace.take(n)
      let noise = configuration.noise * configuration.noise + BayesNumerics.jitter
      for entry in 0..<(n * n) {
        matrix[entry] =
          configuration.differences * covariance.differences[entry]
          + configuration.structure * covariance.structure[entry]
      }
      for row in 0..<n {
        matrix[row * n + row] += noise
        mean[row] = episode.mean[row]
        residual[row] = episode.latencies[row]
      }
      let meanSum = episode.mean.prefix(n).reduce(0, +)
      let latencySum = episode.latencies.prefix(n).reduce(0, +)
      guess = latencySum / max(meanSum, BayesNumerics.leastRowMean * Double(n))
      guard let factor = CholeskyFactor(factorizing: matrix, size: n) else { return nil }
      self.factor = factor
      factor.solveLower(mean)
      factor.solveLower(residual)
      precision = dot(mean, mean, n) + prior
      // ρ
      let ratio = max(
        (dot(mean, residual, n) / guess + prior) / precision, BayesNumerics.leastScale)
      scale = ratio * guess
      addScaled(-scale, mean, to: residual, n)
      evidence =
        -factor.logDeterminant / 2 - dot(residual, residual, n) / (2 * guess * guess)
        - logarithm(precision) / 2 - prior * (ratio - 1) * (ratio - 1) / 2
      self.configuration = configuration
      self.covariance = covariance
    }

    /// N(y; μ, s0² (v + σ²)) of a row's latency (B12, B15, B20).
    func density(_ episode: HyperparameterEpisode, _ row: Int, _ variance: Mixed) -> Double {
      let n = HyperparameterEpisode.support
      let (t1, t2) = (configuration.differences, configuration.structure)
      // L⁻¹ κ
      for column in 0..<n {
        let entry = row * n + column
        scratch[column] =
          t1 * covariance.differences[entry] + t2 * covariance.structure[entry]
      }
      factor.solveLower(scratch)
      let prior = t1 * variance.differences[row] + t2 * variance.structure[row]
      let openMean = episode.mean[row] - dot(scratch, mean, n)
      let total =
        max(prior - dot(scratch, scratch, n), 0) + openMean * openMean / precision
        + configuration.noise * configuration.noise
      let predicted = scale * episode.mean[row] + dot(scratch, residual, n)
      return normalDensity(episode.latencies[row] - predicted, variance: guess * guess * total)
    }
  }
}
