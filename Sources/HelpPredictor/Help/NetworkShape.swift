import HelpSpaces

/// The sizes of HELP's network for one space, and where each parameter lies in one flat array.
///
/// The body reads the architecture, the device branch the reference latencies; their
/// outputs side by side go through `fc3`, `fc4` and `fc5` (HELP, section 3.2).
package struct NetworkShape: Sendable, Equatable {
  /// Width H of the body and of the device branch; the head is 2H wide.
  package let hidden: Int
  /// Reference latencies R that describe a device.
  package let references: Int
  /// What the body reads of an architecture.
  package let encoding: ArchitectureEncoding

  package let network: ParameterLayout
  package let inference: ParameterLayout

  let body: [BodyLayer]
  let device1, device2, fc3, fc4, fc5: ParameterLayout.Layer
  let encoder1, encoder2: ParameterLayout.Layer

  package static let hiddenLimits = 1...1024
  package static let referenceLimits = 2...1000

  package init(encoding: ArchitectureEncoding, hidden: Int, references: Int) {
    self.hidden = hidden
    self.references = references
    self.encoding = encoding
    let head = 2 * hidden
    var network = ParameterLayout()
    body = BodyLayer.layers(reading: encoding, hidden: hidden, in: &network)
    device1 = network.add("fc_hw1", inputs: references, outputs: hidden)
    device2 = network.add("fc_hw2", inputs: hidden, outputs: hidden)
    fc3 = network.add("fc3", inputs: head, outputs: head)
    fc4 = network.add("fc4", inputs: head, outputs: head)
    fc5 = network.add("fc5", inputs: head, outputs: 1)
    self.network = network

    var inference = ParameterLayout()
    let statistics = 2 * 3 * (head + 1)
    encoder1 = inference.add("z_encoder.0", inputs: references, outputs: references)
    encoder2 = inference.add("z_encoder.2", inputs: references, outputs: statistics)
    self.inference = inference
  }

  /// Numbers in z: one for each input of fc3, fc4 and fc5, and one for each of their biases.
  package var modulations: Int { 3 * (2 * hidden + 1) }

  /// The layers z modulates, in its order.
  var modulated: [ParameterLayout.Layer] { [fc3, fc4, fc5] }
}
