import HelpBase
import HelpPredictor
import HelpSpaces

/// What is searched: the most accurate architectures of a space within limits.
package struct SearchTask: Sendable {
  /// Most limits besides the first.
  package static let maximumLimits = 64

  package let latency: LatencyBound
  /// Milliseconds; infinite for no limit.
  package let limit: Double
  /// Further limits.
  package let limits: [SearchLimit]
  /// Most architectures to return.
  package let topK: Int

  package var space: any SearchSpace { latency.predictor.space }

  package init(
    latency: LatencyBound, limit: Double, limits: [SearchLimit] = [], topK: Int
  ) throws(HelpError) {
    guard limit > 0 else {
      throw HelpError(.argument, "limit_ms is \(limit.brief), not greater than 0")
    }
    guard (1...ArchitectureBatch.maximumRows).contains(topK) else {
      throw HelpError(.argument, "top_k is \(topK), not 1...\(ArchitectureBatch.maximumRows)")
    }
    for other in limits { try other.check(latency.predictor.space) }
    self.latency = latency
    self.limit = limit
    self.limits = limits
    self.topK = topK
  }
}
