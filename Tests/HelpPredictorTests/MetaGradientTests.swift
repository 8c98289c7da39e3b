import HelpNumerics
import HelpSpaces
import Testing

@testable import HelpPredictor

/// Gradients of the adapted loss against central differences, in Double.
@Suite struct MetaGradientTests {
  let fixture = MetaFixture<Double>(hidden: 7, references: 4, seed: 11)

  @Test(arguments: [0, 1, 2, 3])
  func secondOrderGradientMatchesCentralDifferences(steps: Int) {
    let objective = fixture.objective(innerSteps: steps, secondOrder: true)
    let exact = objective.gradient(fixture.task, fixture.meta, in: Workspace()).gradient
    check(\.network, exact.network, objective)
    check(\.inference, exact.inference, objective)
    if steps > 0 { check(\.rates, exact.rates, objective) }
  }

  @Test func gradientAtTheMeanOfZMatchesCentralDifferences() {
    var fixture = self.fixture
    fixture.task = fixture.task(noise: [])
    let objective = fixture.objective(innerSteps: 2, secondOrder: true)
    let exact = objective.gradient(fixture.task, fixture.meta, in: Workspace()).gradient
    for place in stride(from: 0, to: exact.inference.count, by: 5) {
      let slope = fixture.difference(\.inference, place, objective)
      #expect(abs(slope - exact.inference[place]) < 1e-6)
    }
  }

  @Test func firstOrderLeavesOutTheCurvature() {
    let second = fixture.objective(innerSteps: 2, secondOrder: true)
    let first = fixture.objective(innerSteps: 2, secondOrder: false)
    let a = second.gradient(fixture.task, fixture.meta, in: Workspace()).gradient.network
    let b = first.gradient(fixture.task, fixture.meta, in: Workspace()).gradient.network
    #expect(zip(a, b).contains { abs($0 - $1) > 1e-4 })
  }

  @Test func floatKernelsAgreeWithPlainDouble() {
    let wide = MetaFixture<Double>(hidden: 40, references: 10, seed: 5)
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

  @Test func scratchMemoryThatWasUsedBeforeChangesNothing() {
    let narrow = MetaFixture<Double>(hidden: 40, references: 10, seed: 5).converted(to: Float.self)
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
    _ part: WritableKeyPath<MetaParameters<Double>, [Double]>, _ exact: [Double],
    _ objective: MetaObjective<Double>
  ) {
    for place in stride(from: 0, to: exact.count, by: max(1, exact.count / 60)) {
      let slope = fixture.difference(part, place, objective)
      #expect(abs(slope - exact[place]) < 1e-6 * max(1, abs(slope)), "\(part) [\(place)]")
    }
  }
}
