import HelpBase
import HelpJSON
import HelpNumerics
import HelpSpaces

// What measurements tell against themselves, whatever the method.

extension Measurements {
  /// Refuses latencies that are equal, but for rounding: nothing tells the architectures apart.
  func checkDiffer() throws(HelpError) {
    let (least, most) = (latencies.min() ?? 0, latencies.max() ?? 0)
    guard most - least <= 1e-6 * most else { return }
    throw HelpError(
      .measurements,
      "the \(count) measured latencies are all \(least.brief) ms, which tells no architecture from "
        + "another; use a finer clock, or time many runs at once and divide")
  }

  /// What is wrong with the clock, for people.
  var clockWarning: String? {
    if let tick = ClockTick(latencies) { return tick.warning }
    let (least, most) = (latencies.min() ?? 0, latencies.max() ?? 0)
    let spread = (most - least) / most
    guard spread < BayesSettings.defaultRepeatability else { return nil }
    return
      "The \(count) latencies differ by at most \((100 * spread).brief(digits: 2)) %, no more than "
      + "two measurements of one architecture: they hardly tell architectures apart."
  }

  /// For people; empty where nothing is to be said.
  var warnings: [String] {
    [clockWarning, PlausibleUnit(doubting: self)?.warning].compactMap { $0 }
  }
}

extension Predictor {
  /// With the warnings among the diagnosis, which a method without one gets where there are any.
  func warning(_ warnings: [String]) -> Predictor {
    let diagnosis = record["diagnosis"]
    guard diagnosis != nil || !warnings.isEmpty else { return self }
    let members = (diagnosis ?? [:]).adding(["warnings": .strings(warnings)])
    return Predictor(
      space: space, function: function, record: record.setting("diagnosis", to: members),
      fitting: fitting)
  }
}
