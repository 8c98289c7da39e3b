/// Between milliseconds and the network's normalised latencies, in which the smallest
/// label is 0.05 and the largest 0.95 (HELP's published code).
package struct LabelScale: Sendable, Equatable {
  package let minimum: Double
  package let maximum: Double
  /// Milliseconds below which predictions leave their line for the exponential tail; nil: they
  /// stay on it.
  package let tail: Double?

  private static var portion: Double { 0.9 }
  private static var margin: Double { 0.05 }

  /// `maximum` is greater than `minimum`, and `tail` than 0.
  package init(minimum: Double, maximum: Double, tail: Double? = nil) {
    self.minimum = minimum
    self.maximum = maximum
    self.tail = tail
  }

  package func normalized(_ milliseconds: Double) -> Double {
    (milliseconds - minimum) / (maximum - minimum) * Self.portion + Self.margin
  }

  /// On the line or, below `tail`, on the exponential tail: the order of predictions stays.
  package func milliseconds(_ normalized: Double) -> Double {
    let line = (normalized - Self.margin) / Self.portion * (maximum - minimum) + minimum
    guard let tail else { return line }
    return exponentialTail(line, below: tail)
  }

  /// Milliseconds for a difference of one in normalised latency, on the line.
  package var slope: Double { (maximum - minimum) / Self.portion }
}

/// What the network knows of a device: its reference latencies scaled to 0...1.
package func deviceEmbedding(referenceLatencies: [Double]) -> [Double] {
  let low = referenceLatencies.min() ?? 0
  let range = (referenceLatencies.max() ?? 0) - low
  return referenceLatencies.map { ($0 - low) / range }
}
