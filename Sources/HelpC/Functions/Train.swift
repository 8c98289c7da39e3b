import CHelp
import HelpBase
import HelpPredictor
import HelpSpaces

// help.h: meta-training.

@c @implementation
public func help_dataset_new(
  _ space: OpaquePointer?, _ archs: UnsafePointer<Int32>?, _ n: Int, _ stride: Int,
  _ out: UnsafeMutablePointer<OpaquePointer?>?
) -> help_status {
  guarded("help_dataset_new") { () throws(HelpError) in
    let space = try Handles.space.object(space, "space").space
    let out = try required(out, "out")
    _ = try count(n, "n", in: 1...10_000_000)
    let batch = try batch(archs, n, stride, in: space)
    try checkMemory(for: "n", n, bytesEach: RowMemory.dataset)
    let dataset = try LatencyDataset(batch)
    write(Handles.dataset, DatasetObject(dataset), to: out)
  }
}

@c @implementation
public func help_dataset_add_device(
  _ dataset: OpaquePointer?, _ name: UnsafePointer<CChar>?, _ role: Int32,
  _ latency: UnsafePointer<Double>?
) -> help_status {
  guarded("help_dataset_add_device") { () throws(HelpError) in
    let object = try Handles.dataset.object(dataset, "dataset")
    guard let role = LatencyDataset.Role(rawValue: role) else {
      throw HelpError(
        .argument, "role is \(role), not HELP_DEVICE_TRAIN or HELP_DEVICE_VALID")
    }
    let device = LatencyDataset.Device(
      name: try text(name, "name"), role: role,
      latencies: try doubles(latency, object.dataset.architectures.count, "latency_ms"))
    try object.dataset.add(device)
  }
}

@c @implementation
public func help_dataset_set_references(
  _ dataset: OpaquePointer?, _ rows: UnsafePointer<Int>?, _ count: Int
) -> help_status {
  guarded("help_dataset_set_references") { () throws(HelpError) in
    let object = try Handles.dataset.object(dataset, "dataset")
    let rows = try required(rows, "rows")
    let count = try HelpC.count(count, "count", in: NetworkShape.referenceLimits)
    try object.dataset.setReferences(Array(UnsafeBufferPointer(start: rows, count: count)))
  }
}

@c @implementation
public func help_dataset_free(_ dataset: OpaquePointer?) { Handles.dataset.free(dataset) }

private var trainDefaults: help_train_options {
  let settings = TrainingSettings()
  var options = help_train_options()
  options.struct_size = MemoryLayout<help_train_options>.stride
  options.seed = settings.seed
  options.episodes = settings.episodes
  options.tasks = settings.tasks
  options.support = settings.support
  options.query = settings.query
  options.train_rows = settings.trainRows
  options.valid_rows = settings.validRows
  options.valid_interval = settings.validInterval
  options.hidden = settings.hidden
  options.threads = settings.threads
  options.inner_steps = Int32(settings.innerSteps)
  options.second_order = settings.secondOrder ? 1 : 0
  options.learn_rates = settings.learnRates ? 1 : 0
  options.modulation = settings.modulation ? 1 : 0
  options.inner_rate = settings.innerRate
  options.meta_rate = settings.metaRate
  options.kl_weight = settings.klWeight
  options.modulation_scale = settings.modulationScale
  options.trim = settings.trim
  options.bayes = settings.bayes ? 1 : 0
  options.help = settings.help ? 1 : 0
  return options
}

@c @implementation
public func help_train_options_init(
  _ options: UnsafeMutablePointer<help_train_options>?, _ structSize: Int
) -> help_status {
  guarded("help_train_options_init") { () throws(HelpError) in
    try initializeOptions(options, structSize, defaults: trainDefaults)
  }
}

@c @implementation
public func help_meta_train(
  _ dataset: OpaquePointer?, _ options: UnsafePointer<help_train_options>?,
  _ out: UnsafeMutablePointer<OpaquePointer?>?
) -> help_status {
  guarded("help_meta_train") { () throws(HelpError) in
    let dataset = try Handles.dataset.object(dataset, "dataset").dataset
    let out = try required(out, "out")
    let options = try readOptions(options, defaults: trainDefaults)
    let cancel = try cancelFlag(options.cancel)
    let check = { () throws(HelpError) in
      if cancel?.isRequested ?? false { throw HelpError(.cancelled, "the training was cancelled") }
    }
    var training = try ModelTraining(dataset, try TrainingSettings(options))
    let model = try training.run(check: check) { (state: TrainingProgress) throws(HelpError) in
      try report(
        progress(
          done: UInt64(state.episode), total: UInt64(state.episodes),
          best: state.bestValidation ?? .nan, latency: .nan, loss: state.loss),
        to: options.progress, options.progress_user)
      try check()
    }
    write(Handles.model, Shared(model), to: out)
  }
}

extension TrainingSettings {
  fileprivate init(_ options: help_train_options) throws(HelpError) {
    self.init()
    seed = options.seed
    episodes = options.episodes
    tasks = options.tasks
    support = options.support
    query = options.query
    trainRows = options.train_rows
    validRows = options.valid_rows
    validInterval = options.valid_interval
    hidden = options.hidden
    threads = options.threads
    innerSteps = Int(options.inner_steps)
    secondOrder = try flag(options.second_order, "options.second_order")
    learnRates = try flag(options.learn_rates, "options.learn_rates")
    modulation = try flag(options.modulation, "options.modulation")
    innerRate = options.inner_rate
    metaRate = options.meta_rate
    klWeight = options.kl_weight
    modulationScale = options.modulation_scale
    trim = options.trim
    bayes = try flag(options.bayes, "options.bayes")
    help = try flag(options.help, "options.help")
  }
}

private func flag(_ value: Int32, _ argument: StaticString) throws(HelpError) -> Bool {
  guard value == 0 || value == 1 else {
    throw HelpError(.argument, "\(argument) is \(value), not 0 or 1")
  }
  return value == 1
}
