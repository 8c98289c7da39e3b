import HelpBase
import HelpPredictor
import HelpSpaces

/// What is searched: the most accurate architectures of a space within limits.
package struct SearchTask: Sendable {
  /// Most architectures that are returned.
  package static let maximumResults = 100_000_000

  package let latency: LatencyBound
  /// Milliseconds; infinite for no limit.
  package let limit: Double
  /// Further limits.
  package let limits: [SearchLimit]
  /// Most architectures to return.
  package let topK: Int

  package var space: any SearchSpace { latency.predictor.space }

  package init(
    latency: LatencyBound, limit: Double, limits: [SearchLimit] = [], topK: Int
  ) throws(HelpError) {
    guard limit > 0 else {
      throw HelpError(.argument, "limit_ms is \(limit.brief), not greater than 0")
    }
    guard (1...Self.maximumResults).contains(topK) else {
      throw HelpError(.argument, "top_k is \(topK), not 1...\(Self.maximumResults)")
    }
    for other in limits { try other.check(latency.predictor.space) }
    self.latency = latency
    self.limit = limit
    self.limits = limits
    self.topK = topK
  }
}

/// The host's part in a search; called on the calling thread.
package struct SearchCallbacks {
  /// A score for each row, higher is better; NaN is an error.
  package var accuracy: (ArchitectureBatch) throws(HelpError) -> [Double]
  package var progress: (SearchProgress) throws(HelpError) -> Void
  package var isCancelled: () -> Bool

  package init(
    accuracy: @escaping (ArchitectureBatch) throws(HelpError) -> [Double],
    progress: @escaping (SearchProgress) throws(HelpError) -> Void = { _ in },
    isCancelled: @escaping () -> Bool = { false }
  ) {
    self.accuracy = accuracy
    self.progress = progress
    self.isCancelled = isCancelled
  }
}

func checkCancelled(_ isCancelled: () -> Bool) throws(HelpError) {
  if isCancelled() { throw HelpError(.cancelled, "the search was cancelled") }
}

/// Where a search is, after each scored batch.
package struct SearchProgress: Sendable {
  /// Generations, 0 after the first population; batches of rows where nothing evolves.
  package let done: UInt64
  package let total: UInt64
  /// The most accurate; nil when nothing was within the limits so far.
  package let best: ScoredArchitecture?
}

package struct SearchReport: Sendable, Equatable {
  /// What was done: never `auto`.
  package let strategy: SearchSettings.Strategy
  /// Rows given to the accuracy callback.
  package var evaluations: UInt64 = 0
  /// Rows whose latency was predicted.
  package var predictions: UInt64 = 0
  /// Generations finished after the first population, or batches of rows.
  package var generations: UInt64 = 0
  /// Milliseconds, of the bound that is limited; NaN when nothing was predicted.
  package var smallestLatency = Double.nan
  /// Between the front and the reference below it; NaN where no front was asked for.
  package var hypervolume = Double.nan
  package var referenceLatency = Double.nan
  package var referenceAccuracy = Double.nan
}

/// What a search found, also when it was stopped.
package struct SearchOutcome: Sendable {
  /// Most accurate first.
  package let found: [ScoredArchitecture]
  package let report: SearchReport
  /// Why the search ended early or found nothing; nil when all went well.
  package let stop: HelpError?
}

extension SearchTask {
  /// Throws for settings that cannot be used; later failures are in the outcome.
  package func run(
    _ settings: SearchSettings, _ callbacks: SearchCallbacks
  ) throws(HelpError) -> SearchOutcome {
    let settings = try settings.validated(in: space)
    switch try SearchPlan(settings, space: space) {
    case .evolution:
      var evolver = Evolver(checked: settings, self)
      return evolver.run(callbacks)
    case .rows(let rows):
      var enumeration = Enumeration(rows, self, settings)
      return enumeration.run(callbacks)
    }
  }
}

/// How a search will go about it.
private enum SearchPlan {
  case evolution
  case rows(any RowList)

  init(_ settings: SearchSettings, space: any SearchSpace) throws(HelpError) {
    switch settings.strategy {
    case .evolve: self = .evolution
    case .exhaustive: self = .rows(try WholeSpace(space))
    case .auto, .candidates:
      if let candidates = settings.candidates {
        self = .rows(CandidateRows(candidates))
      } else if let count = space.count, count <= UInt64(settings.evaluations),
        count <= WholeSpace.maximum
      {
        self = .rows(try WholeSpace(space))
      } else {
        self = .evolution
      }
    }
  }
}
