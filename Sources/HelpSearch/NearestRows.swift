/// The rows that came nearest to being within the limits, or are.
struct NearestRows: Sendable {
  private static let capacity = 25

  private(set) var rows: [(genes: [Int32], excess: Double)] = []

  mutating func add(_ genes: [Int32], excess: Double) {
    if rows.count == Self.capacity, let last = rows.last, excess >= last.excess { return }
    let place = rows.firstIndex { $0.excess > excess } ?? rows.count
    if place > 0, rows[place - 1].genes == genes { return }
    rows.insert((genes, excess), at: place)
    if rows.count > Self.capacity { rows.removeLast() }
  }
}
