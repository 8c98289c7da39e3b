import HelpNumerics
@testable import HelpPredictor
import HelpSpaces
import Testing

/// Method "bayes" against the equations of docs/methods/bayes.md, computed here a second time:
/// whole matrices, one inverse for each configuration, nothing shared with the library but the
/// regressors of a row and the training devices' weights.
@Suite struct BayesFormulaTests {
  /// A described space, and NASBench201, whose groups have kernels of their own.
  static let spaces = ["described", "nasbench201"]
  /// The same, and the described space with so few training devices that its description says
  /// how devices differ (B25 to B27).
  static let priors = spaces + ["no device", "one device", "two devices"]

  @Test(arguments: priors, [3, 9, 20])
  func predictionsFollowTheFormulas(_ name: String, _ count: Int) throws {
    let example = try Example(name, count: count)
    let formulas = Formulas(example)
    let predictor = try example.prior.adapted(to: example.measurements)
    let (latencies, deviations) = predictor.moments(example.query)
    for (row, a) in example.functions.z(example.query).enumerated() {
      let expected = formulas.predict(a)
      #expect(isClose(latencies[row], expected.latency, 1e-9))
      #expect(isClose(deviations[row], expected.deviation, 1e-9))
    }
  }

  @Test(arguments: priors, [3, 9, 20])
  func weightsFollowTheFormulas(_ name: String, _ count: Int) throws {
    let example = try Example(name, count: count)
    let formulas = Formulas(example)
    let posterior = try #require(
      BayesPosterior(example.prior, example.measurements, example.settings))
    #expect(posterior.configurations.count == formulas.grid.count)
    #expect(posterior.means.count == formulas.means.count)
    for k in formulas.grid.indices {
      for j in formulas.means.indices {
        #expect(abs(posterior.weight(k, j) - formulas.fits[k][j].weight) < 1e-9)
      }
    }
    for (row, inflation) in posterior.inflation.enumerated() {
      #expect(isClose(inflation, formulas.inflation[row], 1e-9))
    }
  }

  @Test(arguments: priors, [3, 9, 20])
  func leaveOneOutFollowsTheFormulas(_ name: String, _ count: Int) throws {
    let example = try Example(name, count: count)
    let formulas = Formulas(example)
    let settings = example.settings
    let posterior = try #require(BayesPosterior(example.prior, example.measurements, settings))
    var leftOut = LeaveOneOut(posterior)
    posterior.forEachConfiguration { leftOut.add($0) }
    for (row, expected) in formulas.leftOut.enumerated() {
      #expect(isClose(leftOut.residuals[row], expected.residual, 1e-9))
      #expect(isClose(leftOut.standardized[row], expected.standardized, 1e-9))
      #expect(isClose(leftOut.standardizedAsNew[row], expected.asNew, 1e-9))
    }
    #expect(
      isClose(settings.calibration(leftOut.standardizedAsNew), formulas.calibration, 1e-9))
  }

  /// B1 and B2: means 0, variances that sum to 1 over a group, costs with mean 1.
  @Test(arguments: priors) func featuresAreScaled(_ name: String) throws {
    let example = try Example(name, count: 3)
    let expected = example.functions.z(example.pool).flatMap { $0 }
    let scaled = example.prior.regressors.scaled(example.pool)
    #expect(scaled.count == expected.count)
    #expect(zip(scaled, expected).allSatisfy { abs($0 - $1) < 1e-9 })
  }

  /// B3: for one of the four penalties, the normal equations hold.
  @Test(arguments: spaces) func devicesAreRidgeRegressions(_ name: String) throws {
    let example = try Example(name, count: 3)
    let columns = example.prior.regressors.regressorCount
    let rows = example.functions.z(example.pool).map { z in
      [1] + z[1...columns].map { 10 * $0 }
    }
    for (number, device) in example.prior.devices.enumerated() {
      let targets = limited(example.devices.latencies(device: number))
      let fits = [1e-4, 1e-3, 1e-2, 1e-1].map { penalty in
        ridge(rows, targets, penalty: penalty * Double(rows.count))
      }
      let nearest = fits.map { fit in
        let weights = [1] + fit.dropFirst().map { 10 * $0 / fit[0] }
        return zip(weights, device.weights).map { abs($0 - $1) }.max() ?? .infinity
      }
      #expect((nearest.min() ?? .infinity) < 1e-8)
    }
  }

  /// B20, with a random episode.
  @Test func theEpisodesLossFollowsTheFormula() throws {
    let example = try Example("described", count: 50)
    let functions = example.functions
    let rows = functions.z(example.pool).prefix(50).map { $0 }
    let latencies = example.devices.latencies(device: 50).prefix(50).map { $0 / 7 }
    let episode = HyperparameterEpisode(
      rows: rows, groups: functions.groups.map(\.columns),
      mean: rows.map { inner(functions.pool, $0) },
      differences: rows.map { z in functions.differences.map { inner($0, z) } },
      latencies: latencies)
    var theta = BayesPrior.Hyperparameters(defaultFor: functions.groups.count)
    theta.differences = -0.7
    theta.groups[0] = -1.5
    let expected = episodeLoss(functions, theta, rows, latencies)
    #expect(isClose(episode.loss(theta, in: Workspace<Double>()), expected, 1e-9))
  }

  /// B21: each row taken is the one with the largest gain, by whole covariance matrices.
  @Test(arguments: priors) func selectionFollowsTheFormula(_ name: String) throws {
    let example = try Example(name, count: 3)
    let pool = example.pool.rows(Array(0..<60))
    let chosen = example.prior.select(from: pool, count: 8, given: pool.rows([7, 11]))
    #expect(chosen == greedyDesign(example.functions, pool, measured: [7, 11], count: 8))
  }
}

