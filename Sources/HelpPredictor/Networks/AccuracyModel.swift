import HelpJSON
import HelpSpaces

/// The accuracy of a space's architectures, as a network that read many of them learnt it.
///
/// Immutable, so any number of threads may use one.
package struct AccuracyModel: Sendable {
  package let space: any SearchSpace
  package let network: DenseNetwork
  /// Added to the network's output.
  package let base: Double
  /// Where it comes from, for people.
  package let record: JSONValue

  package init(
    space: any SearchSpace, network: DenseNetwork, base: Double, record: JSONValue
  ) {
    self.space = space
    self.network = network
    self.base = base
    self.record = record
  }

  /// The accuracy of each architecture, in the unit it was learnt in; a batch of the
  /// model's space.
  package func predict(_ batch: ArchitectureBatch) -> [Double] {
    network.run(batch).map { base + $0 }
  }
}
