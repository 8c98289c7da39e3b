/// Between milliseconds and the network's normalised latencies, in which the smallest
/// label is 0.05 and the largest 0.95 (HELP's published code).
package struct LabelScale: Sendable, Equatable {
  package let minimum: Double
  package let maximum: Double

  private static var portion: Double { 0.9 }
  private static var margin: Double { 0.05 }

  /// `maximum` is greater than `minimum`.
  package init(minimum: Double, maximum: Double) {
    self.minimum = minimum
    self.maximum = maximum
  }

  package func normalized(_ milliseconds: Double) -> Double {
    (milliseconds - minimum) / (maximum - minimum) * Self.portion + Self.margin
  }

  package func milliseconds(_ normalized: Double) -> Double {
    (normalized - Self.margin) / Self.portion * (maximum - minimum) + minimum
  }

  /// Milliseconds for a difference of one in normalised latency.
  package var slope: Double { (maximum - minimum) / Self.portion }
}

/// What the network knows of a device: its reference latencies scaled to 0...1.
package func deviceEmbedding(referenceLatencies: [Double]) -> [Double] {
  let low = referenceLatencies.min() ?? 0
  let range = (referenceLatencies.max() ?? 0) - low
  return referenceLatencies.map { ($0 - low) / range }
}
