import HelpBase
import HelpSpaces

/// Settings of meta-training; the defaults are those of HELP's published code.
package struct TrainingSettings: Sendable {
  package var seed: UInt64 = 0
  package var episodes = 2000
  package var tasks = 8
  package var support = 10
  package var query = 200
  /// Number of rows, from the first on, that episodes draw from; 0: all.
  package var trainRows = 0
  /// Number of rows after those on which validation devices are scored; 0: all that remain.
  package var validRows = 0
  package var validInterval = 50
  package var hidden = 100
  package var threads = 1
  package var innerSteps = 2
  package var secondOrder = true
  package var learnRates = true
  package var modulation = true
  package var innerRate = 1e-3
  package var metaRate = 1e-4
  package var klWeight = 0.1
  package var modulationScale = 0.01
  package var trim = 0.1
  /// Fit the part of method "bayes".
  package var bayes = true
  /// Train the part of method "help".
  package var help = true

  package init() {}

  /// Row ranges for training and for judging validation devices; checked against `count`.
  func rows(of count: Int) -> (train: Range<Int>, valid: Range<Int>) {
    let split = trainRows == 0 ? count : trainRows
    let end = validRows == 0 ? count : min(split + validRows, count)
    return (0..<split, split..<end)
  }

  package func validated() throws(HelpError) -> TrainingSettings {
    try check(setting: "episodes", episodes, in: 1...10_000_000)
    try check(setting: "tasks", tasks, in: 1...1000)
    try check(setting: "support", support, in: 1...10_000)
    try check(setting: "query", query, in: 1...100_000)
    try check(setting: "train_rows", trainRows, in: 0...ArchitectureBatch.maximumRows)
    try check(setting: "valid_rows", validRows, in: 0...ArchitectureBatch.maximumRows)
    try check(setting: "valid_interval", validInterval, in: 1...10_000_000)
    try check(setting: "hidden", hidden, in: NetworkShape.hiddenLimits)
    try check(setting: "threads", threads, in: 1...256)
    try check(setting: "inner_steps", innerSteps, in: 0...HelpSettings.maximumSteps)
    try check(setting: "inner_rate", innerRate, in: 0...1)
    try check(setting: "meta_rate", metaRate, in: 0...1)
    try check(setting: "kl_weight", klWeight, in: 0...1000)
    try check(setting: "modulation_scale", modulationScale, in: 0...10)
    try check(setting: "trim", trim, in: 0...0.45)
    return self
  }

  /// The same, and checked against the data set: it has the rows, and at least one device.
  func validated(for dataset: LatencyDataset) throws(HelpError) -> TrainingSettings {
    let options = try validated()
    let rows = dataset.architectures.count
    guard trainRows <= rows, validRows <= rows - trainRows else {
      throw HelpError(
        setting: "train_rows",
        "is \(trainRows) and valid_rows \(validRows), together more than the "
          + "dataset's \(rows) rows")
    }
    guard !dataset.devices(.train).isEmpty else {
      throw HelpError(.argument, "the dataset has no device to train on")
    }
    return options
  }
}
