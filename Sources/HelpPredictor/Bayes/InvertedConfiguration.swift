import HelpNumerics

/// A configuration k of the posterior with C⁻¹ written out, for what needs more than products
/// with it (B15 to B17).
struct InvertedConfiguration {
  /// What the posterior knows of one mean function j under the configuration (B10, B11).
  struct Component {
    /// w_kj.
    let weight: Double
    /// s_kj, in units of the mean latency.
    let scale: Double
    /// s0_j.
    let guess: Double
    /// 1 / A, the posterior variance of ρ.
    let variance: Double
  }

  /// Noise, factors and kernel (B9).
  let configuration: BayesPosterior.Configuration
  let posterior: BayesPosterior
  /// C⁻¹, [n, n], both triangles.
  let inverse: UnsafePointer<Double>
  /// C⁻¹ of y and of each base function, [columns, n].
  let solutions: UnsafePointer<Double>
  /// Its place in the grid.
  fileprivate let number: Int

  /// Weight, scale and precision of mean function j.
  func component(_ mean: Int) -> Component {
    Component(
      weight: posterior.weight(number, mean), scale: posterior.scale(number, mean),
      guess: posterior.scaleGuesses[mean], variance: 1 / posterior.precision(number, mean))
  }

  /// Where K1 and the configuration's K2 begin in f(a), and their factors t1 and t2.
  var blocks: [(start: Int, factor: Double)] {
    [
      (0, configuration.differences),
      (configuration.kernel * posterior.count, configuration.structure),
    ]
  }
}

extension BayesPosterior {
  /// Calls `body` with each configuration that is heavy enough to matter to variances (B16).
  func forEachConfiguration(_ body: (InvertedConfiguration) -> Void) {
    let workspace = Workspace<Double>()
    let inverse = workspace.take(count * count)
    let solutions = workspace.take(columns * count)
    for number in configurations.indices
    where configurationWeights[number] > BayesNumerics.leastVarianceWeight {
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