/// A prior of made-up devices, and some rows measured on another, one of them far too slow.
private struct Example {
  let space: any SearchSpace
  let devices: SyntheticDevices
  let prior: BayesPrior
  let functions: PriorFunctions
  let measurements: Measurements

  init(_ name: String, count: Int) throws {
    space =
      name == "nasbench201"
      ? try SpaceRegistry.space(named: name)
      : try DescribedSpace(parsing: Array(Self.described.utf8))
    devices = SyntheticDevices(space, rows: 200, seed: 11)
    let train = ["no device": 0, "one device": 1, "two devices": 2][name] ?? 4
    if train == 0 {
      prior = BayesPrior(describing: space)
      var random = RandomSource(seed: 0)
      functions = PriorFunctions(
        prior, space, over: space.sample(Int(space.count ?? 0), using: &random))
    } else {
      prior = try Self.prior(devices, train)
      functions = PriorFunctions(prior, space, over: devices.architectures)
    }
    var latencies = Array(devices.latencies(device: 50).prefix(count))
    var random = RandomSource(seed: 1)
    for row in latencies.indices { latencies[row] *= random.uniform(in: 0.95...1.05) }
    latencies[1] *= 1.6
    measurements = try Measurements(
      devices.architectures.rows(Array(0..<count)), latencies: latencies)
  }

  private static func prior(_ devices: SyntheticDevices, _ train: Int) throws -> BayesPrior {
    let fitting = try BayesPriorFitting(
      devices.dataset(train: train, valid: 1, references: 5), BayesPriorFitting.Settings())
    var theta = BayesPrior.Hyperparameters(
      defaultFor: devices.architectures.space.regressorGroups.count)
    theta.bias = -3.5
    theta.differences = -0.5
    theta.groups[0] = -2
    return fitting.prior(try fitting.ridges(), theta, record: .null)
  }

  var settings: BayesSettings { BayesSettings(for: prior, in: space) }
  var pool: ArchitectureBatch { devices.architectures }
  /// Measured and other rows.
  var query: ArchitectureBatch { pool.rows(Array(0..<2) + Array(100..<106)) }

  private static let described = """
    {"name": "small", "genes": [
      {"name": "depth", "choices": ["two", "three"]},
      {"name": "op1", "choices": ["a", "b", "c", "d"]},
      {"name": "op2", "choices": ["a", "b", "c", "d"]},
      {"name": "op3", "choices": ["a", "b", "c", "d"],
       "alive_if": [{"gene": "depth", "in": ["three"]}]},
      {"name": "width", "choices": ["s", "m", "l"]}],
     "costs": {
      "macs": {"fixed": 4, "genes": {"op1": [1, 3, 5, 8], "op2": [2, 3, 6, 7],
        "op3": [1, 2, 4, 9], "width": [0, 2, 5]}},
      "activations": {"fixed": 2, "genes": {"op1": [1, 1, 2, 2], "op3": [3, 1, 2, 5]}},
      "operations": {"fixed": 1, "genes": {"op2": [1, 2, 2, 3], "depth": [2, 3]}},
      "parameters": {"fixed": 3, "genes": {"op1": [9, 1, 4, 2], "width": [1, 5, 7]}}}}
    """
}

