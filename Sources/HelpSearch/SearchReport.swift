import HelpBase

/// Where a search is, after each scored batch.
package struct SearchProgress: Sendable {
  /// Generations, 0 after the first population; batches of rows where nothing evolves.
  package let done: UInt64
  package let total: UInt64
  /// The most accurate; nil when nothing was within the limits so far.
  package let best: ScoredArchitecture?
}

/// What a search did, in numbers.
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
