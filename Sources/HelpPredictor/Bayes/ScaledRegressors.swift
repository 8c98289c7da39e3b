import HelpNumerics
import HelpSpaces

/// A space's regressors and costs as the linear predictors read them: z = [1, x, g].
///
/// x are the regressors with mean 0 over a pool of architectures and, summed over each group,
/// variance 1; those that do not vary are 0. g are the physical costs with mean 1, where the
/// space knows them.
package struct ScaledRegressors: Sendable, Equatable {
  /// Of each regressor over the pool.
  package let means: [Double]
  /// The factor on each regressor's difference from its mean.
  package let scales: [Double]
  /// Multiply-accumulates, activations and operations of a pool's mean; or nothing.
  package let costMeans: [Double]

  /// Numbers in x.
  package var regressorCount: Int { means.count }
  /// Numbers in z.
  package var count: Int { 1 + means.count + costMeans.count }

  package init(means: [Double], scales: [Double], costMeans: [Double]) {
    self.means = means
    self.scales = scales
    self.costMeans = costMeans
  }

  /// Pools are thinned to so many rows.
  static let maximumRows = 20_000

  /// - pool: at least one row.
  init(over pool: ArchitectureBatch) {
    let rows = RegressorRows(pool.thinned(to: Self.maximumRows))
    let moments = rows.moments()
    let groups = pool.space.regressorGroups
    let places = 1..<(1 + groups.reduce(0) { $0 + $1.count })
    means = places.map { moments[$0].mean }
    scales = Self.scales(places.map { moments[$0] }, groups)
    costMeans = moments[places.upperBound...].map { $0.mean }
  }

  private static func scales(_ moments: [Moments], _ groups: [RegressorGroup]) -> [Double] {
    var scales: [Double] = []
    for group in groups {
      let columns = moments[scales.count..<(scales.count + group.count)]
      let varying = Double(columns.count { $0.varies })
      scales += columns.map { $0.varies ? 1 / ($0.deviation * varying.squareRoot()) : 0 }
    }
    return scales
  }

  /// z of each row, one after another.
  func scaled(_ batch: ArchitectureBatch) -> [Double] {
    let rows = RegressorRows(batch, withCosts: !costMeans.isEmpty)
    var values = rows.values
    for start in stride(from: 0, to: values.count, by: rows.width) {
      for place in means.indices {
        values[start + 1 + place] = (values[start + 1 + place] - means[place]) * scales[place]
      }
      for (place, mean) in costMeans.enumerated() {
        values[start + 1 + means.count + place] /= mean
      }
    }
    return values
  }

  /// Weights on [1, regressors, costs] that give what `weights` give on z.
  func unscaled(_ weights: [Double]) -> [Double] {
    var result = weights
    unscale(&result)
    return result
  }

  /// Turns rows of weights on z into the weights on [1, regressors, costs] that give the same.
  func unscale(_ weights: inout [Double]) {
    for start in stride(from: 0, to: weights.count, by: count) {
      var shift = 0.0
      for place in means.indices {
        weights[start + 1 + place] *= scales[place]
        shift += weights[start + 1 + place] * means[place]
      }
      weights[start] -= shift
      for (place, mean) in costMeans.enumerated() {
        weights[start + 1 + means.count + place] /= mean
      }
    }
  }
}

/// [1, regressors, costs] of architectures, row by row.
struct RegressorRows {
  let width: Int
  let values: [Double]

  /// With the costs where the space knows them.
  init(_ batch: ArchitectureBatch) {
    self.init(batch, withCosts: batch.count > 0 && batch.space.costs(batch[0]) != nil)
  }

  init(_ batch: ArchitectureBatch, withCosts: Bool) {
    let reader = RegressorReader(batch.space, withCosts: withCosts)
    let width = reader.width
    self.width = width
    values = [Double](unsafeUninitializedCapacity: batch.count * width) { buffer, initialized in
      if let base = buffer.baseAddress {
        for row in 0..<batch.count { reader.read(batch[row], to: base + row * width) }
      }
      initialized = batch.count * width
    }
  }

  func moments() -> [Moments] {
    let count = values.count / width
    return (0..<width).map { column in
      Moments(
        stride(from: column, to: values.count, by: width).lazy.map { values[$0] }, count: count)
    }
  }
}

/// Writes [1, regressors, costs] of one architecture.
struct RegressorReader {
  private let space: any SearchSpace
  private let regressors: Int
  private let withCosts: Bool

  init(_ space: any SearchSpace, withCosts: Bool) {
    self.space = space
    self.withCosts = withCosts
    regressors = space.regressorGroups.reduce(0) { $0 + $1.count }
  }

  var width: Int { 1 + regressors + (withCosts ? 3 : 0) }

  /// Initialises `width` numbers.
  func read(_ row: ArchitectureRow, to target: UnsafeMutablePointer<Double>) {
    target[0] = 1
    space.writeRegressors(row, to: target + 1)
    guard withCosts else { return }
    let costs = space.costs(row) ?? ArchitectureCosts()
    target[1 + regressors] = costs.macs
    target[2 + regressors] = costs.activations
    target[3 + regressors] = costs.operations
  }
}

extension ArchitectureBatch {
  /// At most `limit` of the rows, evenly spread.
  func thinned(to limit: Int) -> ArchitectureBatch {
    count <= limit ? self : rows(evenlySpread(limit, of: count))
  }
}