// MARK: - The prior's functions

/// z of architectures, and functions of it (B1 to B7).
private struct PriorFunctions {
  struct Group {
    let name: String
    let columns: Range<Int>
  }

  enum Kernel: Equatable {
    case learned
    case group(String)
    case shares([Double])
  }

  /// Whether there are so few training devices that the description says how devices differ.
  let isDescribed: Bool
  private let hasDevices: Bool
  let groups: [Group]
  let pool: [Double]
  let differences: [[Double]]
  let theta: BayesPrior.Hyperparameters
  private let space: any SearchSpace
  private let centres: [Double]
  private let scales: [Double]
  private let costCount: Int

  private var columns: Int { groups.last?.columns.upperBound ?? 1 }

  init(_ prior: BayesPrior, _ space: any SearchSpace, over rows: ArchitectureBatch) {
    self.space = space
    theta = prior.hyperparameters
    isDescribed = prior.devices.count < 4
    hasDevices = !prior.devices.isEmpty
    let costs = prior.regressors.costMeans.count
    self.costCount = costs
    var start = 1
    groups = space.regressorGroups.map { group in
      defer { start += group.count }
      return Group(name: group.name, columns: start..<(start + group.count))
    }
    let raw = (0..<rows.count).map { Self.raw(rows[$0], space, costs) }
    let moments = raw[0].indices.map { column in meanAndDeviation(raw.map { $0[column] }) }
    (centres, scales) = Self.scaling(moments, groups)
    // B4
    let width = raw[0].count
    let functions = prior.devices.map { device in
      device.weights + [Double](repeating: 0, count: width - device.weights.count)
    }
    // B25 where there are none
    let mean = (0..<width).map { place in
      functions.isEmpty
        ? (place == 0 ? 1 : 0)
        : functions.reduce(0) { $0 + $1[place] } / Double(functions.count)
    }
    pool = mean
    let root = Double(functions.count - 1).squareRoot()
    differences =
      functions.count < 2
      ? [] : functions.map { function in zip(function, mean).map { ($0 - $1) / root } }
  }

  /// 1, the regressors and the first costs.
  private static func raw(
    _ row: ArchitectureRow, _ space: any SearchSpace, _ count: Int
  ) -> [Double] {
    var values = [Double](
      repeating: 0, count: space.regressorGroups.reduce(0) { $0 + $1.count })
    values.withUnsafeMutableBufferPointer { values in
      if let target = values.baseAddress { space.writeRegressors(row, to: target) }
    }
    guard let costs = space.costs(row) else { return [1] + values }
    let all = [costs.macs, costs.activations, costs.operations, costs.parameters]
    return [1] + values + all.prefix(count)
  }

  /// B1 and B2 as a centre and a factor for each column.
  private static func scaling(
    _ moments: [(mean: Double, deviation: Double)], _ groups: [Group]
  ) -> (centres: [Double], scales: [Double]) {
    var centres = [Double](repeating: 0, count: moments.count)
    var scales = [Double](repeating: 1, count: moments.count)
    for group in groups {
      let varying = group.columns.count { moments[$0].deviation > 1e-12 }
      for column in group.columns {
        centres[column] = moments[column].mean
        let root = Double(varying).squareRoot()
        scales[column] =
          moments[column].deviation > 1e-12 ? 1 / (moments[column].deviation * root) : 0
      }
    }
    for cost in (groups.last?.columns.upperBound ?? 1)..<moments.count {
      scales[cost] = 1 / moments[cost].mean
    }
    return (centres, scales)
  }

  func z(_ batch: ArchitectureBatch) -> [[Double]] {
    (0..<batch.count).map { row in
      let raw = Self.raw(batch[row], space, costCount)
      return raw.indices.map { (raw[$0] - centres[$0]) * scales[$0] }
    }
  }

  func costs(_ z: [Double]) -> [Double] { Array(z[columns...]) }

  /// m_0, or multiply-accumulates where there is no device (B21).
  var likeliest: [Double] {
    hasDevices ? pool : pool.indices.map { $0 == columns ? 1 : 0 }
  }

  /// B6
  func mean(_ weights: [Double], _ z: [Double]) -> Double {
    inner(weights, [inner(pool, z)] + costs(z))
  }

