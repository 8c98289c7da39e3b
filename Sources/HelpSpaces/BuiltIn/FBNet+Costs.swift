/// The network on CIFAR-100, 32 by 32 pixels (HW-NAS-Bench, Li et al., ICLR 2021).
extension FBNet {
  private struct Layer {
    let inputs, outputs, side, stride: Double
    var outputSide: Double { side / stride }
    var changesShape: Bool { stride > 1 || inputs != outputs }
  }

  private static let layers: [Layer] = {
    let stages: [(layers: Int, channels: Double, stride: Double)] = [
      (1, 16, 1), (4, 24, 1), (4, 32, 2), (4, 64, 2), (4, 112, 1), (4, 184, 2), (1, 352, 1),
    ]
    var layers: [Layer] = []
    var (inputs, side) = (16.0, 32.0)
    for stage in stages {
      for index in 0..<stage.layers {
        let layer = Layer(
          inputs: inputs, outputs: stage.channels, side: side,
          stride: index == 0 ? stage.stride : 1)
        layers.append(layer)
        (inputs, side) = (layer.outputs, layer.outputSide)
      }
    }
    return layers
  }()

  /// One layer's numbers, in the order of the groups below: totals, counts,
  /// multiply-accumulates, memory.
  private static func numbers(_ layer: Layer, _ block: Block?) -> [Double] {
    guard let block else { return skipped(layer) }
    let costs = BottleneckCosts(
      inputs: layer.inputs, outputs: layer.outputs, side: layer.side,
      outputSide: layer.outputSide, expansion: block.expansion, kernel: block.kernel,
      groups: block.groups)
    let (isWide, isGrouped) = (block.kernel == 5, block.groups == 2)
    return [
      costs.pointwise + costs.depthwise, 1, costs.activations, costs.parameters,
      1, isWide ? 1 : 0, isGrouped ? 1 : 0, costs.residuals, 0,
      isGrouped ? 0 : costs.pointwise, isGrouped ? costs.pointwise : 0,
      isWide ? 0 : costs.depthwise, isWide ? costs.depthwise : 0, 0,
      costs.activations, costs.parameters, costs.expanded, costs.channels,
    ]
  }

  /// A skipped layer that changes the shape is a pointwise convolution.
  private static func skipped(_ layer: Layer) -> [Double] {
    var numbers = [Double](repeating: 0, count: summed)
    guard layer.changesShape else { return numbers }
    let after = layer.outputSide * layer.outputSide
    let macs = after * layer.inputs * layer.outputs
    let activations = layer.side * layer.side * layer.inputs + after * layer.outputs
    let parameters = layer.inputs * layer.outputs
    numbers[0] = macs
    (numbers[2], numbers[14]) = (activations, activations)
    (numbers[3], numbers[15]) = (parameters, parameters)
    numbers[8] = 1
    numbers[13] = macs
    return numbers
  }

  /// Scales and shifts of one layer's batch normalization.
  private static func normalization(_ layer: Layer, _ block: Block?) -> Double {
    guard let block else { return layer.changesShape ? 2 * layer.outputs : 0 }
    return BottleneckCosts(
      inputs: layer.inputs, outputs: layer.outputs, side: layer.side,
      outputSide: layer.outputSide, expansion: block.expansion, kernel: block.kernel,
      groups: block.groups
    ).normalization
  }

  /// Numbers of a layer that are summed over the network.
  private static let summed = 18
  private static let table: [[[Double]]] = layers.map { layer in
    blocks.map { numbers(layer, $0) }
  }
  private static let normalizations: [[Double]] = layers.map { layer in
    blocks.map { normalization(layer, $0) }
  }

  package var regressorGroups: [RegressorGroup] {
    [
      .init("total", 4), .init("counts", 5), .init("macs", 5), .init("memory", 4),
      .init("one_hot", 22 * 9),
    ]
  }

  package func writeRegressors(_ row: ArchitectureRow, to target: UnsafeMutablePointer<Double>) {
    target.update(repeating: 0, count: Self.summed + 22 * 9)
    for (layer, gene) in row.genes.enumerated() {
      let numbers = Self.table[layer][Int(gene)]
      for place in 0..<Self.summed { target[place] += numbers[place] }
      target[Self.summed + layer * 9 + Int(gene)] = 1
    }
  }

  /// Of the whole network, stem and classifier included.
  package func costs(_ row: ArchitectureRow) -> ArchitectureCosts? {
    let (stem, head) = (32.0 * 32 * 16 * 27, 4.0 * 4 * 352 * 1504 + 1504 * 100)
    var costs = ArchitectureCosts(
      macs: stem + head,
      parameters: 16 * 27 + 352 * 1504 + 1504 * 100 + 2 * (16 + 1504) + 100,
      activations: 32 * 32 * 19, operations: 2)
    for (layer, gene) in row.genes.enumerated() {
      let numbers = Self.table[layer][Int(gene)]
      costs.macs += numbers[0]
      costs.parameters += numbers[3] + Self.normalizations[layer][Int(gene)]
      costs.activations += numbers[2]
      costs.operations += 3 * numbers[1] + numbers[8]
    }
    return costs
  }
}
