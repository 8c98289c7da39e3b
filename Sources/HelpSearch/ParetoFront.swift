import HelpNumerics

/// The architectures that no other beats in both accuracy and latency.
struct ParetoFront {
  /// By latency and so by accuracy, both rising strictly.
  private(set) var items: [ScoredArchitecture] = []

  /// Keeps the item if it is not beaten, and drops what it beats: whether it was kept. Of
  /// equals the first stays.
  mutating func add(_ item: ScoredArchitecture) -> Bool {
    let place = items.partitioningIndex { $0.latency > item.latency }
    if place > 0, items[place - 1].accuracy >= item.accuracy { return false }
    let end = items[place...].partitioningIndex { $0.accuracy > item.accuracy }
    let begin = place > 0 && items[place - 1].latency == item.latency ? place - 1 : place
    items.replaceSubrange(begin..<end, with: [item])
    return true
  }

  /// Up to `count` of them, most accurate first: both ends, and the others spread along the front.
  ///
  /// The most crowded is dropped, one at a time, because each drop widens its neighbours' gaps:
  /// members chosen by their first gaps alone all lie where the front is thin.
  func spread(_ count: Int) -> [ScoredArchitecture] {
    guard count > 1 else { return items.suffix(max(count, 0)) }
    let places = placesAlongFront()
    var kept = Array(items.indices)
    while kept.count > count {
      let gaps = zip(kept, kept.dropFirst(2)).map { places[$1] - places[$0] }
      let narrowest = gaps.indices.min { gaps[$0] < gaps[$1] } ?? 0
      kept.remove(at: narrowest + 1)
    }
    return kept.reversed().map { items[$0] }
  }

  /// How far along the front each member lies: its shares of both objectives' extents, added.
  private func placesAlongFront() -> [Double] {
    zip(shares(of: items.map(\.latency)), shares(of: items.map(\.accuracy))).map(+)
  }

  /// Rising values as shares of their extent; 0 for all where the extent is 0 or infinite.
  private func shares(of values: [Double]) -> [Double] {
    let (first, last) = (values.first ?? 0, values.last ?? 0)
    let extent = last - first
    guard extent > 0, extent.isFinite else { return values.map { _ in 0 } }
    return values.map { ($0 - first) / extent }
  }

  /// The area between the front and a reference that is slower and less accurate: milliseconds
  /// times accuracy. Architectures beyond the reference do not count.
  func hypervolume(latency: Double, accuracy: Double) -> Double {
    let inside = items.filter { $0.latency < latency && $0.accuracy > accuracy }
    let ends = inside.dropFirst().map(\.latency) + [latency]
    return zip(inside, ends).reduce(0) { sum, next in
      sum + (next.1 - next.0.latency) * (next.0.accuracy - accuracy)
    }
  }
}
