import HelpBase
import HelpNumerics
@testable import HelpPredictor
import HelpSpaces
import Testing

/// Gradients of the adapted loss against central differences, in Double.
@Suite struct MetaGradientTests {
  /// A graph and a list of features.
  static let spaces = ["nasbench201", "fbnet"]

  private func fixture(_ space: String) throws -> MetaFixture<Double> {
    MetaFixture(
      try SpaceRegistry.space(named: space), hidden: 7, references: 4, seed: 11)
  }

  @Test(arguments: spaces, [0, 1, 2, 3])
  func secondOrderGradientMatchesCentralDifferences(space: String, steps: Int) throws {
    let fixture = try fixture(space)
    let objective = fixture.objective(innerSteps: steps, secondOrder: true)
    let exact = objective.gradient(fixture.task, fixture.meta, in: Workspace()).gradient
    check(fixture, \.network, exact.network, objective)
    check(fixture, \.inference, exact.inference, objective)
    if steps > 0 { check(fixture, \.rates, exact.rates, objective) }
  }

  /// First order is the second with inner gradients that do not move: the gradient by the
  /// adapted weights, taken at those.
  @Test(arguments: spaces, [0, 1, 2, 3])
  func firstOrderGradientMatchesCentralDifferences(space: String, steps: Int) throws {
    var fixture = try fixture(space)
    fixture.meta.inference = []
    let first = fixture.objective(innerSteps: steps, secondOrder: false)
    let exact = first.gradient(fixture.task, fixture.meta, in: Workspace()).gradient
    let path = first.adapt(
      fixture.meta.network, rates: fixture.meta.rates, fixture.task, in: Workspace())
    fixture.meta.network = path.end
    check(
      fixture, \.network, exact.network, fixture.objective(innerSteps: 0, secondOrder: false))
  }

  @Test(arguments: spaces)
  func gradientAtTheMeanOfZMatchesCentralDifferences(space: String) throws {
    var fixture = try fixture(space)
    fixture.task = fixture.task(noise: [])
    let objective = fixture.objective(innerSteps: 2, secondOrder: true)
    let exact = objective.gradient(fixture.task, fixture.meta, in: Workspace()).gradient
    for place in stride(from: 0, to: exact.inference.count, by: 5) {
      let slope = fixture.difference(\.inference, place, objective)
      #expect(abs(slope - exact.inference[place]) < 1e-6)
    }
  }

  @Test(arguments: spaces)
  func firstOrderLeavesOutTheCurvature(space: String) throws {
    let fixture = try fixture(space)
    let second = fixture.objective(innerSteps: 2, secondOrder: true)
    let first = fixture.objective(innerSteps: 2, secondOrder: false)
    let a = second.gradient(fixture.task, fixture.meta, in: Workspace()).gradient.network
    let b = first.gradient(fixture.task, fixture.meta, in: Workspace()).gradient.network
    #expect(zip(a, b).contains { abs($0 - $1) > 1e-4 })
  }

  @Test(arguments: spaces)
  func floatKernelsAgreeWithPlainDouble(space: String) throws {
    let wide = MetaFixture<Double>(
      try SpaceRegistry.space(named: space), hidden: 40, references: 10, seed: 5)
    let narrow = wide.converted(to: Float.self)
    let exact = wide.objective(innerSteps: 2, secondOrder: true)
      .gradient(wide.task, wide.meta, in: Workspace())
    let fast = narrow.objective(innerSteps: 2, secondOrder: true)
      .gradient(narrow.task, narrow.meta, in: Workspace())
    #expect(abs(Double(fast.queryError) - exact.queryError) < 1e-5 * max(1, exact.queryError))
    let scale = exact.gradient.network.map(abs).max() ?? 0
    for (a, b) in zip(fast.gradient.network, exact.gradient.network) {
      #expect(abs(Double(a) - b) < 1e-4 * scale)
    }
  }

  @Test(arguments: spaces)
  func scratchMemoryThatWasUsedBeforeChangesNothing(space: String) throws {
    let narrow = MetaFixture<Double>(
      try SpaceRegistry.space(named: space), hidden: 40, references: 10, seed: 5
    ).converted(to: Float.self)
    let objective = narrow.objective(innerSteps: 2, secondOrder: true)
    let workspace = Workspace<Float>()
    workspace.scope {
      for _ in 0..<200 { workspace.take(5000).update(repeating: .nan, count: 5000) }
    }
    let fresh = objective.gradient(narrow.task, narrow.meta, in: Workspace())
    let used = objective.gradient(narrow.task, narrow.meta, in: workspace)
    #expect(fresh.gradient.network == used.gradient.network)
    #expect(fresh.gradient.rates == used.gradient.rates)
    #expect(fresh.gradient.inference == used.gradient.inference)
  }

  private func check(
    _ fixture: MetaFixture<Double>, _ part: WritableKeyPath<MetaParameters<Double>, [Double]>,
    _ exact: [Double], _ objective: MetaObjective<Double>
  ) {
    for place in stride(from: 0, to: exact.count, by: max(1, exact.count / 60)) {
      let slope = fixture.difference(part, place, objective)
      #expect(abs(slope - exact[place]) < 1e-6 * max(1, abs(slope)), "\(part) [\(place)]")
    }
  }
}
