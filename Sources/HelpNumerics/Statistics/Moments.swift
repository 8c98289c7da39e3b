/// Mean and standard deviation of numbers, over their count.
package struct Moments {
  package let mean: Double
  package let deviation: Double
  /// More than rounding can account for.
  package let varies: Bool

  package init(_ values: some Sequence<Double>, count: Int) {
    let mean = values.reduce(0, +) / Double(count)
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    let deviation = (squares / Double(count)).squareRoot()
    self.mean = mean
    self.deviation = deviation
    varies = deviation > 1e-9 * max(abs(mean), 1e-9)
  }
}

/// Mean and standard deviation of numbers that come one by one, over their count less one
/// (Welford, 1962).
package struct RunningMoments {
  private var count = 0.0
  package private(set) var mean = 0.0
  private var squares = 0.0

  package init() {}

  package mutating func add(_ value: Double) {
    count += 1
    let difference = value - mean
    mean += difference / count
    squares += difference * (value - mean)
  }

  /// NaN for fewer than two numbers.
  package var deviation: Double { count < 2 ? .nan : (squares / (count - 1)).squareRoot() }
}

/// The value below which `share` of the values lie: between the two nearest of them sorted, on
/// the line. At least one value.
package func quantile(_ values: [Double], _ share: Double) -> Double {
  let sorted = values.sorted()
  let place = share * Double(sorted.count - 1)
  let low = Int(place)
  let high = min(low + 1, sorted.count - 1)
  return sorted[low] + (place - Double(low)) * (sorted[high] - sorted[low])
}

/// Places of at most `limit` of `count` things, evenly spread; at least one of them.
package func evenlySpread(_ limit: Int, of count: Int) -> [Int] {
  count <= limit ? Array(0..<count) : (0..<limit).map { $0 * count / limit }
}
