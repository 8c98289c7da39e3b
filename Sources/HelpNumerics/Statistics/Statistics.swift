/// How well predictions follow the truth.
package struct Scores: Sendable, Equatable {
  /// Rank correlations; NaN where one side is constant.
  package let spearman: Double
  package let kendall: Double
  package let pearson: Double
  /// In the unit of the inputs.
  package let rootMeanSquareError: Double
  /// Mean |predicted - truth| / |truth|, a fraction.
  package let meanAbsolutePercentageError: Double
  /// Share of predictions within 10 % of the truth.
  package let within10: Double

  /// Both of one length, at least 1; all finite.
  package init(predicted: [Double], truth: [Double]) {
    let count = Double(truth.count)
    let errors = zip(predicted, truth).map { abs($0 - $1) }
    let relative = zip(errors, truth).map { $0 / abs($1) }
    spearman = correlation(ranks(predicted), ranks(truth))
    kendall = kendallTau(predicted, truth)
    pearson = correlation(predicted, truth)
    rootMeanSquareError = (errors.reduce(0) { $0 + $1 * $1 } / count).squareRoot()
    meanAbsolutePercentageError = relative.reduce(0, +) / count
    within10 = Double(relative.count { $0 <= 0.1 }) / count
  }
}

/// Spearman's rank correlation; NaN where one side is constant.
package func spearman(_ a: [Double], _ b: [Double]) -> Double { correlation(ranks(a), ranks(b)) }

/// Ranks from 1, equal values sharing the mean of theirs.
package func ranks(_ values: [Double]) -> [Double] {
  let order = values.indices.sorted { values[$0] < values[$1] }
  var ranks = [Double](repeating: 0, count: values.count)
  forEachTie(order, equal: { values[$0] == values[$1] }) { tie in
    for place in tie { ranks[order[place]] = Double(tie.lowerBound + tie.upperBound + 1) / 2 }
  }
  return ranks
}

/// Pearson's correlation; NaN where one side is constant.
package func correlation(_ a: [Double], _ b: [Double]) -> Double {
  guard !isConstant(a), !isConstant(b) else { return .nan }
  return correlationOfVarying(inRange(a), inRange(b))
}

private func isConstant(_ values: [Double]) -> Bool { values.allSatisfy { $0 == values[0] } }

/// The values, or a multiple of them where their squares would leave the range of doubles.
private func inRange(_ values: [Double]) -> [Double] {
  let largest = values.reduce(0) { max($0, abs($1)) }
  return (1e-140...1e140).contains(largest) ? values : values.map { $0 / largest }
}

private func correlationOfVarying(_ a: [Double], _ b: [Double]) -> Double {
  let meanA = a.reduce(0, +) / Double(a.count)
  let meanB = b.reduce(0, +) / Double(b.count)
  var products = 0.0
  var squaresA = 0.0
  var squaresB = 0.0
  for (x, y) in zip(a, b) {
    products += (x - meanA) * (y - meanB)
    squaresA += (x - meanA) * (x - meanA)
    squaresB += (y - meanB) * (y - meanB)
  }
  guard squaresA > 0, squaresB > 0 else { return .nan }
  return min(1, max(-1, products / (squaresA.squareRoot() * squaresB.squareRoot())))
}

/// Kendall's tau-b in O(n log n) (Knight, 1966); NaN where one side is constant.
package func kendallTau(_ a: [Double], _ b: [Double]) -> Double {
  let count = a.count
  let order = (0..<count).sorted { (a[$0], b[$0]) < (a[$1], b[$1]) }
  var tiedA = 0
  var tiedBoth = 0
  forEachTie(order, equal: { a[$0] == a[$1] }) { tiedA += pairs($0.count) }
  forEachTie(order, equal: { a[$0] == a[$1] && b[$0] == b[$1] }) { tiedBoth += pairs($0.count) }
  var column = order.map { b[$0] }
  let discordant = sortCountingSwaps(&column)
  var tiedB = 0
  forEachTie(Array(0..<count), equal: { column[$0] == column[$1] }) { tiedB += pairs($0.count) }

  let all = pairs(count)
  guard tiedA < all, tiedB < all else { return .nan }
  let difference = Double(all - tiedA - tiedB + tiedBoth - 2 * discordant)
  return difference / (Double(all - tiedA).squareRoot() * Double(all - tiedB).squareRoot())
}

private func pairs(_ count: Int) -> Int { count * (count - 1) / 2 }

/// Calls `body` with each run of places in `order` whose items are equal.
private func forEachTie(
  _ order: [Int], equal: (Int, Int) -> Bool, body: (Range<Int>) -> Void
) {
  var start = 0
  while start < order.count {
    var end = start + 1
    while end < order.count, equal(order[start], order[end]) { end += 1 }
    body(start..<end)
    start = end
  }
}

/// Sorts by merging; returns how many pairs stood in strictly descending order.
private func sortCountingSwaps(_ values: inout [Double]) -> Int {
  var swaps = 0
  var width = 1
  while width < values.count {
    var merged: [Double] = []
    merged.reserveCapacity(values.count)
    for start in stride(from: 0, to: values.count, by: 2 * width) {
      let middle = min(start + width, values.count)
      let end = min(start + 2 * width, values.count)
      var left = start
      var right = middle
      while left < middle || right < end {
        if right == end || (left < middle && values[left] <= values[right]) {
          merged.append(values[left])
          left += 1
        } else {
          swaps += middle - left
          merged.append(values[right])
          right += 1
        }
      }
    }
    values = merged
    width *= 2
  }
  return swaps
}
