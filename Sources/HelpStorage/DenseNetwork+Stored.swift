import HelpBase
import HelpJSON
import HelpPredictor
import HelpSpaces

/// A dense network as "layers" of a description, the widths of its outputs, and as tensors
/// "layers.0.weight" [outputs, inputs], "layers.0.bias" [outputs], and so on.
extension DenseNetwork {
  /// Reads "layers" and all tensors of the file.
  convenience init(
    _ description: JSONReader, _ tensors: SafeTensors, features: FeatureList
  ) throws(HelpError) {
    let widths = try Self.widths(description)
    try tensors.checkNames(Self.tensorNames(widths.count))
    var layers: [Layer] = []
    for (index, shape) in Self.shapes(features: features.count, widths: widths).enumerated() {
      var weight: [Float] = []
      var bias: [Float] = []
      try tensors.append(
        "layers.\(index).weight", shape: [shape.outputs, shape.inputs], to: &weight)
      try tensors.append("layers.\(index).bias", shape: [shape.outputs], to: &bias)
      layers.append(Layer(weight: weight, bias: bias))
    }
    self.init(features: features, layers: layers)
  }

  private static func widths(_ description: JSONReader) throws(HelpError) -> [Int] {
    var widths: [Int] = []
    for width in try description.array("layers") {
      widths.append(try width.integer(in: 1...maximumWidth))
    }
    guard (1...maximumLayers).contains(widths.count), widths.last == 1 else {
      throw HelpError(
        .format,
        "\(description.path).layers has \(widths.count) widths, the last "
          + "\(widths.last.map(String.init) ?? "missing"); it has 1...\(maximumLayers), the last 1")
    }
    return widths
  }

  private static func tensorNames(_ layers: Int) -> [String] {
    (0..<layers).flatMap { ["layers.\($0).weight", "layers.\($0).bias"] }
  }

  func write(to tensors: inout SafeTensorsWriter) {
    for (index, layer) in layers.enumerated() {
      tensors.add(
        "layers.\(index).weight", shape: [layer.outputs, layer.inputs], layer.weight)
      tensors.add("layers.\(index).bias", shape: [layer.outputs], layer.bias)
    }
  }

  var widths: JSONValue { .array(layers.map { .integer(Int64($0.outputs)) }) }
}
