import HelpNumerics
import HelpSpaces

/// The prior covariance S of latencies, in squares of the mean latency, as it shrinks with each
/// architecture that is measured (B21).
///
/// Sites are what is or may be measured: the measured rows, then the candidates. Evaluated rows
/// are those whose variances are to fall.
struct ExperimentDesign {
  /// S of evaluated rows with sites, [evaluated, sites].
  private var covariances: [Double]
  /// S of each site with itself, [sites].
  private var variances: [Double]
  /// Evaluated rows.
  private let evaluated: Int
  /// Measured rows, the first sites.
  private let measured: Int
  /// Whether each site is measured or taken, [sites].
  private var isChosen: [Bool]
  /// Variance of a measurement's noise.
  private let noise: Double
  /// Features of the sites, [sites, width], whose inner products are the prior S.
  private let features: [Double]
  /// Features of a site.
  private let width: Int
  /// For each measurement so far, its scaled covariances with all sites, [sites] each.
  private var measurements: [[Double]] = []

  /// Measured rows and candidates.
  private var sites: Int { variances.count }

  /// S after the measured rows.
  init(
    _ prior: BayesPrior, _ settings: SelectionSettings, measured: ArchitectureBatch,
    candidates: ArchitectureBatch, evaluated: ArchitectureBatch
  ) {
    let map = DesignFeatures(prior, candidates.space, settings)
    features = map.values(measured) + map.values(candidates)
    width = map.width
    noise = settings.noise * settings.noise
    self.evaluated = evaluated.count
    self.measured = measured.count
    let (features, width, sites) = (features, width, self.measured + candidates.count)
    let rows = map.values(evaluated)
    covariances = products(rows, features, width)
    variances = (0..<sites).map { site in
      features[(site * width)..<((site + 1) * width)].reduce(0) { $0 + $1 * $1 }
    }
    isChosen = [Bool](repeating: false, count: sites)
    for site in 0..<self.measured { choose(site) }
  }

  /// Takes the candidate with the largest gain, the first of equals; nil when none is left.
  mutating func next() -> Int? {
    let gains = gains()
    let open = (measured..<sites).filter { !isChosen[$0] }
    guard let best = open.max(by: { (gains[$0], $1) < (gains[$1], $0) }) else { return nil }
    choose(best)
    return best - measured
  }

  /// How much measuring each site lowers the sum of the evaluated rows' variances, [sites] (B21).
  private func gains() -> [Double] {
    var sums = [Double](repeating: 0, count: sites)
    for row in 0..<evaluated {
      for site in 0..<sites {
        let covariance = covariances[row * sites + site]
        sums[site] += covariance * covariance
      }
    }
    return zip(sums, variances).map { $0 / (noise + $1) }
  }

  /// Lowers S by what measuring the site explains (after B21).
  private mutating func choose(_ site: Int) {
    let scaled = scaledCovariances(site)
    for row in 0..<evaluated {
      let rowScaled = covariances[row * sites + site] / (noise + variances[site]).squareRoot()
      for other in 0..<sites { covariances[row * sites + other] -= rowScaled * scaled[other] }
    }
    for other in 0..<sites {
      variances[other] = max(variances[other] - scaled[other] * scaled[other], 0)
    }
    measurements.append(scaled)
    isChosen[site] = true
  }

  /// S(site, b) / √(noise + S(site, site)) for each site b, [sites], so that products of two of
  /// them are what the measurement explains.
  private func scaledCovariances(_ site: Int) -> [Double] {
    let siteFeatures = Array(features[(site * width)..<((site + 1) * width)])
    var covariances = products(siteFeatures, features, width)
    for earlier in measurements {
      for other in 0..<sites { covariances[other] -= earlier[site] * earlier[other] }
    }
    let deviation = (noise + variances[site]).squareRoot()
    return covariances.map { $0 / deviation }
  }
}

/// Functions whose inner product over two architectures is the prior S of B21.
private struct DesignFeatures {
  private let regressors: ScaledRegressors
  /// Half the likeliest mean function, differences of devices, and directions to pure costs,
  /// as weights on z.
  private let functions: [[Double]]
  /// Prior deviations of the weights on z in the first kernel.
  private let deviations: [Double]

  /// The learned kernel, or even shares where nothing was learnt, without the directions to
  /// costs in K1: those have a factor of their own.
  init(_ prior: BayesPrior, _ space: any SearchSpace, _ settings: SelectionSettings) {
    var constants = BayesSettings(for: prior, in: space)
    constants.costDifferences = 0
    let basis = FunctionBasis(prior, space, Array(constants.kernels.prefix(1)), constants)
    regressors = prior.regressors
    let mean = prior.isDescription && basis.base.count > 1 ? basis.base[1] : basis.base[0]
    functions =
      [mean.map { settings.scale * $0 }] + basis.differences.prefix(prior.devices.count)
      + basis.base.dropFirst().map { cost in zip(cost, mean).map { $0 - $1 } }
    deviations = basis.kernels[0].map { $0.squareRoot() }
  }

  /// Numbers of one architecture.
  var width: Int { functions.count + deviations.count }

  /// The functions of each architecture, [rows, width].
  func values(_ batch: ArchitectureBatch) -> [Double] {
    let rows = regressors.scaled(batch)
    let functionValues = products(rows, functions.flatMap { $0 }, regressors.count)
    return (0..<batch.count).flatMap { row in
      functionValues[(row * functions.count)..<((row + 1) * functions.count)]
        + deviations.indices.map { deviations[$0] * rows[row * deviations.count + $0] }
    }
  }
}

/// a bᵀ: inner products of rows of `width` numbers.
private func products(_ a: [Double], _ b: [Double], _ width: Int) -> [Double] {
  let (rows, columns) = (a.count / width, b.count / width)
  var result = [Double](repeating: 0, count: rows * columns)
  a.withUnsafeBufferPointer { a in
    b.withUnsafeBufferPointer { b in
      guard let left = a.baseAddress, let right = b.baseAddress else { return }
      for row in 0..<rows {
        for column in 0..<columns {
          result[row * columns + column] = dot(left + row * width, right + column * width, width)
        }
      }
    }
  }
  return result
}