  /// B7; `costWeight` is that of the directions to pure costs.
  func k1(_ a: [Double], _ b: [Double], costWeight: Double? = nil) -> Double {
    let costWeight = costWeight ?? (isDescribed ? 0.05 : 0.015)
    let own = differences.reduce(0) { $0 + inner($1, a) * inner($1, b) }
    return exponential(theta.differences) * (own + costWeight * towardsCosts(a, b))
  }

  /// `mean` is the function that directions to costs start from; by default m_0.
  func towardsCosts(_ a: [Double], _ b: [Double], from mean: [Double]? = nil) -> Double {
    let (here, there) = (inner(mean ?? pool, a), inner(mean ?? pool, b))
    return zip(costs(a), costs(b)).reduce(0) { $0 + ($1.0 - here) * ($1.1 - there) }
  }

  func k2(_ kernel: Kernel, _ a: [Double], _ b: [Double]) -> Double {
    switch kernel {
    case .learned: return learned(theta, a, b)
    case .group(let name):
      return groups.filter { $0.name == name }.reduce(0.09) { $0 + product(a, b, over: $1) }
    case .shares(let shares):
      return zip(groups, shares).reduce(0.02) { $0 + $1.1 * product(a, b, over: $1.0) }
    }
  }

  func learned(_ theta: BayesPrior.Hyperparameters, _ a: [Double], _ b: [Double]) -> Double {
    zip(groups, theta.groups).reduce(exponential(theta.bias)) { sum, pair in
      sum + exponential(pair.1) * product(a, b, over: pair.0)
    }
  }

  private func product(_ a: [Double], _ b: [Double], over group: Group) -> Double {
    group.columns.reduce(0) { $0 + a[$1] * b[$1] }
  }
}

// MARK: - The posterior

/// B5 to B19 for one measured device.
private struct Formulas {
  struct Configuration {
    let isProportional: Bool
    let noise, t1, t2: Double
    let kernel: PriorFunctions.Kernel
    let logPrior: Double
  }

  struct MeanFunction {
    let weights: [Double]
    let prior: Double
  }

  /// B10 and B11 of one configuration and mean function.
  struct Fit {
    let inverse: [[Double]]
    /// m of the rows, and C⁻¹ of it and of the latencies.
    let mean, solvedMean, solvedLatency: [Double]
    let guess, scale, precision, evidence: Double
    var weight = 0.0
  }

  typealias LeftOut = (residual: Double, standardized: Double, asNew: Double)

  let functions: PriorFunctions
  let grid: [Configuration]
  let means: [MeanFunction]
  private let rows: [[Double]]
  private let unit: Double
  private let smallest: Double
  private let y: [Double]
  private(set) var inflation: [Double]
  private var squares: [Double]
  private(set) var fits: [[Fit]] = []
  private(set) var leftOut: [LeftOut] = []
  private(set) var calibration = 0.0

  private var n: Int { y.count }

  init(_ example: Example) {
    functions = example.functions
    let hasKernels = example.space.regressorGroups.contains(where: \.standsAlone)
    grid =
      functions.isDescribed
      ? Self.describedGrid(functions.groups.count) : Self.grid(hasKernels)
    means =
      functions.isDescribed
      ? Self.describedMeans(hasDevices: !example.prior.devices.isEmpty) : Self.means(hasKernels)
    rows = functions.z(example.measurements.architectures)
    let latencies = example.measurements.latencies
    unit = latencies.reduce(0, +) / Double(latencies.count)
    smallest = latencies.min() ?? 0
    let unit = unit
    y = latencies.map { $0 / unit }
    inflation = y.map { _ in 1 }
    squares = inflation
    weigh()
    for _ in 0..<2 {
      discount()
      weigh()
    }
    leftOut = (0..<n).map(leaveOut)
    calibration = calibrated()
  }

