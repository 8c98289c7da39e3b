import HelpBase
import HelpSpaces

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
      try checkMemory(
        for: "top_k", topK, bytes: SearchMemory.kept(topK, of: rows.count, width: space.width))
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
