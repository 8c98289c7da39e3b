import CHelp
import HelpBase
import HelpPredictor
import HelpSearch
import HelpSpaces

// help.h: searching.

private func searchDefaults(_ preset: SearchSettings.Preset = .standard) -> help_search_options {
  let settings = SearchSettings(preset: preset)
  var options = help_search_options()
  options.struct_size = MemoryLayout<help_search_options>.stride
  options.seed = settings.seed
  options.strategy = settings.strategy.rawValue
  options.objective = settings.objective.rawValue
  options.population = settings.population
  options.generations = settings.generations
  options.parent_ratio = settings.parentRatio
  options.mutation_ratio = settings.mutationRatio
  options.mutation_probability = settings.mutationProbability
  options.attempts = settings.attempts
  options.patience = settings.patience
  options.reference_latency_ms = settings.referenceLatency
  options.reference_accuracy = settings.referenceAccuracy
  return options
}

@c @implementation
public func help_search_options_init(
  _ options: UnsafeMutablePointer<help_search_options>?, _ structSize: Int
) -> help_status {
  guarded("help_search_options_init") { () throws(HelpError) in
    try initializeOptions(options, structSize, defaults: searchDefaults())
  }
}

@c @implementation
public func help_search_options_preset(
  _ options: UnsafeMutablePointer<help_search_options>?, _ structSize: Int, _ preset: Int32
) -> help_status {
  guarded("help_search_options_preset") { () throws(HelpError) in
    guard let preset = SearchSettings.Preset(rawValue: preset) else {
      throw HelpError(.argument, "preset is \(preset), not a HELP_PRESET_ constant")
    }
    try initializeOptions(options, structSize, defaults: searchDefaults(preset))
  }
}

@c @implementation
public func help_search(
  _ predictor: OpaquePointer?, _ limit: Double, _ accuracy: help_accuracy_fn?,
  _ user: UnsafeMutableRawPointer?, _ options: UnsafePointer<help_search_options>?,
  _ topK: Int, _ archs: UnsafeMutablePointer<Int32>?, _ stride: Int,
  _ outAccuracy: UnsafeMutablePointer<Double>?, _ latency: UnsafeMutablePointer<Double>?,
  _ outCount: UnsafeMutablePointer<Int>?, _ report: UnsafeMutablePointer<help_search_report>?
) -> help_status {
  guarded("help_search") { () throws(HelpError) in
    let predictor = try Handles.predictor.object(predictor, "predictor").value
    guard let accuracy else { throw HelpError(.argument, "accuracy is NULL") }
    let options = try readOptions(options, defaults: searchDefaults())
    let task = try SearchTask(predictor, limit, options, topK: topK)
    let results = try SearchResults(
      topK: topK, archs: archs, stride: stride, accuracy: outAccuracy, latency: latency,
      count: outCount, report: report, space: predictor.space)
    let outcome = try task.run(
      SearchSettings(options, space: predictor.space),
      searchCallbacks(options, accuracyCallback(accuracy, user)))
    try results.write(outcome)
  }
}

/// A new evolver, with the options' cancel flag.
func evolver(
  _ predictor: Predictor, _ limit: Double, _ options: UnsafePointer<help_search_options>?,
  topK: Int
) throws(HelpError) -> EvolverObject {
  let options = try readOptions(options, defaults: searchDefaults())
  let task = try SearchTask(predictor, limit, options, topK: topK)
  let settings = try SearchSettings(options, space: predictor.space)
  let object = EvolverObject(try Evolver(settings, task))
  object.cancel = try cancelFlag(options.cancel)
  return object
}

private func searchCallbacks(
  _ options: help_search_options,
  _ accuracy: @escaping (ArchitectureBatch) throws(HelpError) -> [Double]
) throws(HelpError) -> SearchCallbacks {
  let cancel = try cancelFlag(options.cancel)
  return SearchCallbacks(
    accuracy: accuracy,
    progress: { (state: SearchProgress) throws(HelpError) in
      try report(
        progress(
          done: state.done, total: state.total, best: state.best?.accuracy ?? .nan,
          latency: state.best?.latency ?? .nan, loss: .nan),
        to: options.progress, options.progress_user)
    },
    isCancelled: { cancel?.isRequested ?? false })
}

extension SearchSettings {
  fileprivate init(_ options: help_search_options, space: any SearchSpace) throws(HelpError) {
    self.init()
    guard let strategy = Strategy(rawValue: options.strategy) else {
      throw HelpError(
        .argument, "options.strategy is \(options.strategy), not a HELP_SEARCH_ constant")
    }
    guard let objective = Objective(rawValue: options.objective) else {
      throw HelpError(
        .argument, "options.objective is \(options.objective), not a HELP_OBJECTIVE_ constant")
    }
    self.strategy = strategy
    self.objective = objective
    seed = options.seed
    population = options.population
    generations = options.generations
    parentRatio = options.parent_ratio
    mutationRatio = options.mutation_ratio
    mutationProbability = options.mutation_probability
    attempts = options.attempts
    patience = options.patience
    referenceLatency = options.reference_latency_ms
    referenceAccuracy = options.reference_accuracy
    if options.candidates != nil || options.candidate_count != 0 {
      let rows = try batch(
        options.candidates, options.candidate_count, options.candidate_stride, in: space,
        BatchNames(
          archs: "options.candidates", count: "options.candidate_count",
          stride: "options.candidate_stride"))
      try checkMemory(
        for: "options.candidate_count", rows.count, bytesEach: RowMemory.candidates)
      candidates = rows
    }
    if options.warm_start != nil || options.warm_start_count != 0 {
      warmStart = try batch(
        options.warm_start, options.warm_start_count, options.warm_start_stride, in: space,
        BatchNames(
          archs: "options.warm_start", count: "options.warm_start_count",
          stride: "options.warm_start_stride"))
    }
  }
}

