import HelpNumerics
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
  package let graph: ArchitectureGraph

  package let network: ParameterLayout
  package let inference: ParameterLayout

  let convolutions: [ParameterLayout.Layer]
  let device1, device2, fc3, fc4, fc5: ParameterLayout.Layer
  let encoder1, encoder2: ParameterLayout.Layer

  package static let hiddenLimits = 1...1024
  package static let referenceLimits = 2...1000

  package init(encoding: ArchitectureEncoding, hidden: Int, references: Int) {
    self.hidden = hidden
    self.references = references
    let head = 2 * hidden
    var network = ParameterLayout()
    switch encoding {
    case .graph(let graph):
      self.graph = graph
      convolutions = (1...4).map { i in
        let inputs = i == 1 ? graph.nodeFeatures : hidden
        return network.addLayer("gc\(i)", [inputs, hidden], outputs: hidden)
      }
    }
    device1 = network.addLayer("fc_hw1", [hidden, references], outputs: hidden)
    device2 = network.addLayer("fc_hw2", [hidden, hidden], outputs: hidden)
    fc3 = network.addLayer("fc3", [head, head], outputs: head)
    fc4 = network.addLayer("fc4", [head, head], outputs: head)
    fc5 = network.addLayer("fc5", [1, head], outputs: 1)
    self.network = network

    var inference = ParameterLayout()
    let statistics = 2 * 3 * (head + 1)
    encoder1 = inference.addLayer("z_encoder.0", [references, references], outputs: references)
    encoder2 = inference.addLayer("z_encoder.2", [statistics, references], outputs: statistics)
    self.inference = inference
  }

  /// Numbers in z: one for each input of fc3, fc4 and fc5, and one for each of their biases.
  package var modulations: Int { 3 * (2 * hidden + 1) }

  /// The layers z modulates, in its order.
  var modulated: [ParameterLayout.Layer] { [fc3, fc4, fc5] }
}

/// Named tensors one after another in a flat array.
package struct ParameterLayout: Sendable, Equatable {
  package struct Tensor: Sendable, Equatable {
    package let name: String
    package let shape: [Int]
    package let offset: Int

    package var count: Int { shape.reduce(1, *) }
    package var range: Range<Int> { offset..<(offset + count) }
  }

  package struct Layer: Sendable, Equatable {
    let weight: Tensor
    let bias: Tensor
  }

  package private(set) var tensors: [Tensor] = []
  package private(set) var count = 0

  /// A layer's `.weight` of the given shape, then its `.bias`.
  fileprivate mutating func addLayer(_ name: String, _ shape: [Int], outputs: Int) -> Layer {
    Layer(weight: add("\(name).weight", shape), bias: add("\(name).bias", [outputs]))
  }

  private mutating func add(_ name: String, _ shape: [Int]) -> Tensor {
    let tensor = Tensor(name: name, shape: shape, offset: count)
    tensors.append(tensor)
    count += tensor.count
    return tensor
  }
}
