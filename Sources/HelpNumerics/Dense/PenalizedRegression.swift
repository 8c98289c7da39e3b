/// Least squares of targets on columns, with a penalty on the columns' slopes but none on a
/// constant and, if wanted, a line: |y - c - a f - F b|² + λ |b|².
///
/// λ is a share of the columns' mean square in a row, constant and line taken out, so that
/// units do not matter. Columns of which these leave nothing get no slope.
package struct PenalizedRegression {
  /// The answer with one penalty.
  package struct Fit {
    /// λ over the columns' mean square in a row.
    package let share: Double
    package let slopes: [Double]
    /// Mean square of the leave-one-out residuals.
    package let error: Double
  }

  /// What constant and line leave over.
  private let columns: [[Double]]
  private let targets: [Double]
  /// The weight of each row in its own fit by constant and line.
  private let leverages: [Double]
  /// Products of rows or, where they are fewer, of columns, up to the diagonal.
  private let products: [Double]
  let unit: Double

  /// - line: f, not constant.
  package init(columns: [[Double]], line: [Double]? = nil, targets: [Double]) {
    let line = line.map { normalized(centred($0)) }
    let rows = Double(targets.count)
    let rests = columns.map { column in
      let rest = rest(column, line)
      return square(rest) > 1e-18 * square(column) ? rest : rest.map { _ in 0 }
    }
    self.columns = rests
    self.targets = rest(targets, line)
    leverages = targets.indices.map { 1 / rows + square([line?[$0] ?? 0]) }
    unit = rests.reduce(0) { $0 + square($1) } / rows
    let vectors = targets.count > rests.count ? rests : transposed(rests, targets.count)
    products = vectors.indices.flatMap { i in
      vectors.indices.map { j in j > i ? 0 : dot(vectors[i], vectors[j]) }
    }
  }

  private var size: Int { min(targets.count, columns.count) }

  /// The fit with the least leave-one-out error among `shares`, from large to small; a
  /// smaller one must be better. Nil where no penalty gives any.
  package func best(_ shares: [Double]) -> Fit? {
    var best: Fit?
    for share in shares {
      guard let fit = fit(share) else { continue }
      if fit.error < (best?.error ?? .infinity) * (1 - 1e-9) { best = fit }
    }
    return best
  }

  /// Infinite: constant and line alone.
  private func fit(_ share: Double) -> Fit? {
    if share == .infinity { return fit(share, columns.map { _ in 0 }, targets, leverages) }
    var matrix = products
    for i in 0..<size { matrix[i * size + i] += share * unit }
    guard unit > 0, let cholesky = Cholesky(matrix, size: size) else { return nil }
    return targets.count > columns.count
      ? fitByColumns(share, cholesky) : fitByRows(share, cholesky)
  }

  /// b = (FᵀF + λ)⁻¹ Fᵀy
  private func fitByColumns(_ share: Double, _ cholesky: Cholesky) -> Fit {
    let slopes = cholesky.solve(columns.map { dot($0, targets) })
    let rows = transposed(columns, targets.count)
    return fit(
      share, slopes, zip(rows, targets).map { $1 - dot($0, slopes) },
      zip(rows, leverages).map { $1 + square(cholesky.solveLower($0)) })
  }

  /// b = Fᵀ (FFᵀ + λ)⁻¹ y
  private func fitByRows(_ share: Double, _ cholesky: Cholesky) -> Fit {
    let penalty = share * unit
    let solution = cholesky.solve(targets)
    let shrunken = targets.indices.map { row in
      var unit = [Double](repeating: 0, count: targets.count)
      unit[row] = 1
      return 1 - penalty * square(cholesky.solveLower(unit))
    }
    return fit(
      share, columns.map { dot($0, solution) }, solution.map { penalty * $0 },
      zip(shrunken, leverages).map { $0 + $1 })
  }

  /// A row left out misses its residual over one minus its own weight.
  private func fit(
    _ share: Double, _ slopes: [Double], _ residuals: [Double], _ weights: [Double]
  ) -> Fit {
    let errors = zip(residuals, weights).map { $0 / max(1 - $1, 1e-9) }
    return Fit(share: share, slopes: slopes, error: square(errors) / Double(errors.count))
  }
}

private func rest(_ values: [Double], _ line: [Double]?) -> [Double] {
  let values = centred(values)
  guard let line else { return values }
  let slope = dot(line, values)
  return zip(line, values).map { $1 - slope * $0 }
}

private func centred(_ values: [Double]) -> [Double] {
  let mean = values.reduce(0, +) / Double(values.count)
  return values.map { $0 - mean }
}

private func normalized(_ values: [Double]) -> [Double] {
  let length = square(values).squareRoot()
  return values.map { $0 / length }
}

private func transposed(_ columns: [[Double]], _ rows: Int) -> [[Double]] {
  (0..<rows).map { row in columns.map { $0[row] } }
}

private func square(_ values: [Double]) -> Double { dot(values, values) }
