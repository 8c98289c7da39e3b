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

  /// Up to `count` of them, most accurate first: both ends, then where the front is thinnest.
  func spread(_ count: Int) -> [ScoredArchitecture] {
    guard items.count > count else { return items.reversed() }
    let gaps = crowdingDistances(items)
    let order = items.indices.sorted {
      (-gaps[$0], -items[$0].accuracy) < (-gaps[$1], -items[$1].accuracy)
    }
    return order.prefix(count).sorted(by: >).map { items[$0] }
  }

  /// The area between the front and a reference that is slower and less accurate: milliseconds
  /// times accuracy. Architectures beyond the reference do not count.
  func hypervolume(latency: Double, accuracy: Double) -> Double {
    let inside = items.filter { $0.latency < latency && $0.accuracy > accuracy }
    let ends = inside.dropFirst().map({ $0.latency }) + [latency]
    return zip(inside, ends).reduce(0) { sum, next in
      sum + (next.1 - next.0.latency) * (next.0.accuracy - accuracy)
    }
  }
}

extension RandomAccessCollection where Index == Int {
  /// The first place whose element fulfils a condition that holds for all after it.
  fileprivate func partitioningIndex(where holds: (Element) -> Bool) -> Int {
    var (low, high) = (startIndex, endIndex)
    while low < high {
      let middle = low + (high - low) / 2
      if holds(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
