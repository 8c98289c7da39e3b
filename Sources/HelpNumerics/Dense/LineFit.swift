/// Least squares of targets on a constant and one column, rows weighted.
package struct LineFit {
  package let slope: Double
  package let intercept: Double

  /// - weights: nil: all the same.
  package init(_ values: [Double], targets: [Double], weights: [Double]? = nil) {
    let weights = weights ?? values.map { _ in 1 }
    let total = weights.reduce(0, +)
    let middle = dot(weights, values) / total
    let level = dot(weights, targets) / total
    let scaled = zip(weights, values).map { $0 * ($1 - middle) }
    slope = dot(scaled, targets.map { $0 - level }) / dot(scaled, values.map { $0 - middle })
    intercept = level - slope * middle
  }

  /// With the least sum of squared relative errors of the targets, which are above 0.
  package init(relativeTo targets: [Double], of values: [Double]) {
    let mean = targets.reduce(0, +) / Double(targets.count)
    self.init(values, targets: targets, weights: targets.map { mean / $0 * (mean / $0) })
  }
}
