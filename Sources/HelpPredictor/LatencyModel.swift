import HelpJSON
import HelpSpaces

/// A meta-trained model: what every device shares, for each method that needs something.
///
/// Immutable; adapting turns it into a `Predictor` for one device.
package struct LatencyModel: Sendable {
  package let space: any SearchSpace
  /// What method "bayes" starts from; nil where the model was trained without it.
  package let bayes: BayesPrior?
  /// HELP's network; nil where the model was trained without it.
  package let help: MetaNetwork?
  /// Devices, settings, scores and origin, for people.
  package let record: JSONValue

  package init(
    space: any SearchSpace, bayes: BayesPrior?, help: MetaNetwork?, record: JSONValue
  ) {
    self.space = space
    self.bayes = bayes
    self.help = help
    self.record = record
  }

  /// What a space's description alone says: method "bayes" without training devices, and the
  /// baselines that need none.
  package init(describing space: any SearchSpace) {
    self.init(
      space: space, bayes: BayesPrior(describing: space), help: nil,
      record: ["devices": ["train": [], "valid": []], "origin": "description"])
  }
}
