import HelpNumerics
import HelpSpaces

/// A method to compare with: a few lines that anyone would write, fitted to measured rows.
package enum BaselineMethod: String, CaseIterable, Sendable {
  /// Milliseconds in proportion to multiply-accumulates,
  case macs
  /// or to parameters.
  case parameters
  /// Ridge regression on how often each operation is chosen.
  case ridge
  /// The training device that ranks the rows most alike, scaled.
  case nearest
  /// That or another training device, its weights adapted (OneProxy, Lu et al.,
  /// SIGMETRICS 2022).
  case proxy
}

/// A baseline fitted to one device: a weighted sum of what the method reads of an
/// architecture. It does not say how sure it is.
package final class LinearFunction: LatencyFunction {
  package let baseline: BaselineMethod
  /// Milliseconds for each of the method's `LinearInputs`.
  package let weights: [Double]
  /// Milliseconds below which predictions bend so as to stay above 0.
  package let bend: Double

  package var method: String { baseline.rawValue }

  package init(_ baseline: BaselineMethod, weights: [Double], bend: Double) {
    self.baseline = baseline
    self.weights = weights
    self.bend = bend
  }

  package func predict(
    _ batch: ArchitectureBatch, latencies: UnsafeMutablePointer<Double>,
    deviations: UnsafeMutablePointer<Double>?
  ) {
    let inputs = LinearInputs(of: baseline, in: batch.space)
    weights.withUnsafeBufferPointer { weights in
      withUnsafeTemporaryAllocation(of: Double.self, capacity: inputs.width) { buffer in
        guard let values = buffer.baseAddress, let weights = weights.baseAddress else { return }
        for row in 0..<batch.count {
          inputs.read(batch[row], to: values)
          latencies[row] = bent(dot(weights, values, inputs.width), at: bend)
          deviations?[row] = .nan
        }
      }
    }
  }
}

extension LinearFunction {
  /// How many weights a method has in a space; nil where it needs costs that the space does
  /// not know.
  package static func width(of method: BaselineMethod, in space: any SearchSpace) -> Int? {
    let readsCosts = method == .macs || method == .parameters
    return readsCosts && !space.knowsCosts ? nil : LinearInputs(of: method, in: space).width
  }
}

extension SearchSpace {
  fileprivate var knowsCosts: Bool {
    let idle = ArchitectureBatch(checked: genes.canonical(genes.map({ $0.idle })), in: self)
    return costs(idle[0]) != nil
  }
}

/// What a baseline reads of an architecture.
enum LinearInputs {
  case macs(any SearchSpace)
  case parameters(any SearchSpace)
  /// 1 and how often each operation is chosen.
  case choices(ChoiceCounts)
  /// 1 and the space's regressors.
  case regressors(RegressorReader)

  init(of method: BaselineMethod, in space: any SearchSpace) {
    self =
      switch method {
      case .macs: .macs(space)
      case .parameters: .parameters(space)
      case .ridge: .choices(ChoiceCounts(space))
      case .nearest, .proxy: .regressors(RegressorReader(space, withCosts: false))
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