  private static func grid(_ hasKernels: Bool) -> [Configuration] {
    func part(
      _ kernel: PriorFunctions.Kernel, _ t1s: [Double], _ t2s: [Double],
      _ logPrior: (Double) -> Double
    ) -> [Configuration] {
      var part: [Configuration] = []
      for isProportional in [false, true] {
        for noise in [0.002, 0.006, 0.02, 0.06, 0.18] {
          for t1 in t1s {
            for t2 in t2s {
              part.append(
                Configuration(
                  isProportional: isProportional, noise: noise, t1: t1, t2: t2, kernel: kernel,
                  logPrior: logPrior(t2)))
            }
          }
        }
      }
      return part
    }
    guard hasKernels else {
      return part(.learned, [0.05, 1], [0.03, 0.3, 3]) { -logarithm(6) - logarithm($0) / 4 }
    }
    return part(.learned, [0.05, 1], [0.1, 1.5]) { -logarithm(4) - logarithm($0) / 4 }
      + part(.group("counts"), [0], [0.03, 0.3]) { _ in 2.5 - logarithm(2) }
      + part(.group("live_counts"), [0], [0.03, 0.3]) { _ in 1.5 - logarithm(2) }
  }

  /// B27.
  private static func describedGrid(_ groups: Int) -> [Configuration] {
    let even = [Double](repeating: 1 / Double(groups), count: groups)
    let single = (0..<groups).map { main in
      (0..<groups).map { $0 == main ? 0.9 : 0.1 / Double(groups - 1) }
    }
    var grid: [Configuration] = []
    for shares in [even] + single {
      for t in [0.01, 0.1, 1] {
        for isProportional in shares == even ? [false, true] : [true] {
          for noise in [0.002, 0.006, 0.02, 0.06, 0.18] {
            grid.append(
              Configuration(
                isProportional: isProportional, noise: noise, t1: t, t2: t,
                kernel: .shares(shares), logPrior: -logarithm(t) / 4))
          }
        }
      }
    }
    return grid
  }

  /// B26.
  private static func describedMeans(hasDevices: Bool) -> [MeanFunction] {
    let (share, third, rest) = (hasDevices ? 0.7 : 1, 1.0 / 3, 0.6 / 8)
    let pool = MeanFunction(weights: [1, 0, 0, 0, 0], prior: 0.3)
    let costs: [(weights: [Double], prior: Double)] = [
      ([1, 0, 0, 0], 0.4), ([0, 1, 0, 0], rest), ([0, 0, 1, 0], rest), ([0, 0, 0, 1], rest),
      ([0.5, 0.5, 0, 0], rest), ([0.5, 0, 0.5, 0], rest), ([0, 0.5, 0.5, 0], rest),
      ([0.5, 0, 0, 0.5], rest), ([third, third, third, 0], rest),
    ]
    return (hasDevices ? [pool] : [])
      + costs.map { MeanFunction(weights: [0] + $0.weights, prior: share * $0.prior) }
  }

  private static func means(_ hasKernels: Bool) -> [MeanFunction] {
    let third = 1.0 / 3
    let (pool, macs, rest) = hasKernels ? (0.5, 1.0 / 14, 1.0 / 14) : (0.25, 0.6, 0.025)
    return [
      MeanFunction(weights: [1, 0, 0, 0], prior: pool),
      MeanFunction(weights: [0, 1, 0, 0], prior: macs),
      MeanFunction(weights: [0, 0, 1, 0], prior: rest),
      MeanFunction(weights: [0, 0, 0, 1], prior: rest),
      MeanFunction(weights: [0, 0.5, 0.5, 0], prior: rest),
      MeanFunction(weights: [0, 0.5, 0, 0.5], prior: rest),
      MeanFunction(weights: [0, 0, 0.5, 0.5], prior: rest),
      MeanFunction(weights: [0, third, third, third], prior: rest),
    ]
  }

  private func covariance(_ k: Configuration, _ a: [Double], _ b: [Double]) -> Double {
    k.t1 * functions.k1(a, b) + k.t2 * functions.k2(k.kernel, a, b)
  }

  /// The noise's variance of a measured row, not discounted.
  private func noise(_ k: Configuration, _ row: Int) -> Double {
    k.noise * k.noise * (k.isProportional ? squares[row] : 1)
  }

  /// B9 to B11.
  private mutating func weigh() {
    fits = grid.map { k in
      var matrix = rows.map { a in rows.map { covariance(k, a, $0) } }
      for row in 0..<n { matrix[row][row] += noise(k, row) * inflation[row] + 1e-8 }
      let (inverse, logDeterminant) = inverted(matrix)
      return means.map { fit($0, k, inverse, logDeterminant) }
    }
    let most = fits.joined().map(\.evidence).max() ?? 0
    let total = fits.joined().reduce(0) { $0 + share($1, most) }
    for k in fits.indices {
      for j in fits[k].indices { fits[k][j].weight = share(fits[k][j], most) / total }
    }
  }

