import HelpBase
import HelpNumerics

/// The unit in which a coarse clock counts: measured latencies that are whole multiples of it,
/// and too few different ones to tell architectures apart.
///
/// Clocks that count milliseconds are common on phones and good enough where latencies spread
/// over many of them; those are not meant.
struct ClockTick: Equatable {
  /// Milliseconds of one tick.
  let milliseconds: Double
  /// Different latencies.
  let levels: Int
  /// Measured rows.
  let rows: Int

  /// Latencies a tick or more apart are multiples of it up to this share of it: people round what
  /// they write down.
  private static let tolerance = 0.05
  /// Rounding to ticks counts from this share of the latencies' standard deviation.
  private static let noticed = 0.2
  /// Ticks below this share of the mean latency are finer than any measurement repeats.
  private static let finest = 0.01

  /// Nil where the latencies do not show one.
  init?(_ latencies: [Double]) {
    let levels = Set(latencies).sorted()
    let moments = Moments(latencies, count: latencies.count)
    guard levels.count > 1, 2 * levels.count <= latencies.count,
      let unit = Self.unit(levels, atLeast: Self.finest * moments.mean),
      Self.rounding(unit) > Self.noticed * moments.deviation
    else { return nil }
    milliseconds = unit
    self.levels = levels.count
    rows = latencies.count
  }

  /// The largest part of the first level of which all levels are multiples.
  private static func unit(_ levels: [Double], atLeast least: Double) -> Double? {
    var parts = 1.0
    while levels[0] / parts >= least {
      let unit = levels[0] / parts
      let areMultiples = levels.allSatisfy { level in
        abs(level / unit - (level / unit).rounded()) <= tolerance
      }
      if areMultiples { return unit }
      parts += 1
    }
    return nil
  }

  /// The standard deviation of rounding to a unit: that of a uniform distribution as wide.
  private static func rounding(_ unit: Double) -> Double { unit / 12.0.squareRoot() }

  /// Of the latencies by the rounding alone, in milliseconds.
  var deviation: Double { Self.rounding(milliseconds) }

  /// For people.
  var warning: String {
    "The \(rows) latencies are whole multiples of \(milliseconds.brief(digits: 3)) ms, with only "
      + "\(levels) different values: the clock is too coarse to tell these architectures apart. "
      + "Time many runs at once and divide, or use a finer clock."
  }
}
