import HelpBase
import HelpJSON
import HelpNumerics
import HelpSpaces

/// Learns a `BayesPrior` from a dataset's training devices (B3, B20).
///
/// Latencies may be missing, and no references are needed. The result does not depend on the
/// number of threads.
package struct BayesPriorFitting {
  /// How the fit is run.
  package struct Settings: Sendable {
    /// Of folds, episodes, batches, and the draw of rows.
    package var seed: UInt64 = 0
    /// Devices and episodes that are worked on at once.
    package var threads = 1
    /// How many of the first rows' latencies may be used; 0: all.
    package var trainRows = 0

    package init() {}
  }

  /// Training rows that are used, drawn from more; a limit of time.
  private static let maximumRows = 4000
  /// Episodes of each training device; no comparison recorded.
  private static let episodesPerDevice = 5
  /// Episodes of all devices together; a limit of time.
  private static let maximumEpisodes = 100
  /// Episodes in each step; chosen on training devices, families left out.
  private static let batch = 32
  /// Steps of Adam; chosen on training devices, families left out.
  private static let steps = 80
  /// Adam's rate at the first step; chosen on training devices, families left out.
  private static let rate = 0.15
  /// Share of the rate that is gone after the last step, linearly; chosen with the rate.
  private static let rateFall = 0.9
  /// Factor on |θ - θ_start|² in the loss; chosen on training devices, families left out.
  private static let penalty = 0.003
  /// Half the width of central differences in θ (B20); no comparison recorded.
  private static let differenceStep = 1e-3
  /// Share of episodes whose pool is only the devices least like the target (B20);
  /// no comparison recorded.
  private static let unlikePoolShare = 0.5
  /// Fewest devices of a pool, where there are that many (B20).
  private static let leastPool = 2

  private let space: any SearchSpace
  /// The used rows.
  private let architectures: ArchitectureBatch
  private let settings: Settings
  private let regressors: ScaledRegressors
  /// z of the used rows, [used, width].
  private let rows: [Double]
  /// Training devices with latencies of the used rows alone, NaN where not measured.
  private let devices: [LatencyDataset.Device]

  /// Chooses the rows and scales the regressors over all architectures of the dataset.
  package init(_ dataset: LatencyDataset, _ settings: Settings) {
    let devices = dataset.devices(.train)
    space = dataset.architectures.space
    self.settings = settings
    regressors = ScaledRegressors(
      over: dataset.architectures,
      costs: devices.count > BayesSettings.fewDevices
        ? RegressorReader.learntCosts : RegressorReader.costs(of: dataset.architectures.space))
    let used = Self.rows(dataset, devices, settings)
    architectures = dataset.architectures.rows(used)
    rows = regressors.scaled(architectures)
    self.devices = devices.map { device in
      LatencyDataset.Device(
        name: device.name, role: .train, latencies: used.map { device.latencies[$0] })
    }
  }

  /// Row numbers that some training device has measured, at most `maximumRows`, sorted.
  private static func rows(
    _ dataset: LatencyDataset, _ devices: [LatencyDataset.Device], _ settings: Settings
  ) -> [Int] {
    let count =
      settings.trainRows == 0
      ? dataset.architectures.count : min(settings.trainRows, dataset.architectures.count)
    let measured = (0..<count).filter { row in
      devices.contains { !$0.latencies[row].isNaN }
    }
    if measured.count <= maximumRows { return measured }
    var random = RandomSource(seed: settings.seed, stream: .max)
    return random.sample(maximumRows, below: measured.count).map { measured[$0] }.sorted()
  }

  /// The prior of the training devices.
  ///
  /// - check: called often, on the calling thread, and may throw to stop.
  ///
  /// Throws `measurements` where no device has enough measured training rows.
  package func run(check: () throws(HelpError) -> Void = {}) throws(HelpError) -> BayesPrior {
    try runWarning(check: check).prior
  }

  /// The same with what the latencies tell against themselves, for people.
  func runWarning(
    check: () throws(HelpError) -> Void
  ) throws(HelpError) -> (prior: BayesPrior, warnings: [String]) {
    let ridges = try ridges(check)
    let hyperparameters = try hyperparameters(ridges, check)
    let prior = prior(ridges, hyperparameters.0, record: record(ridges, hyperparameters.history))
    return (prior, warnings(ridges))
  }

  /// h of each device with enough measured rows (B3).
  func ridges(
    _ check: () throws(HelpError) -> Void = {}
  ) throws(HelpError) -> [(LatencyDataset.Device, DeviceRidge)] {
    var ridges: [(LatencyDataset.Device, DeviceRidge)] = []
    for start in stride(from: 0, to: devices.count, by: max(settings.threads, 1)) {
      try check()
      let chunk = devices[start..<min(start + max(settings.threads, 1), devices.count)]
      for (device, ridge) in zip(chunk, fits(Array(chunk))) {
        if let ridge { ridges.append((device, ridge)) }
      }
    }
    guard !ridges.isEmpty else {
      throw HelpError(
        .measurements,
        "no training device has \(DeviceRidge.minimumRows) measured training rows")
    }
    return ridges
  }

  /// Puts the learnt parts together.
  func prior(
    _ ridges: [(LatencyDataset.Device, DeviceRidge)], _ hyperparameters: BayesPrior.Hyperparameters,
    record: JSONValue
  ) -> BayesPrior {
    BayesPrior(
      regressors: regressors, hyperparameters: hyperparameters,
      devices: ridges.map {
        BayesPrior.Device(name: $0.0.name, weights: $0.1.weights, marks: marks(of: $0.0))
      },
      record: record)
  }

  /// Marks of a device's measured rows where there are few devices; else none.
  private func marks(of device: LatencyDataset.Device) -> [Int32] {
    if devices.count > BayesSettings.fewDevices { return [] }
    return device.latencies.indices.filter { !device.latencies[$0].isNaN }
      .map { MeasuredRowMark.mark(architectures[$0], device.latencies[$0]) }
  }

  /// h of each device, nil for those with too few rows; one device on each thread.
  private func fits(_ devices: [LatencyDataset.Device]) -> [DeviceRidge?] {
    let slots = ResultSlots<DeviceRidge>(count: devices.count)
    let (rows, regressors, seed) = (rows, regressors, settings.seed)
    concurrently(devices.count, threads: settings.threads) { item, _ in
      slots[item] = DeviceRidge(
        rows: rows, width: regressors.count, columns: 1 + regressors.regressorCount,
        latencies: devices[item].latencies, random: RandomSource(seed: seed))
    }
    return devices.indices.map { slots[$0] }
  }

  /// How the prior was fitted, for people.
  private func record(
    _ ridges: [(LatencyDataset.Device, DeviceRidge)], _ history: [Double]
  ) -> JSONValue {
    let left = Set(devices.map { $0.name }).subtracting(ridges.map { $0.0.name }).sorted()
    return [
      "rows": .integer(Int64(rows.count / regressors.count)),
      "residuals": .object(
        ridges.map { JSONValue.Member(key: $0.0.name, value: .finite($0.1.residual)) }),
      "devices_left_out": .strings(left),
      "loss": .array(history.map(JSONValue.finite)),
    ]
  }
}

