import HelpNumerics

// Deb, Pratap, Agarwal and Meyarivan, "A fast and elitist multiobjective genetic algorithm:
// NSGA-II", 2002 (doi:10.1109/4235.996017).

/// Rank of each architecture: 0 where none of the others beats it, 1 where only those do, and
/// so on. One that is equal in both objectives does not beat.
///
/// Two objectives need no comparison of all pairs: taken by latency, an architecture belongs
/// to the first front whose last member is less accurate (Jensen, 2003).
func nonDominatedRanks(_ items: [ScoredArchitecture]) -> [Int] {
  let order = items.indices.sorted {
    (items[$0].latency, -items[$0].accuracy, $0) < (items[$1].latency, -items[$1].accuracy, $1)
  }
  var ranks = [Int](repeating: 0, count: items.count)
  var last: [ScoredArchitecture] = []
  for place in order {
    let item = items[place]
    let rank = last.partitioningIndex { !$0.beats(item) }
    if rank == last.count { last.append(item) } else { last[rank] = item }
    ranks[place] = rank
  }
  return ranks
}

extension ScoredArchitecture {
  /// Better in one objective and not worse in the other.
  fileprivate func beats(_ other: ScoredArchitecture) -> Bool {
    latency <= other.latency && accuracy >= other.accuracy
      && (latency < other.latency || accuracy > other.accuracy)
  }
}

/// How far apart the neighbours of each member of one front are, as shares of the front's
/// extent; infinite at its ends. An objective with infinite values does not count.
func crowdingDistances(_ front: [ScoredArchitecture]) -> [Double] {
  var distances = [Double](repeating: 0, count: front.count)
  addGaps(front.map(\.latency), to: &distances)
  addGaps(front.map(\.accuracy), to: &distances)
  return distances
}

private func addGaps(_ values: [Double], to distances: inout [Double]) {
  let order = values.indices.sorted { (values[$0], $0) < (values[$1], $1) }
  guard let first = order.first, let last = order.last else { return }
  distances[first] = .infinity
  distances[last] = .infinity
  let extent = values[last] - values[first]
  guard extent > 0, extent.isFinite else { return }
  for (before, (place, after)) in zip(order, zip(order.dropFirst(), order.dropFirst(2))) {
    distances[place] += (values[after] - values[before]) / extent
  }
}

/// The `count` fittest, fittest first: of lower rank, then of thinner neighbourhood.
func fittest(_ items: [ScoredArchitecture], _ count: Int) -> [ScoredArchitecture] {
  let ranks = nonDominatedRanks(items)
  let fronts = Dictionary(grouping: items.indices) { ranks[$0] }
  var chosen: [ScoredArchitecture] = []
  for rank in fronts.keys.sorted() where chosen.count < count {
    let front = (fronts[rank] ?? []).map { items[$0] }
    let distances = crowdingDistances(front)
    let order = front.indices.sorted {
      distances[$0] != distances[$1]
        ? distances[$0] > distances[$1] : front[$0].ranksAbove(front[$1])
    }
    chosen += order.prefix(count - chosen.count).map { front[$0] }
  }
  return chosen
}
