import HelpBase
import HelpJSON
import HelpNumerics
import HelpSpaces

/// How the training devices of a prior rank measured rows.
struct DeviceComparison {
  /// A device's function on the rows, beside their latencies.
  struct Match {
    let device: BayesPrior.Device
    /// NaN where one side is constant.
    let spearman: Double
    /// Root mean square of the relative errors of the line through the device.
    let error: Double
    /// Milliseconds from the device's function.
    let slope: Double
    let intercept: Double
  }

  let matches: [Match]

  /// - rows: z of each, one after another.
  init(_ prior: BayesPrior, rows: [Double], latencies: [Double]) {
    matches = prior.devices.map { device in
      let values = stride(from: 0, to: rows.count, by: prior.regressors.count).map { start in
        device.weights.indices.reduce(0) { $0 + device.weights[$1] * rows[start + $1] }
      }
      return Match(device, values, latencies)
    }
  }

  /// The device with the highest rank correlation; of several, that with the least error.
  func nearest() throws(HelpError) -> Match {
    let match = matches.filter { !$0.spearman.isNaN }
      .min { ($1.spearman, $0.error) < ($0.spearman, $1.error) }
    if let match { return match }
    throw HelpError(
      .measurements, "the measured rows are all the same to every training device; measure others")
  }

  func named(_ name: String) throws(HelpError) -> Match {
    if let match = matches.first(where: { $0.device.name == name }) { return match }
    let names = listed(matches.map(\.device.name), like: name)
    throw HelpError(setting: "proxy", "is \"\(name.excerpt)\"; the model learnt from \(names)")
  }
}

extension DeviceComparison.Match {
  fileprivate init(_ device: BayesPrior.Device, _ values: [Double], _ latencies: [Double]) {
    let line = RelativeLine(values, latencies: latencies)
    let errors = zip(values, latencies).map { (line.slope * $0 + line.intercept) / $1 - 1 }
    let squares = errors.reduce(0) { $0 + $1 * $1 }
    self.init(
      device: device, spearman: HelpNumerics.spearman(values, latencies),
      error: (squares / Double(errors.count)).squareRoot(), slope: line.slope,
      intercept: line.intercept)
  }
}

extension DeviceComparison.Match {
  /// For the record.
  var settings: JSONValue {
    ["proxy": .string(device.name), "proxy_spearman": .finite(spearman)]
  }
}

extension ScaledRegressors {
  /// Weights on [1, regressors] that give what `weights` give on [1, x].
  func raw(_ weights: [Double]) -> [Double] {
    let costs = [Double](repeating: 0, count: costMeans.count)
    return Array(unscaled(weights + costs).prefix(weights.count))
  }
}
