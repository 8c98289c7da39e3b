import CHelp
import HelpNumerics
import HelpPredictor
import HelpSearch
import HelpSpaces

// help.h: searching.

private var searchDefaults: help_search_options {
  let settings = SearchSettings()
  var options = help_search_options()
  options.struct_size = MemoryLayout<help_search_options>.stride
  options.seed = settings.seed
  options.strategy = settings.strategy.rawValue
  options.population = settings.population
  options.generations = settings.generations
  options.parent_ratio = settings.parentRatio
  options.mutation_ratio = settings.mutationRatio
  options.mutation_probability = settings.mutationProbability
  options.attempts = settings.attempts
  return options
}

@c @implementation
public func help_search_options_init(
  _ options: UnsafeMutablePointer<help_search_options>?, _ structSize: Int
) -> help_status {
  guarded("help_search_options_init") { () throws(HelpError) in
    try initializeOptions(options, structSize, defaults: searchDefaults)
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
    let results = try SearchResults(
      topK: topK, archs: archs, stride: stride, accuracy: outAccuracy, latency: latency,
      count: outCount, report: report, space: predictor.space)
    let options = try readOptions(options, defaults: searchDefaults)
    let task = try SearchTask(
      space: predictor.space, limit: limit, topK: results.topK, latency: predictor.predict)
    let outcome = try task.run(
      SearchSettings(options, space: predictor.space),
      searchCallbacks(options, accuracyCallback(accuracy, user)))
    try results.write(outcome)
  }
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
    guard options.reserved == 0 else {
      throw HelpError(.argument, "options.reserved is \(options.reserved), not 0")
    }
    self.strategy = strategy
    seed = options.seed
    population = options.population
    generations = options.generations
    parentRatio = options.parent_ratio
    mutationRatio = options.mutation_ratio
    mutationProbability = options.mutation_probability
    attempts = options.attempts
    if options.candidates != nil || options.candidate_count != 0 {
      candidates = try batch(
        options.candidates, options.candidate_count, options.candidate_stride, in: space,
        "options.candidates")
    }
  }
}

/// Where a search writes: all checked before it begins.
private struct SearchResults {
  let topK: Int
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
    self.topK = try HelpC.count(topK, "top_k", in: 1...maximumRows)
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
      generations: report.generations, smallest_latency_ms: report.smallestLatency)
  }
}
