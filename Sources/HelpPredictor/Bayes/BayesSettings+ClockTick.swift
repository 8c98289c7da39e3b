extension BayesSettings {
  /// With the noise of rounding to a coarse clock's ticks added to every configuration's.
  func allowing(for tick: ClockTick?, in measurements: Measurements) -> BayesSettings {
    guard let tick else { return self }
    let mean = measurements.latencies.reduce(0, +) / Double(measurements.count)
    let rounding = tick.deviation / mean
    var settings = self
    for place in configurations.indices {
      let noise = configurations[place].noise
      settings.configurations[place].noise = (noise * noise + rounding * rounding).squareRoot()
    }
    return settings
  }
}