  private func share(_ fit: Fit, _ most: Double) -> Double {
    fit.evidence > most - 40 ? exponential(fit.evidence - most) : 0
  }

  private func fit(
    _ mean: MeanFunction, _ k: Configuration, _ inverse: [[Double]], _ logDeterminant: Double
  ) -> Fit {
    let m = rows.map { functions.mean(mean.weights, $0) }
    let guess = Double(n) / max(m.reduce(0, +), 0.05 * Double(n))
    let (cm, cy) = (inverse.map { inner($0, m) }, inverse.map { inner($0, y) })
    let precision = inner(m, cm) + 4
    let ratio = max((inner(m, cy) / guess + 4) / precision, 1e-3)
    let error =
      inner(y, cy) / (guess * guess) - 2 * ratio * inner(m, cy) / guess
      + ratio * ratio * inner(m, cm) + 4 * (ratio - 1) * (ratio - 1)
    let evidence =
      k.logPrior + logarithm(mean.prior) - logDeterminant / 2 - error / 2
      - logarithm(precision / 4) / 2 - Double(n) * logarithm(guess)
    return Fit(
      inverse: inverse, mean: m, solvedMean: cm, solvedLatency: cy, guess: guess,
      scale: ratio * guess, precision: precision, evidence: evidence)
  }

  private func weight(_ k: Int) -> Double { fits[k].reduce(0) { $0 + $1.weight } }

  /// B13 and B14.
  private mutating func discount() {
    var fitted = y
    for (k, configuration) in grid.enumerated() where weight(k) > 1e-9 {
      for row in 0..<n {
        let residual = fits[k].reduce(0) {
          $0 + $1.weight * ($1.solvedLatency[row] - $1.scale * $1.solvedMean[row])
        }
        fitted[row] -= noise(configuration, row) * inflation[row] * residual
      }
    }
    squares = fitted.map { max($0, 0.15) * max($0, 0.15) }
    for row in 0..<n {
      let variance = grid.indices.reduce(0) { $0 + weight($1) * noise(grid[$1], row) }
      let difference = y[row] - fitted[row]
      inflation[row] = (2 + difference * difference / variance) / 3
    }
  }

  /// B12, B15 and B16, then milliseconds.
  func predict(_ a: [Double]) -> (latency: Double, deviation: Double) {
    let line = grid.indices.filter { weight($0) > 1e-9 }.reduce(0) { sum, k in
      let kappa = rows.map { covariance(grid[k], a, $0) }
      return sum
        + zip(means, fits[k]).reduce(0) { $0 + $1.1.weight * mean($1.0, $1.1, kappa, a) }
    }
    let level = max(line, 0.15)
    let variance = grid.indices.filter { weight($0) > 1e-6 }.reduce(0) {
      $0 + self.variance($1, a, line, level)
    }
    let (again, tail) = (0.003 * level, max(smallest / 2, 1e-6 * unit))
    let milliseconds = unit * line
    return (
      milliseconds >= tail ? milliseconds : tail * tail / (2 * tail - milliseconds),
      unit * (calibration * calibration * max(variance, 1e-12) + again * again).squareRoot()
    )
  }

  private func mean(
    _ mean: MeanFunction, _ fit: Fit, _ kappa: [Double], _ a: [Double]
  ) -> Double {
    let residual = zip(fit.solvedLatency, fit.solvedMean).map { $0 - fit.scale * $1 }
    return fit.scale * functions.mean(mean.weights, a) + inner(kappa, residual)
  }

  private func variance(_ k: Int, _ a: [Double], _ line: Double, _ level: Double) -> Double {
    let configuration = grid[k]
    let kappa = rows.map { covariance(configuration, a, $0) }
    let noise =
      configuration.noise * configuration.noise
      * (configuration.isProportional ? level * level : 1)
    return zip(means, fits[k]).reduce(0) { sum, pair in
      let (mean, fit) = pair
      let open = functions.mean(mean.weights, a) - inner(kappa, fit.solvedMean)
      let explained = inner(kappa, fit.inverse.map { inner($0, kappa) })
      let left = covariance(configuration, a, a) - explained + open * open / fit.precision
      let apart = self.mean(mean, fit, kappa, a) - line
      return sum + fit.weight * (fit.guess * fit.guess * (left + noise) + apart * apart)
    }
  }

