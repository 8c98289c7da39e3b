import HelpBase
import HelpJSON
import HelpNumerics
import HelpSpaces

/// Turns a dataset into tasks: devices, support and query sets, normalised labels.
///
/// A device's pool is its measured rows among the training rows, without the slowest and
/// fastest share, which also set the label scale (HELP's published code).
struct EpisodeSampler: Sendable {
  /// A device with what every task on it shares.
  struct Device: Sendable {
    let name: String
    /// NaN where not measured, but estimates on references.
    let latencies: [Double]
    /// Which references have estimates.
    let estimated: [Int]
    let embedding: [Float]
    let pool: [Int]
    let scale: LabelScale
    /// Rows that judge a validation device.
    let queries: [Int]
  }

  let train: [Device]
  let valid: [Device]
  let references: [Int]
  private let encodings: EncodedRows
  private let modulations: Int
  private let options: TrainingSettings

  init(
    _ dataset: LatencyDataset, _ shape: NetworkShape, _ options: TrainingSettings
  ) throws(HelpError) {
    self.options = options
    references = dataset.references
    encodings = EncodedRows(dataset.architectures)
    modulations = options.modulation ? shape.modulations : 0
    var train: [Device] = []
    var valid: [Device] = []
    for device in dataset.devices(.train) {
      train.append(try Device(device, dataset, options, encodings))
    }
    for device in dataset.devices(.valid) {
      valid.append(try Device(device, dataset, options, encodings))
    }
    self.train = train
    self.valid = valid
  }

  /// The devices that lack references, and the places of those among all.
  var estimatedReferences: [JSONValue] {
    (train + valid).filter { !$0.estimated.isEmpty }.map { device in
      [
        "device": .string(device.name),
        "places": .array(device.estimated.map { .integer(Int64($0)) }),
      ]
    }
  }

  /// The tasks of one episode, on different devices.
  func episode(using random: inout RandomSource) -> [MetaTask<Float>] {
    random.sample(min(options.tasks, train.count), below: train.count).map { device in
      task(on: train[device], using: &random)
    }
  }

  private func task(on device: Device, using random: inout RandomSource) -> MetaTask<Float> {
    let places = random.sample(options.support + options.query, below: device.pool.count)
    let rows = places.map { device.pool[$0] }
    return task(
      on: device, scale: device.scale, support: Array(rows[..<options.support]),
      queries: Array(rows[options.support...]),
      noise: (0..<modulations).map { _ in Float(random.normal()) })
  }

  /// What a validation device is judged by: adapting on random rows of its pool, as the
  /// paper does, and on its references alone, as a user would.
  func validationTasks(_ device: Device, using random: inout RandomSource) -> [MetaTask<Float>] {
    let ownScale = LabelScale(covering: references.map { device.latencies[$0] })
    let own = task(
      on: device, scale: ownScale, support: references, queries: device.queries, noise: [])
    return [own]
      + (0..<Self.validationDraws).map { _ in
        let support = random.sample(options.support, below: device.pool.count)
        return task(
          on: device, scale: device.scale, support: support.map { device.pool[$0] },
          queries: device.queries, noise: [])
      }
  }

  private static let validationDraws = 3

  private func task(
    on device: Device, scale: LabelScale, support: [Int], queries: [Int], noise: [Float]
  ) -> MetaTask<Float> {
    func labels(_ rows: [Int]) -> [Float] {
      rows.map { Float(scale.normalized(device.latencies[$0])) }
    }
    return MetaTask(
      embedding: device.embedding, supportFeatures: encodings[support],
      supportLabels: labels(support), queryFeatures: encodings[queries],
      queryLabels: labels(queries), noise: noise)
  }
}

extension EpisodeSampler.Device {
  init(
    _ device: LatencyDataset.Device, _ dataset: LatencyDataset, _ options: TrainingSettings,
    _ encodings: EncodedRows
  ) throws(HelpError) {
    let (trainRows, validRows) = options.rows(of: dataset.architectures.count)
    let pool = trimmed(trainRows, device.latencies, share: options.trim)
    let needed = device.role == .train ? options.support + options.query : options.support
    guard pool.count >= needed else {
      throw HelpError(
        .measurements,
        "device \"\(device.name)\" has \(pool.count) latencies in its trimmed pool; "
          + "support and query need \(needed)")
    }
    scale = LabelScale(covering: pool.map { device.latencies[$0] })
    guard scale.maximum > scale.minimum else {
      throw HelpError(.measurements, "device \"\(device.name)\" has one latency for its whole pool")
    }
    let measured = trimmed(validRows, device.latencies, share: options.trim)
    queries = measured.count >= 2 ? measured : pool
    let references = try ReferenceLatencies(
      of: device, references: dataset.references, rows: trainRows, encodings: encodings)
    name = device.name
    latencies = device.latencies(with: references, at: dataset.references)
    estimated = references.estimated
    embedding = try references.embedding(of: device.name)
    self.pool = pool
  }
}

/// The measured rows without `share` of the fastest and of the slowest, fastest first.
private func trimmed(_ rows: Range<Int>, _ latencies: [Double], share: Double) -> [Int] {
  let order = rows.filter { !latencies[$0].isNaN }
    .sorted { (latencies[$0], $0) < (latencies[$1], $1) }
  let cut = Int(Double(order.count) * share)
  return Array(order[cut..<(order.count - cut)])
}

extension LabelScale {
  /// From the smallest to the largest of some latencies.
  init(covering latencies: [Double]) {
    self.init(minimum: latencies.min() ?? 0, maximum: latencies.max() ?? 0)
  }
}
