extension RandomAccessCollection where Index == Int {
  /// The first place whose element fulfils a condition that holds for all after it; the end
  /// where it holds for none.
  @inlinable
  package func partitioningIndex(where holds: (Element) -> Bool) -> Int {
    var (low, high) = (startIndex, endIndex)
    while low < high {
      let middle = low + (high - low) / 2
      if holds(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