  /// B17 and B18.
  private func leaveOut(_ row: Int) -> LeftOut {
    var (weight, first, second, secondAsNew) = (0.0, 0.0, 0.0, 0.0)
    for (k, configuration) in grid.enumerated() where self.weight(k) > 1e-6 {
      for fit in fits[k] where fit.weight > 1e-7 {
        let shifted = zip(y, fit.mean).map { $0 - fit.guess * $1 }
        let precision = (0..<n).map { other in
          fit.inverse[row][other] - fit.solvedMean[row] * fit.solvedMean[other] / fit.precision
        }
        let residual = inner(precision, shifted) / precision[row]
        let variance = fit.guess * fit.guess / precision[row]
        let own =
          fit.weight * variance.squareRoot()
          * exponential(min(residual * residual / (2 * variance), 300))
        let discount =
          fit.guess * fit.guess * noise(configuration, row) * (inflation[row] - 1)
        weight += own
        first += own * residual
        second += own * (variance + residual * residual)
        secondAsNew += own * (variance - discount + residual * residual)
      }
    }
    let mean = first / weight
    return (
      mean, mean / (second / weight - mean * mean).squareRoot(),
      mean / (secondAsNew / weight - mean * mean).squareRoot()
    )
  }

  /// B19
  private func calibrated() -> Double {
    let squares = leftOut.reduce(0) { sum, row in
      let limited = min(abs(row.asNew), 2)
      return sum + limited * limited
    }
    return 1.2 * (8 + squares) / (8 + Double(n))
  }
}

// MARK: - Episodes and designs

/// B20 of one episode: ten rows measured, the others asked for.
private func episodeLoss(
  _ functions: PriorFunctions, _ theta: BayesPrior.Hyperparameters, _ rows: [[Double]],
  _ latencies: [Double]
) -> Double {
  let (measured, y) = (Array(rows[..<10]), Array(latencies[..<10]))
  let m = measured.map { inner(functions.pool, $0) }
  let guess = y.reduce(0, +) / m.reduce(0, +)
  var configurations: [(evidence: Double, density: (Int) -> Double)] = []
  for noise in [0.004, 0.015, 0.04, 0.1, 0.22] {
    for t1 in [0.1, 1, 10] {
      for t2 in [0.03, 0.3, 3, 30] {
        func covariance(_ a: [Double], _ b: [Double]) -> Double {
          let along = functions.differences.reduce(0) { $0 + inner($1, a) * inner($1, b) }
          return t1 * exponential(theta.differences) * along + t2 * functions.learned(theta, a, b)
        }
        var matrix = measured.map { a in measured.map { covariance(a, $0) } }
        for row in 0..<10 { matrix[row][row] += noise * noise + 1e-8 }
        let (inverse, logDeterminant) = inverted(matrix)
        let (cm, cy) = (inverse.map { inner($0, m) }, inverse.map { inner($0, y) })
        let precision = inner(m, cm) + 4
        let ratio = (inner(m, cy) / guess + 4) / precision
        let error =
          inner(y, cy) / (guess * guess) - 2 * ratio * inner(m, cy) / guess
          + ratio * ratio * inner(m, cm) + 4 * (ratio - 1) * (ratio - 1)
        let residual = zip(cy, cm).map { $0 - ratio * guess * $1 }
        configurations.append(
          (
            -logDeterminant / 2 - error / 2 - logarithm(precision) / 2,
            { row in
              let a = rows[row]
              let kappa = measured.map { covariance(a, $0) }
              let own = inner(functions.pool, a)
              let open = own - inner(kappa, cm)
              let left =
                covariance(a, a) - inner(kappa, inverse.map { inner($0, kappa) })
                + open * open / precision + noise * noise
              let predicted = ratio * guess * own + inner(kappa, residual)
              return normal(latencies[row] - predicted, variance: guess * guess * left)
            }
          ))
      }
    }
  }
  let most = configurations.map(\.evidence).max() ?? 0
  let weights = configurations.map { exponential($0.evidence - most) }
  let total = weights.reduce(0, +)
  let logs = (10..<rows.count).map { row in
    let density = zip(weights, configurations).reduce(0) { $0 + $1.0 * $1.1.density(row) } / total
    return logarithm(0.98 * density + 0.02 * normal(latencies[row] - 1, variance: 0.5))
  }
  return -logs.reduce(0, +) / Double(logs.count)
}

