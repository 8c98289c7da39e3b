import HelpNumerics
import HelpSpaces

extension LatencyModel {
  /// Fits a method to compare with to the device behind `measurements`: any rows, from 2 up.
  ///
  /// - proxy: for `.proxy`, a training device's name; nil: the nearest.
  package func adaptedBaseline(
    _ method: BaselineMethod, to measurements: Measurements, proxy: String? = nil
  ) throws(HelpError) -> Predictor {
    let fit = try BaselineFit(method, measurements, linear, proxy: proxy)
    guard fit.weights.allSatisfy({ $0.isFinite }) else {
      throw HelpError(
        .diverged, "the fit to \(measurements.count) rows left the finite numbers")
    }
    let function = LinearFunction(
      method, weights: fit.weights,
      bend: BaselineFit.bend(method) * (measurements.latencies.min() ?? 0))
    return Predictor(function, fitting: measurements, settings: fit.settings)
  }
}

/// Weights of a baseline's `LinearInputs`, and how they came about.
struct BaselineFit {
  let weights: [Double]
  let settings: JSONValue

  static let minimumRows = 2

  /// Where predictions bend, as a share of the smallest measured latency. Proportions are
  /// true far down, and only rows without costs need it.
  static func bend(_ method: BaselineMethod) -> Double {
    switch method {
    case .macs, .parameters: 1e-3
    case .ridge, .nearest, .proxy: 0.5
    }
  }

  init(
    _ method: BaselineMethod, _ measurements: Measurements, _ prior: LinearPrior?, proxy: String?
  ) throws(HelpError) {
    guard measurements.count >= Self.minimumRows else {
      throw HelpError(
        .measurements,
        "\(measurements.count) rows are measured; method \"\(method.rawValue)\" needs at least "
          + "\(Self.minimumRows)")
    }
    guard proxy == nil || method == .proxy else {
      throw HelpError(.argument, "proxy is given; method \"\(method.rawValue)\" has none")
    }
    switch method {
    case .macs, .parameters: self = try Self.cost(method, measurements)
    case .ridge: self = try Self.ridge(measurements)
    case .nearest: self = try Self.nearest(measurements, prior)
    case .proxy: self = try Self.proxy(measurements, prior, name: proxy)
    }
  }

  private init(_ weights: [Double], settings: JSONValue) {
    self.weights = weights
    self.settings = settings
  }
}

// MARK: - Costs

extension BaselineFit {
  /// One factor, least squares in relative error.
  private static func cost(
    _ method: BaselineMethod, _ measurements: Measurements
  ) throws(HelpError) -> BaselineFit {
    let architectures = measurements.architectures
    guard LinearFunction.width(of: method, in: architectures.space) != nil else {
      throw HelpError(
        .unsupported,
        "\(architectures.space.name) does not know its costs; method \"\(method.rawValue)\" needs them")
    }
    let values = LinearInputs(of: method, in: architectures.space).values(architectures)
    let factor = RelativeLine.factor(values, latencies: measurements.latencies)
    guard factor > 0 else {
      throw HelpError(.measurements, "no measured row has \(method.rawValue), so latency has no measure")
    }
    return BaselineFit([factor], settings: [:])
  }
}

// MARK: - Ridge

extension BaselineFit {
  /// Of the mean square of the counts.
  private static let shares = [3, 0.3, 0.03, 0.003]
  /// Architectures over which counts get variance 1.
  private static let poolRows = 1000

  /// Latencies over their mean on standardised counts of choices, the penalty chosen by
  /// leave-one-out.
  private static func ridge(_ measurements: Measurements) throws(HelpError) -> BaselineFit {
    try checkDifferent(measurements, .ridge)
    let space = measurements.architectures.space
    let inputs = LinearInputs(of: .ridge, in: space)
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
    return BaselineFit([level] + slopes, settings: fit.settings(mean: mean))
  }

  /// One over the deviation of each count over architectures drawn from the space, always the
  /// same; 0 where it does not vary.
  private static func scales(_ inputs: LinearInputs, in space: any SearchSpace) -> [Double] {
    var random = RandomSource(seed: 0)
    let count = Int(min(space.count ?? .max, UInt64(poolRows)))
    return inputs.columns(space.sample(count, using: &random)).map { column in
      let moments = Moments(column, count: count)
      return moments.varies ? 1 / moments.deviation : 0
    }
  }
}

