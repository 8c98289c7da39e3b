import HelpNumerics
import Testing

@Suite struct NormalDistributionTests {
  /// Tabulated quantiles (Abramowitz and Stegun, table 26.5).
  @Test(arguments: [
    (0.5, 0.0), (0.9, 1.2815515655), (0.95, 1.6448536270), (0.975, 1.9599639845),
    (0.999, 3.0902323062), (0.05, -1.6448536270), (1e-6, -4.7534243088),
  ])
  func quantiles(_ probability: Double, _ expected: Double) {
    #expect(abs(normalQuantile(probability) - expected) < 1e-8)
  }
}
