import HelpNumerics

/// Whether one device can stand for another in a search: whether both rank architectures
/// alike (OneProxy, Lu et al., SIGMETRICS 2022).
package struct Monotonicity: Sendable {
  package let devices: Int
  /// Spearman's correlation of every two devices over the rows measured on both, row by
  /// row; NaN where these are fewer than three or one side is constant on them.
  package let matrix: [Double]
  /// How many rows these are.
  package let commonRows: [Int]

  package static let minimumRows = 3

  /// - latencies: of each device, all equally many; NaN where not measured.
  package init(_ latencies: [[Double]]) {
    let count = latencies.count
    var matrix = [Double](repeating: .nan, count: count * count)
    var commonRows = [Int](repeating: 0, count: count * count)
    let complete = latencies.map { $0.contains(where: \.isNaN) ? nil : ranks($0) }
    for i in 0..<count {
      for j in 0...i {
        let (correlation, rows) = Self.compare(
          latencies[i], latencies[j], ranks: complete[i], complete[j])
        for place in [i * count + j, j * count + i] {
          matrix[place] = correlation
          commonRows[place] = rows
        }
      }
    }
    devices = count
    self.matrix = matrix
    self.commonRows = commonRows
  }

  /// Of two devices, and over how many rows.
  ///
  /// - ranks: of devices without gaps, where known.
  package static func compare(
    _ a: [Double], _ b: [Double], ranks first: [Double]? = nil, _ second: [Double]? = nil
  ) -> (Double, rows: Int) {
    var sides = (first ?? [], second ?? [])
    if first == nil || second == nil {
      let common = a.indices.filter { !a[$0].isNaN && !b[$0].isNaN }
      sides = (ranks(common.map { a[$0] }), ranks(common.map { b[$0] }))
    }
    let rows = sides.0.count
    return (rows < minimumRows ? .nan : correlation(sides.0, sides.1), rows)
  }
}

// MARK: - Sampling error

extension Monotonicity {
  /// What a correlation over a few rows says about that over all architectures.
  package struct Test: Sendable, Equatable {
    package enum Verdict: Sendable {
      /// The interval lies at the threshold and above,
      case similar
      /// below,
      case different
      /// or on both sides: measure more.
      case open
    }

    package let spearman: Double
    package let lower: Double
    package let upper: Double
    package let verdict: Verdict
  }

  /// OneProxy's threshold: from here on one device's search is as good as the other's.
  package static let threshold = 0.9

  /// The interval of probability `level` around a rank correlation over n rows drawn at
  /// random: Fisher's z with the variance (1 + ρ²/2) / (n - 3) of Bonett and Wright
  /// (Psychometrika 65, 2000).
  ///
  /// z is infinite at 1, where n rows happen to agree in order; ρ counts as at most halfway
  /// between 1 and what one swap of neighbours leaves, 1 - 6 / (n (n² - 1)). Up to three
  /// rows, and without a ρ, say nothing: -1 to 1.
  package static func test(
    rho: Double, n: Int, threshold: Double = threshold, level: Double = 0.95
  ) -> Test {
    guard n > 3, !rho.isNaN else {
      return Test(spearman: rho, lower: -1, upper: 1, verdict: .open)
    }
    let count = Double(n)
    let most = 1 - 6 / (count * (count * count - 1))
    let limited = min(most, max(-most, rho))
    let error = ((1 + limited * limited / 2) / (count - 3)).squareRoot()
    let center = logarithm((1 + limited) / (1 - limited)) / 2
    let width = normalQuantile((1 + level) / 2) * error
    let (lower, upper) = (hyperbolicTangent(center - width), hyperbolicTangent(center + width))
    return Test(
      spearman: rho, lower: min(lower, rho), upper: max(upper, rho),
      verdict: lower >= threshold ? .similar : upper < threshold ? .different : .open)
  }

  private static func hyperbolicTangent(_ x: Double) -> Double {
    1 - 2 / (exponential(2 * x) + 1)
  }
}
