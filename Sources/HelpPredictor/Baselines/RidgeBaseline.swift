import HelpBase
import HelpNumerics
import HelpSpaces

extension Baseline {
  /// Ridge regression on how often each operation is chosen.
  static var ridge: Baseline { Baseline(inputs: .choices, tailShare: 0.5, fit: fitRidge) }

  /// Of the mean square of the counts.
  private static let shares = [3, 0.3, 0.03, 0.003]
  /// Architectures over which counts get variance 1.
  private static let poolRows = 1000

  /// Latencies over their mean on standardised counts of choices, the penalty chosen by
  /// leave-one-out.
  private static func fitRidge(_ problem: BaselineProblem) throws(HelpError) -> BaselineFit {
    let measurements = problem.measurements
    let space = measurements.architectures.space
    let inputs = BaselineInputs(.choices, in: space)
    let counts = inputs.columns(measurements.architectures)
    let scales = scales(inputs, in: space)
    let columns = zip(counts, scales).map { column, scale in column.map { scale * $0 } }
    let mean = measurements.latencies.reduce(0, +) / Double(measurements.count)
    let targets = measurements.latencies.map { $0 / mean }
    guard let fit = PenalizedRegression(columns: columns, targets: targets).best(shares) else {
      throw HelpError(
        .measurements, "the measured rows have the same operations; method \"ridge\" needs others")
    }
    let slopes = zip(fit.slopes, scales).map { mean * $0 * $1 }
    let level = zip(slopes, counts).reduce(mean) { rest, column in
      rest - column.0 * column.1.reduce(0, +) / Double(measurements.count)
    }
    return BaselineFit(weights: [level] + slopes, settings: fit.settings(mean: mean))
  }

  /// One over the deviation of each count over architectures drawn from the space, always the
  /// same; 0 where it does not vary.
  private static func scales(_ inputs: BaselineInputs, in space: any SearchSpace) -> [Double] {
    var random = RandomSource(seed: 0)
    let count = Int(min(space.count ?? .max, UInt64(poolRows)))
    return inputs.columns(space.sample(count, using: &random)).map { column in
      let moments = Moments(column, count: count)
      return moments.varies ? 1 / moments.deviation : 0
    }
  }
}

extension BaselineInputs {
  /// All but the first, column by column.
  fileprivate func columns(_ batch: ArchitectureBatch) -> [[Double]] {
    let rows = values(batch)
    return (1..<width).map { place in
      stride(from: place, to: rows.count, by: width).map { rows[$0] }
    }
  }
}