// MARK: - Warnings

extension BayesPriorFitting {
  /// Largest unexplained shares: of the median device of a table, and of one device. Of the
  /// published tables the largest are 0.31 and 0.9.
  private static let (explicableTable, explicableDevice) = (0.5, 0.95)

  /// Names the devices whose latencies their architectures do not explain, with the figures.
  private func warnings(_ ridges: [(LatencyDataset.Device, DeviceRidge)]) -> [String] {
    func percent(_ share: Double) -> String { (100 * share).brief(digits: 3) }
    let isDoubtful = quantile(ridges.map { $0.1.unexplained }, 0.5) > Self.explicableTable
    let bound = isDoubtful ? Self.explicableTable : Self.explicableDevice
    let doubtful = ridges.filter { $0.1.unexplained > bound }
    guard let worst = doubtful.max(by: { $0.1.unexplained < $1.1.unexplained }) else { return [] }
    return [
      "The architectures hardly explain the latencies of \(doubtful.count) of \(ridges.count) training "
        + "devices, as if rows were in another order or several devices were mixed: on device "
        + "\"\(worst.0.name.excerpt)\" the cross-validated error is \(percent(worst.1.residual)) % of the "
        + "median latency, that of a constant \(percent(worst.1.spread)) %."
    ]
  }
}

// MARK: - Hyper-parameters

extension BayesPriorFitting {
  /// θ that minimises the episodes' mean loss by Adam, and that loss before and after (B20).
  private func hyperparameters(
    _ ridges: [(LatencyDataset.Device, DeviceRidge)], _ check: () throws(HelpError) -> Void
  ) throws(HelpError) -> (BayesPrior.Hyperparameters, history: [Double]) {
    let start = BayesPrior.Hyperparameters(defaultFor: space.regressorGroups.count)
    let episodes = episodes(ridges)
    if episodes.isEmpty { return (start, []) }
    var random = RandomSource(seed: settings.seed, stream: 1)
    let first = start.values
    var values = first
    var adam = Adam<Double>(count: values.count)
    for step in 0..<Self.steps {
      try check()
      let batch = random.sample(min(Self.batch, episodes.count), below: episodes.count)
      var gradient = self.gradient(values, batch.map { episodes[$0] })
      for parameter in values.indices {
        gradient[parameter] += 2 * Self.penalty * (values[parameter] - first[parameter])
      }
      let rate = Self.rate * (1 - Self.rateFall * Double(step) / Double(Self.steps))
      adam.step(&values, gradient: gradient, rate: rate)
    }
    let history = losses([first, values], episodes)
    return (BayesPrior.Hyperparameters(values: values), history)
  }

