import HelpBase
import HelpJSON
import HelpSpaces

extension Baseline {
  /// Latency proportional to multiply-accumulates.
  static var macs: Baseline {
    Baseline(inputs: .macs, tailShare: 1e-3) { problem throws(HelpError) in
      try cost(problem, .macs)
    }
  }

  /// Latency proportional to parameters.
  static var parameters: Baseline {
    Baseline(inputs: .parameters, tailShare: 1e-3) { problem throws(HelpError) in
      try cost(problem, .parameters)
    }
  }

  /// One factor, least squares in relative error.
  private static func cost(
    _ problem: BaselineProblem, _ inputs: BaselineInputs.Kind
  ) throws(HelpError) -> BaselineFit {
    let (name, measurements) = (problem.method.name, problem.measurements)
    let architectures = measurements.architectures
    guard architectures.space.knowsCosts else {
      throw HelpError(
        .unsupported,
        "\(architectures.space.name) does not know its costs; method \"\(name)\" needs them")
    }
    let values = BaselineInputs(inputs, in: architectures.space).values(architectures)
    let factor = RelativeLine.factor(values, latencies: measurements.latencies)
    guard factor > 0 else {
      throw HelpError(.measurements, "every measured row has 0 \(name)")
    }
    return BaselineFit(weights: [factor], settings: [:])
  }
}