/// B21: rows of the pool, those measured taken first.
private func greedyDesign(
  _ functions: PriorFunctions, _ pool: ArchitectureBatch, measured: [Int], count: Int
) -> [Int] {
  let rows = functions.z(pool)
  let mean = functions.likeliest
  let shares = [Double](
    repeating: 1 / Double(functions.groups.count), count: functions.groups.count)
  let kernel = functions.isDescribed ? PriorFunctions.Kernel.shares(shares) : .learned
  var s = rows.map { a in
    rows.map { b in
      0.25 * inner(mean, a) * inner(mean, b)
        + functions.k1(a, b, costWeight: 0) + functions.towardsCosts(a, b, from: mean)
        + functions.k2(kernel, a, b)
    }
  }
  func take(_ row: Int) {
    let (column, own) = (s.map { $0[row] }, s[row][row])
    for i in s.indices {
      for j in s.indices { s[i][j] -= column[i] * column[j] / (0.01 + own) }
    }
  }
  measured.forEach(take)
  var chosen: [Int] = []
  for _ in 0..<count {
    let gains = s.indices.map { a in
      s.reduce(0) { $0 + $1[a] * $1[a] } / (0.01 + s[a][a])
    }
    let open = s.indices.filter { !measured.contains($0) && !chosen.contains($0) }
    guard let best = open.max(by: { gains[$0] < gains[$1] }) else { break }
    take(best)
    chosen.append(best)
  }
  return chosen
}

// MARK: - Plain algebra

private func isClose(_ one: Double, _ other: Double, _ tolerance: Double) -> Bool {
  abs(one - other) <= tolerance * max(abs(other), 1)
}

private func inner(_ a: [Double], _ b: [Double]) -> Double {
  zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
}

private func normal(_ difference: Double, variance: Double) -> Double {
  exponential(-difference * difference / (2 * variance)) / (2 * Double.pi * variance).squareRoot()
}

private func meanAndDeviation(_ values: [Double]) -> (mean: Double, deviation: Double) {
  let mean = values.reduce(0, +) / Double(values.count)
  let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
  return (mean, (squares / Double(values.count)).squareRoot())
}

/// Latencies over their median, within the quantiles of B3.
private func limited(_ latencies: [Double]) -> [Double] {
  let sorted = latencies.sorted()
  func quantile(_ share: Double) -> Double {
    let place = share * Double(sorted.count - 1)
    let low = Int(place)
    let high = min(low + 1, sorted.count - 1)
    return sorted[low] + (place - Double(low)) * (sorted[high] - sorted[low])
  }
  let (low, median, high) = (quantile(0.002), quantile(0.5), quantile(0.998))
  return latencies.map { min(max($0, low), high) / median }
}

/// Weights with a penalty on all but the first.
private func ridge(_ rows: [[Double]], _ targets: [Double], penalty: Double) -> [Double] {
  let columns = rows[0].indices
  var matrix = columns.map { i in columns.map { j in rows.reduce(0) { $0 + $1[i] * $1[j] } } }
  for i in columns.dropFirst() { matrix[i][i] += penalty }
  let right = columns.map { i in zip(rows, targets).reduce(0) { $0 + $1.0[i] * $1.1 } }
  return inverted(matrix).inverse.map { inner($0, right) }
}

/// By Gauss and Jordan, with the logarithm of the determinant.
private func inverted(_ matrix: [[Double]]) -> (inverse: [[Double]], logDeterminant: Double) {
  let n = matrix.count
  var left = matrix
  var right = (0..<n).map { row in (0..<n).map { $0 == row ? 1.0 : 0.0 } }
  var logDeterminant = 0.0
  for column in 0..<n {
    let pivot = (column..<n).max { abs(left[$0][column]) < abs(left[$1][column]) } ?? column
    left.swapAt(column, pivot)
    right.swapAt(column, pivot)
    logDeterminant += logarithm(abs(left[column][column]))
    let factor = 1 / left[column][column]
    left[column] = left[column].map { $0 * factor }
    right[column] = right[column].map { $0 * factor }
    for row in 0..<n where row != column && left[row][column] != 0 {
      let factor = left[row][column]
      for place in 0..<n {
        left[row][place] -= factor * left[column][place]
        right[row][place] -= factor * right[column][place]
      }
    }
  }
  return (right, logDeterminant)
}
