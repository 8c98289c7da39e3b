import HelpNumerics
import HelpSpaces

/// A way to predict a device from measurements. A new one is a case, a line of `facts`, and a
/// room or file of its own.
///
/// The raw values are the `HELP_METHOD_` constants of help.h.
package enum Method: Int32, CaseIterable, Sendable {
  case bayes = 1
  case help
  case macs
  case parameters
  case ridge
  case nearest
  case proxy

  /// What a method needs besides measured rows.
  package enum Need: Sendable {
    case nothing
    /// The part of the model that "bayes" learnt from training devices.
    case bayesPart
    /// HELP's network, and every reference among the rows.
    case references
    /// A space that knows its costs.
    case costs
  }

  private struct Facts {
    let name: String
    let minimumRows: Int
    let need: Need
    var baseline: Baseline?
    let summary: String
  }

  private var facts: Facts {
    switch self {
    case .bayes:
      Facts(
        name: "bayes", minimumRows: BayesSettings.minimumRows, need: .bayesPart,
        summary: "Bayesian linear predictor with an interval; any rows")
    case .help:
      Facts(
        name: "help", minimumRows: NetworkShape.referenceLimits.lowerBound, need: .references,
        summary: "HELP's meta-trained network; needs every reference measured")
    case .macs:
      Facts(
        name: "macs", minimumRows: 2, need: .costs, baseline: .macs,
        summary: "baseline: latency proportional to multiply-accumulates")
    case .parameters:
      Facts(
        name: "parameters", minimumRows: 2, need: .costs, baseline: .parameters,
        summary: "baseline: latency proportional to parameters")
    case .ridge:
      Facts(
        name: "ridge", minimumRows: 2, need: .nothing, baseline: .ridge,
        summary: "baseline: ridge regression on counts of operations")
    case .nearest:
      Facts(
        name: "nearest", minimumRows: 2, need: .bayesPart, baseline: .nearest,
        summary: "baseline: the training device with the highest rank correlation, scaled")
    case .proxy:
      Facts(
        name: "proxy", minimumRows: 2, need: .bayesPart, baseline: .adaProxy,
        summary: "baseline: a training device adapted by AdaProxy (OneProxy)")
    }
  }

  /// The name in files, options and messages.
  package var name: String { facts.name }
  /// Fewest rows that it can be fitted to.
  package var minimumRows: Int { facts.minimumRows }
  package var need: Need { facts.need }
  /// One line for people.
  package var summary: String { facts.summary }
  /// How it is fitted, if it is a baseline.
  var baseline: Baseline? { facts.baseline }

  package static var baselines: [Method] { allCases.filter { $0.baseline != nil } }

  package init?(named name: String) {
    guard let method = Method.allCases.first(where: { $0.name == name }) else { return nil }
    self = method
  }
}
