import HelpNumerics
@testable import HelpPredictor
import HelpSpaces

/// Made-up devices: each weighs the choices of a gene in its own way.
struct SyntheticDevices {
  let architectures: ArchitectureBatch
  private let seed: UInt64

  init(_ space: any SearchSpace = NASBench201(), rows: Int, seed: UInt64) {
    var random = RandomSource(seed: seed)
    architectures = space.sample(rows, using: &random)
    self.seed = seed
  }

  /// Milliseconds of every row on device `number`.
  func latencies(device number: Int) -> [Double] {
    var random = RandomSource(seed: seed, stream: UInt64(number + 1))
    let costs = [0, 0.1, 1, 3, 0.6, 2, 0.3, 4, 0].map { $0 * random.uniform(in: 0.5...1.5) }
    let base = random.uniform(in: 1...4)
    return (0..<architectures.count).map { row in
      architectures[row].genes.reduce(base) { $0 + costs[Int($1)] }
    }
  }

  func dataset(train: Int, valid: Int, references: Int) throws -> LatencyDataset {
    var dataset = try LatencyDataset(architectures)
    for number in 0..<(train + valid) {
      try dataset.add(
        LatencyDataset.Device(
          name: "device\(number)", role: number < train ? .train : .valid,
          latencies: latencies(device: number)))
    }
    try dataset.setReferences(Array(0..<references))
    return dataset
  }

  /// A small, quick training.
  static var options: TrainingSettings {
    var options = TrainingSettings()
    options.episodes = 30
    options.tasks = 3
    options.support = 6
    options.query = 30
    options.hidden = 8
    options.validInterval = 10
    options.metaRate = 3e-3
    options.klWeight = 1e-4
    options.bayes = false
    return options
  }

  static func model(seed: UInt64 = 1) throws -> (MetaNetwork, SyntheticDevices) {
    let devices = SyntheticDevices(rows: 120, seed: 21)
    var options = Self.options
    options.seed = seed
    options.episodes = 100
    var training = try MetaTraining(devices.dataset(train: 4, valid: 1, references: 6), options)
    return (try training.run { _ in }, devices)
  }
}
