import HelpBase
import HelpPredictor
@testable import HelpSearch
import HelpSpaces

/// Milliseconds: a fixed cost for each operation, so that limits can be worked out by hand.
func operationLatency(_ batch: ArchitectureBatch) -> [Double] {
  let costs = [0.5, 1.0, 3.0, 7.0, 2.0]
  return (0..<batch.count).map { row in batch[row].genes.reduce(0) { $0 + costs[Int($1)] } }
}

/// Rewards convolutions, weighted by position, so that the best row under a limit is not obvious.
func operationAccuracy(_ batch: ArchitectureBatch) -> [Double] {
  let values = [0.0, 2.0, 5.0, 9.0, 1.0]
  return (0..<batch.count).map { row in
    batch[row].genes.enumerated().reduce(0) { $0 + values[Int($1.element)] * Double($1.offset + 2) }
  }
}

/// Counts what a search asks for.
final class Host {
  var rows: [[Int32]] = []
  var latencyBatches: [Int] = []
  var progress: [SearchProgress] = []
  var isCancelled = false
  var onAccuracy: (Int) throws(HelpError) -> Void = { _ in }
  var onProgress: (SearchProgress) throws(HelpError) -> Void = { _ in }

  var bestAccuracy: Double? {
    operationAccuracy(ArchitectureBatch(checked: rows.flatMap { $0 }, in: NASBench201())).max()
  }

  var callbacks: SearchCallbacks {
    SearchCallbacks(
      accuracy: { [self] batch throws(HelpError) in
        try onAccuracy(rows.count)
        rows += (0..<batch.count).map { Array(batch[$0].genes) }
        return operationAccuracy(batch)
      },
      progress: { [self] progress throws(HelpError) in
        self.progress.append(progress)
        try onProgress(progress)
      },
      isCancelled: { [self] in isCancelled })
  }

  func task(
    limit: Double, limits: [SearchLimit] = [], topK: Int = 5
  ) throws(HelpError) -> SearchTask {
    try searchTask(limit: limit, limits: limits, topK: topK) { [self] batch in
      latencyBatches.append(batch.count)
      return operationLatency(batch)
    }
  }
}

/// A predictor that is a function; the tests call it on one thread.
final class FunctionPredictor: LatencyFunction, @unchecked Sendable {
  let method = "test"
  let latency: (ArchitectureBatch) -> [Double]
  /// Of every row; nil for none.
  let deviation: Double?

  init(latency: @escaping (ArchitectureBatch) -> [Double], deviation: Double? = nil) {
    self.latency = latency
    self.deviation = deviation
  }

  var hasDeviations: Bool { deviation != nil }

  func predict(
    _ batch: ArchitectureBatch, latencies: UnsafeMutablePointer<Double>,
    deviations: UnsafeMutablePointer<Double>?
  ) {
    for (row, value) in latency(batch).enumerated() {
      latencies[row] = value
      deviations?[row] = deviation ?? .nan
    }
  }
}

func predictor(
  deviation: Double? = nil, _ latency: @escaping (ArchitectureBatch) -> [Double] = operationLatency
) -> Predictor {
  Predictor(
    space: NASBench201(), function: FunctionPredictor(latency: latency, deviation: deviation),
    record: .null)
}

func searchTask(
  limit: Double, limits: [SearchLimit] = [], topK: Int, deviation: Double? = nil,
  confidence: Double? = nil, _ latency: @escaping (ArchitectureBatch) -> [Double] = operationLatency
) throws(HelpError) -> SearchTask {
  try SearchTask(
    latency: LatencyBound(
      predictor(deviation: deviation, latency), confidence: confidence),
    limit: limit, limits: limits, topK: topK)
}

/// Every architecture of NAS-Bench-201 under a limit, best first.
func bruteForce(limit: Double) -> [ScoredArchitecture] {
  let space = NASBench201()
  let all = ArchitectureBatch(checked: (0..<15_625).flatMap(space.row(atPosition:)), in: space)
  let latencies = operationLatency(all)
  let accuracies = operationAccuracy(all)
  return (0..<all.count).filter { latencies[$0] <= limit }
    .map {
      ScoredArchitecture(
        genes: Array(all[$0].genes), accuracy: accuracies[$0], latency: latencies[$0])
    }
    .sorted { one, other in
      (-one.accuracy, one.latency) != (-other.accuracy, other.latency)
        ? (-one.accuracy, one.latency) < (-other.accuracy, other.latency)
        : one.genes.lexicographicallyPrecedes(other.genes)
    }
}

func settings(_ change: (inout SearchSettings) -> Void = { _ in }) -> SearchSettings {
  var settings = SearchSettings()
  change(&settings)
  return settings
}
