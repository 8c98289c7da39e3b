import HelpSpaces

/// A number that stands for one measured row: a prior of few devices keeps those of its training
/// rows, so that a row which is measured and was trained on is not counted twice.
enum MeasuredRowMark {
  /// FNV-1a over the genes and the latency's bits, folded to 32 bits. Two different rows have
  /// the same mark once in four thousand million.
  static func mark(_ row: ArchitectureRow, _ latency: Double) -> Int32 {
    let prime: UInt64 = 0x100_0000_01b3
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for gene in row.genes { hash = (hash ^ UInt64(UInt32(bitPattern: gene))) &* prime }
    hash = (hash ^ latency.bitPattern) &* prime
    return Int32(truncatingIfNeeded: hash ^ (hash >> 32))
  }
}

extension Measurements {
  /// The marks of all rows that were given.
  fileprivate var marks: Set<Int32> {
    Set(
      given.latencies.indices.map {
        MeasuredRowMark.mark(given.architectures[$0], given.latencies[$0])
      })
  }
}

extension BayesPrior {
  /// Without the training devices that were fitted to a row of `measurements`, and their names.
  func without(
    rowsOf measurements: Measurements
  ) -> (prior: BayesPrior, leftOut: [String]) {
    guard devices.contains(where: { !$0.marks.isEmpty }) else { return (self, []) }
    let measured = measurements.marks
    let seen = devices.filter { device in device.marks.contains { measured.contains($0) } }
    if seen.isEmpty { return (self, []) }
    let names = seen.map { $0.name }
    let prior = BayesPrior(
      regressors: regressors, hyperparameters: hyperparameters,
      devices: devices.filter { !names.contains($0.name) }, record: record)
    return (prior, names)
  }
}