// MARK: - Limits

extension SearchTask {
  fileprivate init(
    _ predictor: Predictor, _ limit: Double, _ options: help_search_options, topK: Int
  ) throws(HelpError) {
    try self.init(
      latency: LatencyBound(predictor, confidence: HelpC.confidence(options.confidence)),
      limit: limit, limits: HelpC.limits(options.limits, options.limit_count), topK: topK)
  }
}

/// 0 is the default.
private func confidence(_ value: Double) -> Double? { value == 0 ? nil : value }

private func limits(
  _ limits: UnsafePointer<help_limit>?, _ n: Int
) throws(HelpError) -> [SearchLimit] {
  let n = try count(n, "options.limit_count", in: 0...SearchTask.maximumLimits)
  if n == 0 { return [] }
  let base = UnsafeRawPointer(try required(limits, "options.limits"))
  let size = base.loadUnaligned(as: Int.self)
  var read: [SearchLimit] = []
  for place in 0..<n {
    // Elements are as large as the caller's header says, which the first element tells.
    let element = (base + place * size).assumingMemoryBound(to: help_limit.self)
    let limit = try readOptions(element, defaults: help_limit(), "options.limits[\(place)]")
    guard limit.struct_size == size else {
      throw HelpError(
        .abi, "options.limits[\(place)].struct_size is not that of the first, \(size)")
    }
    do throws(HelpError) {
      read.append(try searchLimit(limit, "options.limits[\(place)]"))
    } catch {
      throw error.inside("limits[\(place)].")
    }
  }
  return read
}

private func searchLimit(_ limit: help_limit, _ argument: String) throws(HelpError) -> SearchLimit {
  let isLatency = limit.kind == HELP_LIMIT_LATENCY.value
  guard isLatency || (limit.predictor == nil && limit.confidence == 0) else {
    throw HelpError(
      .argument,
      "\(argument) has a predictor or a confidence, but kind \(limit.kind) is not a latency")
  }
  let quantity: SearchLimit.Quantity
  switch limit.kind {
  case HELP_LIMIT_LATENCY.value:
    let predictor = try Handles.predictor.object(limit.predictor, "options.limits[].predictor")
    quantity = .latency(
      try LatencyBound(predictor.value, confidence: confidence(limit.confidence)))
  case HELP_LIMIT_MACS.value: quantity = .macs
  case HELP_LIMIT_PARAMETERS.value: quantity = .parameters
  default:
    throw HelpError(.argument, "\(argument).kind is \(limit.kind), not a HELP_LIMIT_ constant")
  }
  guard limit.reserved == 0 else {
    throw HelpError(.argument, "\(argument).reserved is \(limit.reserved), not 0")
  }
  return try SearchLimit(quantity, minimum: limit.minimum, maximum: limit.maximum)
}

// MARK: - Results

/// Where a search writes: all checked before it begins, but for `topK`, which the search checks.
struct SearchResults {
  private let archs: ArchitectureOutput
  private let accuracy: UnsafeMutablePointer<Double>
  private let latency: UnsafeMutablePointer<Double>
  private let count: UnsafeMutablePointer<Int>
  private let report: (UnsafeMutablePointer<help_search_report>, size: Int)?

  init(
    topK: Int, archs: UnsafeMutablePointer<Int32>?, stride: Int,
    accuracy: UnsafeMutablePointer<Double>?, latency: UnsafeMutablePointer<Double>?,
    count outCount: UnsafeMutablePointer<Int>?,
    report: UnsafeMutablePointer<help_search_report>?, space: any SearchSpace
  ) throws(HelpError) {
    self.archs = try ArchitectureOutput(
      archs, rows: topK, stride: stride, width: space.width)
    self.accuracy = try required(accuracy, "out_accuracy")
    self.latency = try required(latency, "out_latency_ms")
    count = try required(outCount, "out_count")
    if let report {
      self.report = (report, try resultSize(report))
    } else {
      self.report = nil
    }
  }

  /// Writes what was found, also by a search that was stopped; then throws why it was.
  func write(_ outcome: SearchOutcome) throws(HelpError) {
    if let report { writeResult(Self.report(outcome.report), to: report.0, size: report.size) }
    if outcome.stop?.kind != .infeasible { writeFound(outcome.found) }
    if let stop = outcome.stop { throw stop }
  }

  private func writeFound(_ found: [ScoredArchitecture]) {
    for (row, item) in found.enumerated() {
      archs.write(item.genes, row: row)
      accuracy[row] = item.accuracy
      latency[row] = item.latency
    }
    count.pointee = found.count
  }

  private static func report(_ report: SearchReport) -> help_search_report {
    help_search_report(
      struct_size: 0, evaluations: report.evaluations, predictions: report.predictions,
      generations: report.generations, smallest_latency_ms: report.smallestLatency,
      hypervolume: report.hypervolume, reference_latency_ms: report.referenceLatency,
      reference_accuracy: report.referenceAccuracy, strategy: report.strategy.rawValue,
      reserved: 0)
  }
}
