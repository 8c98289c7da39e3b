import HelpNumerics
import HelpSpaces

/// A space's regressors and costs as the linear predictors read them: z = [1, x, c] (B1, B2).
///
/// x [P] are the regressors with mean 0 over a pool of architectures and variances that sum to
/// 1 over each group; those that do not vary are 0. c [C] are the first C physical costs with
/// mean 1: 3 of them for a prior with many training devices, all for one that rests on the
/// space's description, none where the space does not know them.
package struct ScaledRegressors: Sendable, Equatable {
  /// Mean of each regressor over the pool, [P].
  package let means: [Double]
  /// The factor on each regressor's difference from its mean, [P]; 0 for one that does not
  /// vary (B1).
  package let scales: [Double]
  /// Means over the pool of the first costs in the order of `RegressorReader`, [C] (B2).
  package let costMeans: [Double]

  /// P, numbers in x.
  package var regressorCount: Int { means.count }
  /// Numbers in z, the width of its rows.
  package var count: Int { 1 + means.count + costMeans.count }

  package init(means: [Double], scales: [Double], costMeans: [Double]) {
    self.means = means
    self.scales = scales
    self.costMeans = costMeans
  }

  /// Pools of more rows than this are thinned to it, evenly; a limit of time.
  static let maximumRows = 20_000

  /// Means and factors over a pool (B1, B2).
  ///
  /// - pool: at least one row.
  /// - costs: how many costs to read where the space knows them.
  init(over pool: ArchitectureBatch, costs: Int = RegressorReader.learntCosts) {
    let rows = RegressorRows(
      pool.thinned(to: Self.maximumRows), costs: min(costs, RegressorReader.costs(of: pool.space)))
    let moments = rows.moments()
    let groups = pool.space.regressorGroups
    let columns = 1..<(1 + groups.reduce(0) { $0 + $1.count })
    means = columns.map { moments[$0].mean }
    scales = Self.scales(columns.map { moments[$0] }, groups)
    costMeans = moments[columns.upperBound...].map { $0.mean > 0 ? $0.mean : 1 }
  }

  /// 1 / (deviation √v_g) of each regressor, with v_g that vary in its group (B1).
  private static func scales(_ moments: [Moments], _ groups: [RegressorGroup]) -> [Double] {
    var scales: [Double] = []
    for group in groups {
      let columns = moments[scales.count..<(scales.count + group.count)]
      let varying = Double(columns.count { $0.varies })
      scales += columns.map { $0.varies ? 1 / ($0.deviation * varying.squareRoot()) : 0 }
    }
    return scales
  }

  /// z of each row, [rows, count].
  func scaled(_ batch: ArchitectureBatch) -> [Double] {
    let rows = RegressorRows(batch, costs: costMeans.count)
    var values = rows.values
    for start in stride(from: 0, to: values.count, by: rows.width) {
      for column in means.indices {
        values[start + 1 + column] = (values[start + 1 + column] - means[column]) * scales[column]
      }
      for (cost, mean) in costMeans.enumerated() {
        values[start + 1 + means.count + cost] /= mean
      }
    }
    return values
  }

  /// The weights on [1, regressors, costs] that give what `weights` give on z, [rows, count].
  func unscaled(_ weights: [Double]) -> [Double] {
    var result = weights
    unscale(&result)
    return result
  }

  /// Turns rows of weights on z, [rows, count], into the weights on [1, regressors, costs] that
  /// give the same.
  func unscale(_ weights: inout [Double]) {
    for start in stride(from: 0, to: weights.count, by: count) {
      var shift = 0.0
      for column in means.indices {
        weights[start + 1 + column] *= scales[column]
        shift += weights[start + 1 + column] * means[column]
      }
      weights[start] -= shift
      for (cost, mean) in costMeans.enumerated() {
        weights[start + 1 + means.count + cost] /= mean
      }
    }
  }
}

/// [1, regressors, costs] of architectures, [rows, width], not scaled.
struct RegressorRows {
  /// 1, P and the costs.
  let width: Int
  /// [rows, width].
  let values: [Double]

  init(_ batch: ArchitectureBatch, costs: Int) {
    let reader = RegressorReader(batch.space, costs: costs)
    let width = reader.width
    self.width = width
    values = [Double](unsafeUninitializedCapacity: batch.count * width) { buffer, initialized in
      if let base = buffer.baseAddress {
        for row in 0..<batch.count { reader.read(batch[row], to: base + row * width) }
      }
      initialized = batch.count * width
    }
  }

  /// Mean and deviation of each column, [width].
  func moments() -> [Moments] {
    let count = values.count / width
    return (0..<width).map { column in
      Moments(
        stride(from: column, to: values.count, by: width).lazy.map { values[$0] }, count: count)
    }
  }
}

/// Writes [1, regressors, costs] of one architecture, not scaled (B22 in built-in spaces).
package struct RegressorReader {
  private let space: any SearchSpace
  /// P.
  private let regressors: Int
  /// C, how many costs are read.
  private let costs: Int
  /// How many of them are stated ones; the others are further ones.
  private let stated: Int

  /// - costs: C: the first costs are read, the stated ones in the order of `ArchitectureCosts`, then
  ///   those that the space's user named.
  init(_ space: any SearchSpace, costs: Int) {
    self.space = space
    self.costs = costs
    stated = costs > 0 && space.knowsCosts ? min(costs, ArchitectureCosts.count) : 0
    regressors = space.regressorGroups.reduce(0) { $0 + $1.count }
  }

  /// The costs that a prior with many training devices reads: multiply-accumulates,
  /// activations and operations.
  package static let learntCosts = 3

  /// How many costs a space knows: the four stated ones, and those that its user named.
  package static func costs(of space: any SearchSpace) -> Int {
    (space.knowsCosts ? ArchitectureCosts.count : 0) + space.furtherCostNames.count
  }

  /// Numbers that `read` writes.
  var width: Int { 1 + regressors + costs }

  /// Initialises `width` numbers at `target`.
  func read(_ row: ArchitectureRow, to target: UnsafeMutablePointer<Double>) {
    target[0] = 1
    space.writeRegressors(row, to: target + 1)
    guard costs > 0 else { return }
    let target = target + 1 + regressors
    if stated > 0 {
      let known = space.costs(row) ?? ArchitectureCosts()
      for place in 0..<stated { target[place] = known[place] }
    }
    if costs > stated { space.writeFurtherCosts(row, to: target + stated) }
  }
}

extension ArchitectureBatch {
  /// At most `limit` of the rows, evenly spread.
  func thinned(to limit: Int) -> ArchitectureBatch {
    count <= limit ? self : rows(evenlySpread(limit, of: count))
  }
}

extension ArchitectureCosts {
  /// How many there are.
  package static let count = 4

  /// The costs in the order in which priors and predictors read them.
  subscript(place: Int) -> Double {
    switch place {
    case 0: macs
    case 1: activations
    case 2: operations
    default: parameters
    }
  }
}
