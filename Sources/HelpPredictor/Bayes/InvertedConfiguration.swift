import HelpNumerics

/// A configuration of the posterior with its matrix inverted.
struct InvertedConfiguration {
  /// What is left of a mean function: w, s, its guess and 1 / precision.
  struct Component {
    let weight, scale, guess, variance: Double
  }

  let configuration: BayesPosterior.Configuration
  let posterior: BayesPosterior
  /// C⁻¹, all of it.
  let inverse: UnsafePointer<Double>
  /// C⁻¹ of the latencies and of each base function.
  let solutions: UnsafePointer<Double>
  fileprivate let number: Int

  func component(_ mean: Int) -> Component {
    Component(
      weight: posterior.weight(number, mean), scale: posterior.scale(number, mean),
      guess: posterior.scaleGuesses[mean], variance: 1 / posterior.precision(number, mean))
  }

  /// Where the covariances begin in f(a), and their factors.
  var blocks: [(start: Int, factor: Double)] {
    [
      (0, configuration.differences),
      (configuration.kernel * posterior.count, configuration.structure),
    ]
  }
}

extension BayesPosterior {
  /// Calls `body` with each configuration that matters to variances.
  func forEachConfiguration(_ body: (InvertedConfiguration) -> Void) {
    let workspace = Workspace<Double>()
    let inverse = workspace.take(count * count)
    let solutions = workspace.take(columns * count)
    for number in configurations.indices where configurationWeights[number] > 1e-6 {
      solutions.update(from: solution(number, 0), count: columns * count)
      for column in 0..<columns { factor(number).solveUpper(solutions + column * count) }
      factor(number).invert(into: inverse)
      body(
        InvertedConfiguration(
          configuration: configurations[number], posterior: self, inverse: inverse,
          solutions: solutions,
          number: number))
    }
  }
}
