import HelpSpaces

/// What a baseline reads of an architecture.
enum BaselineInputs {
  enum Kind: Sendable {
    case macs, parameters, choices, regressors
  }

  case macs(any SearchSpace)
  case parameters(any SearchSpace)
  /// 1 and how often each operation is chosen.
  case choices(ChoiceCounts)
  /// 1 and the space's regressors.
  case regressors(RegressorReader)

  init(_ kind: Kind, in space: any SearchSpace) {
    self =
      switch kind {
      case .macs: .macs(space)
      case .parameters: .parameters(space)
      case .choices: .choices(ChoiceCounts(space))
      case .regressors: .regressors(RegressorReader(space, costs: 0))
      }
  }

  var width: Int {
    switch self {
    case .macs, .parameters: 1
    case .choices(let counts): 1 + counts.count
    case .regressors(let reader): reader.width
    }
  }

  /// Initialises `width` numbers. Costs are 0 where the space does not know them.
  func read(_ row: ArchitectureRow, to target: UnsafeMutablePointer<Double>) {
    switch self {
    case .macs(let space): target[0] = space.costs(row)?.macs ?? 0
    case .parameters(let space): target[0] = space.costs(row)?.parameters ?? 0
    case .choices(let counts):
      target[0] = 1
      counts.write(row, to: target + 1)
    case .regressors(let reader): reader.read(row, to: target)
    }
  }

  /// The numbers of each row, one after another.
  func values(_ batch: ArchitectureBatch) -> [Double] {
    [Double](unsafeUninitializedCapacity: batch.count * width) { buffer, initialized in
      if let base = buffer.baseAddress {
        for row in 0..<batch.count { read(batch[row], to: base + row * width) }
      }
      initialized = batch.count * width
    }
  }
}
