import HelpNumerics
import HelpSpaces

/// What is searched: the most accurate architectures of a space under a latency limit.
package struct SearchTask {
  let space: any SearchSpace
  /// Milliseconds; infinite for no limit.
  let limit: Double
  /// Most architectures to return.
  let topK: Int
  /// Predicted milliseconds of each row.
  let latency: (ArchitectureBatch) -> [Double]

  package init(
    space: any SearchSpace, limit: Double, topK: Int,
    latency: @escaping (ArchitectureBatch) -> [Double]
  ) throws(HelpError) {
    guard limit > 0 else {
      throw HelpError(.argument, "limit_ms is \(limit), not greater than 0")
    }
    guard topK >= 1 else { throw HelpError(.argument, "top_k is \(topK), not at least 1") }
    self.space = space
    self.limit = limit
    self.topK = topK
    self.latency = latency
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

/// Where a search is, after each scored batch.
package struct SearchProgress: Sendable {
  /// Generations, 0 after the first population; batches of rows where nothing evolves.
  package let done: UInt64
  package let total: UInt64
  /// Nil when nothing was under the limit so far.
  package let best: ScoredArchitecture?
}

package struct SearchReport: Sendable, Equatable {
  /// Rows given to the accuracy callback.
  package var evaluations: UInt64 = 0
  /// Rows whose latency was predicted.
  package var predictions: UInt64 = 0
  /// Generations finished after the first population, or batches of rows.
  package var generations: UInt64 = 0
  /// Milliseconds; NaN when nothing was predicted.
  package var smallestLatency = Double.nan
}

/// What a search found, also when it was stopped.
package struct SearchOutcome: Sendable {
  /// Best first.
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
    let plan = try SearchPlan(try settings.validated(), space: space)
    var session = SearchSession(task: self, callbacks: callbacks)
    do throws(HelpError) {
      switch plan {
      case .evolution: try session.evolve(settings)
      case .rows(let rows): try session.enumerate(rows)
      }
      return session.outcome(stop: nil)
    } catch {
      return session.outcome(stop: error)
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
        self = .rows(try CandidateRows(candidates, of: space))
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