  /// Of the episodes' mean loss in θ, by central differences.
  private func gradient(_ values: [Double], _ episodes: [HyperparameterEpisode]) -> [Double] {
    let step = Self.differenceStep
    let trials = values.indices.flatMap { parameter in
      [-step, step].map { difference in
        var trial = values
        trial[parameter] += difference
        return trial
      }
    }
    let losses = losses(trials, episodes)
    return values.indices.map { (losses[2 * $0 + 1] - losses[2 * $0]) / (2 * step) }
  }

  /// Mean loss over the episodes at each trial θ (B20).
  private func losses(_ trials: [[Double]], _ episodes: [HyperparameterEpisode]) -> [Double] {
    let slots = ResultSlots<[Double]>(count: episodes.count)
    concurrently(episodes.count, threads: settings.threads) { item, _ in
      let workspace = Workspace<Double>()
      slots[item] = trials.map { trial in
        episodes[item].loss(BayesPrior.Hyperparameters(values: trial), in: workspace)
      }
    }
    let byEpisode = episodes.indices.compactMap { slots[$0] }
    return trials.indices.map { trial in
      byEpisode.reduce(0) { $0 + $1[trial] } / Double(byEpisode.count)
    }
  }

  /// Some episodes of each device; none where there is one device.
  private func episodes(_ ridges: [(LatencyDataset.Device, DeviceRidge)]) -> [HyperparameterEpisode]
  {
    guard ridges.count > 1 else { return [] }
    let values = ridges.map { functionValues($0.1.weights) }
    let episodesEach = max(1, min(Self.episodesPerDevice, Self.maximumEpisodes / ridges.count))
    var random = RandomSource(seed: settings.seed, stream: 2)
    var episodes: [HyperparameterEpisode] = []
    for target in ridges.indices {
      for _ in 0..<episodesEach {
        let pool = pool(ridges.map { $0.0.name }, values, target, &random)
        if let episode = episode(ridges[target].0, pool.map { values[$0] }, &random) {
          episodes.append(episode)
        }
      }
    }
    return episodes
  }

  /// A device's h on the used rows, [used].
  private func functionValues(_ weights: [Double]) -> [Double] {
    stride(from: 0, to: rows.count, by: regressors.count).map { start in
      weights.indices.reduce(0) { $0 + weights[$1] * rows[start + $1] }
    }
  }

  /// Numbers of the devices that are an episode's pool: those of other families, or only some
  /// of them that are least like the target.
  private func pool(
    _ names: [String], _ values: [[Double]], _ target: Int, _ random: inout RandomSource
  ) -> [Int] {
    var others = names.indices.filter { family(names[$0]) != family(names[target]) }
    if others.count < Self.leastPool { others = names.indices.filter { $0 != target } }
    guard random.uniform() < Self.unlikePoolShare, others.count > Self.leastPool else {
      return others
    }
    let likeness = others.map { correlation(values[$0], values[target]) }
    let order = others.indices.sorted { (likeness[$0], $0) < (likeness[$1], $1) }
    let count = Self.leastPool + random.index(below: others.count - 1)
    return order.prefix(count).map { others[$0] }
  }

  /// A draw of measured and queried rows; nil for a device with too few measured ones.
  ///
  /// - pool: h of the pool's devices on the used rows, [devices][used].
  private func episode(
    _ device: LatencyDataset.Device, _ pool: [[Double]], _ random: inout RandomSource
  ) -> HyperparameterEpisode? {
    let measured = device.latencies.indices.filter { !device.latencies[$0].isNaN }
    guard measured.count >= 2 * HyperparameterEpisode.support else { return nil }
    let size = min(HyperparameterEpisode.support + HyperparameterEpisode.query, measured.count)
    let chosen = random.sample(size, below: measured.count).map { measured[$0] }
    let median = quantile(measured.map { device.latencies[$0] }, 0.5)
    let scale = 1 / Double(max(1, pool.count - 1)).squareRoot()
    let means = chosen.map { row in pool.reduce(0) { $0 + $1[row] } / Double(pool.count) }
    let width = regressors.count
    return HyperparameterEpisode(
      rows: chosen.map { Array(rows[($0 * width)..<(($0 + 1) * width)]) }, groups: groups,
      mean: means,
      differences: zip(chosen, means).map { row, mean in pool.map { scale * ($0[row] - mean) } },
      latencies: chosen.map { device.latencies[$0] / median })
  }

  /// Columns of z of each group of regressors.
  private var groups: [Range<Int>] {
    var start = 1
    return space.regressorGroups.map { group in
      defer { start += group.count }
      return start..<(start + group.count)
    }
  }
}

/// Devices whose names begin alike, up to the first "_", "-" or space: one maker's, or one
/// processor with several batch sizes.
private func family(_ name: String) -> Substring { name.prefix { !"_- ".contains($0) } }

extension BayesPrior.Hyperparameters {
  /// θ as a vector, [2 + groups].
  fileprivate var values: [Double] { [bias, differences] + groups }

  /// θ from a vector, [2 + groups].
  fileprivate init(values: [Double]) {
    self.init(bias: values[0], differences: values[1], groups: Array(values.dropFirst(2)))
  }
}
