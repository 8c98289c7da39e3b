import Testing

@testable import HelpPredictor

@Suite struct RelativeLineTests {
  @Test func aRelativeLineNeverFalls() {
    let rising = RelativeLine([1, 2, 3], latencies: [12, 14, 16])
    #expect(abs(rising.slope - 2) < 1e-12 && abs(rising.intercept - 10) < 1e-12)
    let falling = RelativeLine([1, 2], latencies: [2, 1])
    #expect(falling.intercept == 0)
    #expect(falling.slope == RelativeLine.factor([1, 2], latencies: [2, 1]))
    #expect(abs(falling.slope - 2.5 / 4.25) < 1e-15)
  }
}
