import HelpNumerics
@testable import HelpPredictor
import HelpSpaces
import Testing

@Suite struct DenseNetworkTests {
  private let space = OFAMobileNetV3()

  /// One-hot genes, and features of the other kinds.
  private var features: FeatureList {
    let genes = space.genes.genes
    return FeatureList(
      (0..<46).map { .oneHot($0, of: genes) } + [
        .value(45, of: genes, dividedBy: 224),
        .sum(genes: [0, 3], numbers: [[1, 2, 3], [4, 5, 6]]),
      ])
  }

  private func layers(_ features: Int, _ widths: [Int]) -> [DenseNetwork.Layer] {
    var random = RandomSource(seed: 5)
    return DenseNetwork.shapes(features: features, widths: widths).map { shape in
      let scale = 1 / Double(shape.inputs).squareRoot()
      return DenseNetwork.Layer(
        weight: (0..<(shape.outputs * shape.inputs)).map { _ in Float(scale * random.normal()) },
        bias: (0..<shape.outputs).map { _ in Float(random.normal()) })
    }
  }

  private func batch(_ count: Int) -> ArchitectureBatch {
    var random = RandomSource(seed: 8)
    return space.sample(count, using: &random)
  }

  private func plain(
    _ network: DenseNetwork, _ row: ArchitectureRow, _ genes: GeneList
  ) -> Double {
    var inputs = [Float](repeating: .nan, count: network.features.count)
    inputs.withUnsafeMutableBufferPointer { buffer in
      if let base = buffer.baseAddress { network.features.encode(row, genes, into: base) }
    }
    var values = inputs.map(Double.init)
    for (index, layer) in network.layers.enumerated() {
      values = (0..<layer.outputs).map { output in
        let row = layer.weight[(output * layer.inputs)..<((output + 1) * layer.inputs)]
        let sum = zip(row, values).reduce(Double(layer.bias[output])) { $0 + Double($1.0) * $1.1 }
        return index == network.layers.count - 1 ? sum : max(sum, 0)
      }
    }
    return values[0]
  }

  @Test(arguments: [[1], [1, 1], [7, 1], [70, 33, 1], [16, 16, 16, 1], [130, 1, 5, 1]])
  func equalsPlainLoops(_ widths: [Int]) {
    let network = DenseNetwork(features: features, layers: layers(features.count, widths))
    let batch = batch(130)
    let outputs = network.run(batch)
    #expect(outputs.count == 130)
    for row in 0..<130 {
      let wanted = plain(network, batch[row], space.genes)
      #expect(abs(outputs[row] - wanted) < 1e-5 * max(1, abs(wanted)))
    }
  }

  @Test func aRowDoesNotDependOnItsBatch() {
    let network = DenseNetwork(features: features, layers: layers(features.count, [90, 40, 1]))
    let batch = batch(200)
    let outputs = network.run(batch)
    for row in 0..<200 { #expect(network.run(batch.rows([row])) == [outputs[row]]) }
    for size in [2, 5, 6, 63, 64, 65, 129] {
      #expect(network.run(batch.rows(Array(0..<size))) == Array(outputs[..<size]))
    }
    #expect(network.run(batch.rows(Array((0..<200).reversed()))) == outputs.reversed())
  }

  @Test func noRowsGiveNothing() {
    let network = DenseNetwork(features: features, layers: layers(features.count, [4, 1]))
    #expect(network.run(ArchitectureBatch(checked: [], in: space)).isEmpty)
  }

  @Test func threadsShareOne() async {
    let network = DenseNetwork(features: features, layers: layers(features.count, [50, 1]))
    let batch = batch(100)
    let wanted = network.run(batch)
    await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<8 { group.addTask { network.run(batch) == wanted } }
      for await isSame in group { #expect(isSame) }
    }
  }

  @Test func theBaseIsAdded() {
    let network = DenseNetwork(features: features, layers: layers(features.count, [9, 1]))
    let model = AccuracyModel(space: space, network: network, base: 0.5, record: .null)
    #expect(model.predict(batch(3)) == network.run(batch(3)).map { 0.5 + $0 })
  }
}