extension LinearInputs {
  /// All but the first, column by column.
  fileprivate func columns(_ batch: ArchitectureBatch) -> [[Double]] {
    let rows = values(batch)
    return (1..<width).map { place in
      stride(from: place, to: rows.count, by: width).map { rows[$0] }
    }
  }
}

// MARK: - Training devices

extension BaselineFit {
  /// The nearest device's line: milliseconds with the least squared relative error.
  private static func nearest(
    _ measurements: Measurements, _ prior: LinearPrior?
  ) throws(HelpError) -> BaselineFit {
    try checkDifferent(measurements, .nearest)
    let prior = try linear(prior, .nearest)
    let rows = prior.regressors.scaled(measurements.architectures)
    let match = try nearest(
      DeviceComparison(prior, rows: rows, latencies: measurements.latencies))
    var weights = match.device.weights.map { match.slope * $0 }
    weights[0] += match.intercept
    return BaselineFit(
      prior.regressors.raw(weights),
      settings: match.settings.adding(["rms_relative_error": .finite(match.error)]))
  }

  private static func proxy(
    _ measurements: Measurements, _ prior: LinearPrior?, name: String?
  ) throws(HelpError) -> BaselineFit {
    try checkDifferent(measurements, .proxy)
    let prior = try linear(prior, .proxy)
    let used = measurements.limited(columns: prior.regressors.regressorCount)
    let rows = prior.regressors.scaled(used.architectures)
    let comparison = DeviceComparison(prior, rows: rows, latencies: used.latencies)
    let match = if let name { try comparison.named(name) } else { try nearest(comparison) }
    guard
      let transfer = ProxyTransfer(
        match.device, rows: rows, width: prior.regressors.count, latencies: used.latencies)
    else {
      throw HelpError(
        .measurements,
        "the measured rows are all the same to proxy \"\(match.device.name)\"; measure others")
    }
    let mean = used.latencies.reduce(0, +) / Double(used.count)
    return BaselineFit(
      prior.regressors.raw(transfer.weights),
      settings: match.settings.adding(transfer.fit.settings(mean: mean)))
  }

  private static func nearest(
    _ comparison: DeviceComparison
  ) throws(HelpError) -> DeviceComparison.Match {
    if let match = comparison.nearest() { return match }
    throw HelpError(
      .measurements, "the measured rows are all the same to every training device; measure others")
  }

  private static func linear(
    _ prior: LinearPrior?, _ method: BaselineMethod
  ) throws(HelpError) -> LinearPrior {
    if let prior { return prior }
    throw HelpError(
      .unsupported,
      "method \"\(method.rawValue)\" needs the training devices, which the model was made without")
  }

  private static func checkDifferent(
    _ measurements: Measurements, _ method: BaselineMethod
  ) throws(HelpError) {
    guard Set(measurements.latencies).count == 1 else { return }
    throw HelpError(
      .measurements,
      "the \(measurements.count) measured latencies are all \(measurements.latencies[0].brief) ms; "
        + "method \"\(method.rawValue)\" needs different ones")
  }
}

extension Measurements {
  private static let maximumSize = 512

  /// Where both are many, a few rows evenly spread: the work grows with the third power of
  /// the smaller number.
  fileprivate func limited(columns: Int) -> Measurements {
    let limit = Self.maximumSize
    guard min(columns, count) > limit else { return self }
    let rows = (0..<limit).map { $0 * count / limit }
    return Measurements(checked: architectures.rows(rows), rows.map { latencies[$0] })
  }
}

extension ScaledRegressors {
  /// Weights on [1, regressors] that give what `weights` give on [1, x].
  fileprivate func raw(_ weights: [Double]) -> [Double] {
    let costs = [Double](repeating: 0, count: costMeans.count)
    return Array(unscaled(weights + costs).prefix(weights.count))
  }
}

// MARK: - Records

extension DeviceComparison.Match {
  fileprivate var settings: JSONValue {
    ["proxy": .string(device.name), "proxy_spearman": .finite(spearman)]
  }
}

extension PenalizedRegression.Fit {
  /// - mean: milliseconds of 1. The penalty is null where it is infinite.
  fileprivate func settings(mean: Double) -> JSONValue {
    ["penalty": .finite(share), "leave_one_out_rmse_ms": .finite(mean * error.squareRoot())]
  }
}
