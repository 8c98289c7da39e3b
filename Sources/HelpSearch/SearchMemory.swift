import HelpSpaces

/// Bytes that searches hold, upper bounds for `checkMemory`.
enum SearchMemory {
  /// A list of genes of its own.
  private static func row(_ width: Int) -> Int { 64 + 4 * width }

  /// The best of some rows: an archive grows to twice its size before it is sorted.
  static func kept(_ topK: Int, of rows: Int, width: Int) -> Int {
    min(2 * topK, rows) * (row(width) + 160)
  }

  /// What a generation adds: its rows with their proposals, scores and order, and their places
  /// in the set of all that were asked, which may have to grow.
  static func generation(of evolver: Evolver) -> Int {
    let (settings, width) = (evolver.settings, evolver.task.space.width)
    return settings.largestBatch * (row(width) + 16 * width + 320) + evolver.known.count * 80
  }
}
