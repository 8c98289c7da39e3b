import HelpBase
import HelpNumerics
import HelpSpaces

/// Whether latencies can be milliseconds, as their networks' multiply-accumulates tell.
struct PlausibleUnit {
  /// Multiply-accumulates a second on whole networks, in billions: the medians of the slowest and
  /// the fastest of the 120 published devices of the built-in spaces, HAT on a Raspberry Pi and
  /// NAS-Bench-201 on an edge TPU.
  private static let published = 0.16...86.0
  /// Room for other devices on either side; less than the 1000 between units.
  private static let margin = 10.0

  /// Units by the number of them in a millisecond.
  private static let units: [(name: String, inMillisecond: Double)] = [
    ("seconds", 1e-3), ("microseconds", 1e3), ("nanoseconds", 1e6),
  ]

  /// The median, in billions a second, were the latencies milliseconds.
  private let rate: Double

  /// Nil where the latencies are plausible, and where the space does not know
  /// multiply-accumulates.
  init?(doubting measurements: Measurements) {
    guard let macs = measurements.architectures.macs() else { return nil }
    rate = quantile(zip(macs, measurements.latencies).map { $0 / $1 / 1e6 }, 0.5)
    if rate == 0 || Self.isPlausible(rate) { return nil }
  }

  private static func isPlausible(_ rate: Double) -> Bool {
    rate >= published.lowerBound / margin && rate <= published.upperBound * margin
  }

  /// The unit that makes them plausible.
  private var likely: String? {
    Self.units.first { Self.isPlausible(rate * $0.inMillisecond) }?.name
  }

  /// For people.
  var warning: String {
    "Were the latencies milliseconds, the device would do \(rate.brief(digits: 2)) billion "
      + "multiply-accumulates a second; published devices do \(Self.published.lowerBound.brief) to "
      + "\(Self.published.upperBound.brief) billion. "
      + (likely.map { "They are probably \($0)." } ?? "Check their unit.")
  }
}
