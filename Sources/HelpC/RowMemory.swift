import HelpPredictor
import HelpSpaces

/// Bytes that calls hold for each of a caller's rows beside its own arrays: upper bounds, for
/// `checkMemory`. Tests/ABI/memory.c finds those that are too low.
enum RowMemory {
  /// The copy of the genes, and its canonical form.
  static func genes(_ width: Int) -> Int { 2 * width * MemoryLayout<Int32>.stride }

  /// A table of rows by their genes, with the one half as large that it grew from: at most four
  /// places of 40 bytes for each row.
  private static let table = 160

  /// Latencies of a method that runs a network over all rows.
  static let prediction = 8
  /// Latencies, deviations, and what predicting them holds.
  static let interval = 16 + prediction
  /// Outputs of the network, and the accuracies made of them.
  static let accuracy = 16
  /// The costs.
  static let costs = 8
  /// Row numbers that may be chosen, and those drawn from.
  static let selection = table + 48
  /// What was drawn, with a list of its own for each row in a set of all.
  static func sample(_ width: Int) -> Int { table + 16 * width }
  /// The rows without repeats: a set, and their numbers.
  static let candidates = table + 32
  /// A search for repeats.
  static let dataset = table
  /// Errors, ranks, and orders by either side.
  static let scores = 128

  /// Of each device: its latencies and their ranks, and its rows of the two tables.
  static func ranked(rows: Int, devices: Int) -> Int { 16 * rows + 16 * devices }

  /// Of all measured rows: a search for repeats, regressors and their scaled form, and each row's
  /// text in the record. Of those that method "bayes" uses, some matrices.
  static func measurements(_ rows: Int, in space: any SearchSpace) -> Int {
    let regressors = space.regressorGroups.reduce(4) { $0 + $1.count }
    let row = 1024 + 64 * space.width + 3 * regressors * MemoryLayout<Double>.stride
    let used = min(rows, BayesSettings(for: space).maximumRows)
    return rows * row + 32 * used * used * MemoryLayout<Double>.stride
  }
}
