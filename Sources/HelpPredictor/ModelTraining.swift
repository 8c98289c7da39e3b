import HelpBase
import HelpJSON
import HelpSpaces

/// Training a model: the part of method "bayes", then HELP's network, each if asked for.
package struct ModelTraining {
  private let dataset: LatencyDataset
  private let options: TrainingSettings
  private let fitting: BayesPriorFitting?
  private var training: MetaTraining?

  package init(_ dataset: LatencyDataset, _ options: TrainingSettings) throws(HelpError) {
    guard options.help || options.bayes else {
      throw HelpError(
        .argument,
        "neither method \"bayes\" nor \"help\" is to be trained; a model needs one of them")
    }
    let options = try options.validated(for: dataset)
    self.dataset = dataset
    self.options = options
    fitting = options.bayes ? BayesPriorFitting(dataset, options) : nil
    training = options.help ? try MetaTraining(dataset, options) : nil
  }

  /// `progress` is called after each episode and `check` often before the first; both may
  /// throw to stop.
  package mutating func run(
    check: () throws(HelpError) -> Void = {},
    progress: (TrainingProgress) throws(HelpError) -> Void
  ) throws(HelpError) -> LatencyModel {
    let bayes = try fitting?.run(check: check)
    let help = try training?.run(progress: progress)
    return LatencyModel(
      space: dataset.architectures.space, bayes: bayes, help: help, record: record())
  }

  private func record() -> JSONValue {
    func names(_ role: LatencyDataset.Role) -> JSONValue {
      .strings(dataset.devices(role).map(\.name))
    }
    let members: [(String, JSONValue)] = [
      ("devices", ["train": names(.train), "valid": names(.valid)]),
      ("rows", .integer(Int64(dataset.architectures.count))),
      ("settings", options.record),
    ]
    return .object(
      (members + (training?.record ?? [])).map { JSONValue.Member(key: $0.0, value: $0.1) })
  }
}

extension BayesPriorFitting {
  fileprivate init(_ dataset: LatencyDataset, _ options: TrainingSettings) {
    var settings = Settings()
    settings.seed = options.seed
    settings.threads = options.threads
    settings.trainRows = options.trainRows
    self.init(dataset, settings)
  }
}

extension TrainingSettings {
  /// All settings but the number of threads, on which nothing depends.
  var record: JSONValue {
    [
      "seed": .string(String(seed)), "episodes": .integer(Int64(episodes)),
      "tasks": .integer(Int64(tasks)), "support": .integer(Int64(support)),
      "query": .integer(Int64(query)), "train_rows": .integer(Int64(trainRows)),
      "valid_rows": .integer(Int64(validRows)),
      "valid_interval": .integer(Int64(validInterval)), "hidden": .integer(Int64(hidden)),
      "inner_steps": .integer(Int64(innerSteps)), "second_order": .bool(secondOrder),
      "learn_rates": .bool(learnRates), "modulation": .bool(modulation),
      "inner_rate": .number(innerRate), "meta_rate": .number(metaRate),
      "kl_weight": .number(klWeight), "modulation_scale": .number(modulationScale),
      "trim": .number(trim), "help": .bool(help), "bayes": .bool(bayes),
    ]
  }
}
