import HelpNumerics
import HelpSpaces

/// The covariance between architectures that may be measured and those to be predicted, as it
/// shrinks with each that is.
struct ExperimentDesign {
  /// Covariances of evaluated rows with sites, and variances of sites. The first sites are
  /// measured ones.
  private var covariances: [Double]
  private var variances: [Double]
  private let evaluated: Int
  private let measured: Int
  private var isChosen: [Bool]
  private let noise: Double
  /// Features of the sites, and what each measurement explained of every site.
  private let features: [Double]
  private let width: Int
  private var explained: [[Double]] = []

  private var sites: Int { variances.count }

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

  /// The best candidate left.
  mutating func next() -> Int? {
    let gains = gains()
    let open = (measured..<sites).filter { !isChosen[$0] }
    guard let best = open.max(by: { (gains[$0], $1) < (gains[$1], $0) }) else { return nil }
    choose(best)
    return best - measured
  }

  /// How much measuring each site lowers the evaluated rows' variances.
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

  private mutating func choose(_ site: Int) {
    let share = explainedShare(site)
    for row in 0..<evaluated {
      let own = covariances[row * sites + site] / (noise + variances[site]).squareRoot()
      for other in 0..<sites { covariances[row * sites + other] -= own * share[other] }
    }
    for other in 0..<sites {
      variances[other] = max(variances[other] - share[other] * share[other], 0)
    }
    explained.append(share)
    isChosen[site] = true
  }

  /// Covariances of a site with all, over the deviation of its measurement.
  private func explainedShare(_ site: Int) -> [Double] {
    let own = Array(features[(site * width)..<((site + 1) * width)])
    var share = products(own, features, width)
    for earlier in explained {
      for other in 0..<sites { share[other] -= earlier[site] * earlier[other] }
    }
    let deviation = (noise + variances[site]).squareRoot()
    return share.map { $0 / deviation }
  }
}

/// Functions whose inner product is the prior covariance of two architectures' latencies, in
/// squares of the mean latency.
private struct DesignFeatures {
  private let regressors: ScaledRegressors
  private let functions: [[Double]]
  /// Deviations of the weights on z.
  private let deviations: [Double]

  init(_ prior: BayesPrior, _ space: any SearchSpace, _ settings: SelectionSettings) {
    var constants = BayesSettings(for: space)
    constants.costDifferences = 0
    let basis = FunctionBasis(prior, space, [.learned], constants)
    regressors = prior.regressors
    let pool = basis.base[0]
    functions =
      [pool.map { settings.scale * $0 }] + basis.differences.prefix(prior.devices.count)
      + basis.base.dropFirst().map { zip($0, pool).map { $0 - $1 } }
    deviations = basis.kernels[0].map { $0.squareRoot() }
  }

  var width: Int { functions.count + deviations.count }

  func values(_ batch: ArchitectureBatch) -> [Double] {
    let rows = regressors.scaled(batch)
    let own = products(rows, functions.flatMap { $0 }, regressors.count)
    return (0..<batch.count).flatMap { row in
      own[(row * functions.count)..<((row + 1) * functions.count)]
        + deviations.indices.map { deviations[$0] * rows[row * deviations.count + $0] }
    }
  }
}

/// Inner products of each row of one with each row of the other.
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
