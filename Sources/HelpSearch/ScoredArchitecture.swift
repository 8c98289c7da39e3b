/// An architecture within the limits with its score.
package struct ScoredArchitecture: Sendable, Equatable {
  package let genes: [Int32]
  /// Higher is better; never NaN, and minus infinity for one that failed.
  package let accuracy: Double
  /// Predicted, in milliseconds.
  package let latency: Double

  package init(genes: [Int32], accuracy: Double, latency: Double) {
    self.genes = genes
    self.accuracy = accuracy
    self.latency = latency
  }

  /// Whether it could not be scored: never a result, and a parent only where nothing else is.
  var hasFailed: Bool { accuracy == -.infinity }

  /// The order of results: more accurate, then faster, then smaller genes.
  func ranksAbove(_ other: ScoredArchitecture) -> Bool {
    if accuracy != other.accuracy { return accuracy > other.accuracy }
    if latency != other.latency { return latency < other.latency }
    return genes.lexicographicallyPrecedes(other.genes)
  }
}

/// The best `capacity` of the architectures added so far.
///
/// Sorts only when it has grown to twice its size: O(log capacity) an addition.
struct Archive {
  private let capacity: Int
  private var items: [ScoredArchitecture] = []
  /// The worst of a full archive, at the last sorting.
  private var threshold: ScoredArchitecture?

  init(capacity: Int) { self.capacity = capacity }

  mutating func add(_ item: ScoredArchitecture) {
    if let threshold, !item.ranksAbove(threshold) { return }
    items.append(item)
    if items.count >= 1024, items.count / 2 >= capacity { sort() }
  }

  private mutating func sort() {
    items.sort { $0.ranksAbove($1) }
    if items.count >= capacity {
      items.removeLast(items.count - capacity)
      threshold = items.last
    }
  }

  /// Best first.
  func ranked() -> [ScoredArchitecture] {
    var copy = self
    copy.sort()
    return copy.items
  }
}
