import HelpNumerics

/// A linear function of encodings: least squares with a penalty on the slopes.
///
/// Columns count as if they had mean 0 and variance 1, those that do not vary not at all;
/// the penalty is 1 % of the weight the n rows give a column, 0.01 n.
struct RidgeRegression {
  /// A column that varies, its mean, and one over its standard deviation.
  private struct Column {
    let place: Int
    let mean: Double
    let scale: Double

    func standardized(_ row: ArraySlice<Float>) -> Double {
      (Double(row[row.startIndex + place]) - mean) * scale
    }
  }

  static let maximumColumns = 1024
  private static let penalty = 0.01

  private let columns: [Column]
  private let slopes: [Double]
  private let intercept: Double

  /// - rows: encodings, one for each target. Nil where more columns vary than
  ///   `maximumColumns`, or numbers are too large for Double.
  init?(_ rows: [ArraySlice<Float>], targets: [Double]) {
    let columns = Self.columns(rows)
    guard columns.count <= Self.maximumColumns else { return nil }
    var sums = RidgeSums(columns.count)
    for (row, target) in zip(rows, targets) {
      sums.add(columns.lazy.map { $0.standardized(row) }, target: target)
    }
    guard let fit = sums.solve(Self.penalty, rows: sums.count) else { return nil }
    self.columns = columns
    slopes = Array(fit.dropFirst())
    intercept = fit[0]
  }

  func callAsFunction(_ row: ArraySlice<Float>) -> Double {
    zip(columns, slopes).reduce(intercept) { $0 + $1.0.standardized(row) * $1.1 }
  }

  private static func columns(_ rows: [ArraySlice<Float>]) -> [Column] {
    (0..<(rows.first?.count ?? 0)).compactMap { place in
      let values = rows.map { Double($0[$0.startIndex + place]) }
      guard let first = values.first, values.contains(where: { $0 != first }) else { return nil }
      let mean = values.reduce(0, +) / Double(values.count)
      let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
      return Column(place: place, mean: mean, scale: 1 / variance.squareRoot())
    }
  }
}
