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

  private enum Total: Int, ColumnName { case macs, blocks, activations, parameters }
  private enum Count: Int, ColumnName { case blocks, wide, grouped, residuals, reshapings }
  private enum MACs: Int, ColumnName {
    case pointwise, groupedPointwise, depthwise3x3, depthwise5x5, reshaping
  }
  private enum Memory: Int, ColumnName {
    case activations, parameters, expandedElements, expandedChannels
  }

  private struct Regressors {
    let totals: Columns<Total>
    let counts: Columns<Count>
    let macs: Columns<MACs>
    let memory: Columns<Memory>
    /// Columns before this are summed over the layers.
    let summed: Int
    let oneHot: OneHotColumns
    let layout: RegressorLayout

    init() {
      var layout = RegressorLayout()
      totals = layout.add("total", Total.self)
      counts = layout.add("counts", Count.self)
      macs = layout.add("macs", MACs.self)
      memory = layout.add("memory", Memory.self)
      summed = layout.count
      oneHot = layout.addOneHot("one_hot", genes: layers.count, choices: blocks.count)
      self.layout = layout
    }
  }
  private static let regressors = Regressors()

  /// One layer's part of the columns that are summed.
  private static func numbers(_ layer: Layer, _ block: Block?) -> [Double] {
    guard let block else { return skipped(layer) }
    let costs = BottleneckCosts(
      inputs: layer.inputs, outputs: layer.outputs, side: layer.side,
      outputSide: layer.outputSide, expansion: block.expansion, kernel: block.kernel,
      groups: block.groups)
    let (isWide, isGrouped) = (block.kernel == 5, block.groups == 2)
    var numbers = numbers(
      macs: costs.pointwise + costs.depthwise, costs.activations, costs.parameters)
    numbers[regressors.totals[.blocks]] = 1
    numbers[regressors.counts[.blocks]] = 1
    numbers[regressors.counts[.wide]] = isWide ? 1 : 0
    numbers[regressors.counts[.grouped]] = isGrouped ? 1 : 0
    numbers[regressors.counts[.residuals]] = costs.residuals
    numbers[regressors.macs[isGrouped ? .groupedPointwise : .pointwise]] = costs.pointwise
    numbers[regressors.macs[isWide ? .depthwise5x5 : .depthwise3x3]] = costs.depthwise
    numbers[regressors.memory[.expandedElements]] = costs.expanded
    numbers[regressors.memory[.expandedChannels]] = costs.channels
    return numbers
  }

  /// A skipped layer that changes the shape is a pointwise convolution.
  private static func skipped(_ layer: Layer) -> [Double] {
    guard layer.changesShape else { return numbers(macs: 0, 0, 0) }
    let after = layer.outputSide * layer.outputSide
    let macs = after * layer.inputs * layer.outputs
    var numbers = numbers(
      macs: macs, layer.side * layer.side * layer.inputs + after * layer.outputs,
      layer.inputs * layer.outputs)
    numbers[regressors.counts[.reshapings]] = 1
    numbers[regressors.macs[.reshaping]] = macs
    return numbers
  }

  /// What all layers have; 0 in the other columns.
  private static func numbers(
    macs: Double, _ activations: Double, _ parameters: Double
  ) -> [Double] {
    var numbers = [Double](repeating: 0, count: regressors.summed)
    numbers[regressors.totals[.macs]] = macs
    numbers[regressors.totals[.activations]] = activations
    numbers[regressors.totals[.parameters]] = parameters
    numbers[regressors.memory[.activations]] = activations
    numbers[regressors.memory[.parameters]] = parameters
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

  private static let table: [[[Double]]] = layers.map { layer in
    blocks.map { numbers(layer, $0) }
  }
  private static let normalizations: [[Double]] = layers.map { layer in
    blocks.map { normalization(layer, $0) }
  }

  /// Layers add up.
  package var interactions: [[Int]] { genes.indices.map { [$0] } }

  package var regressorGroups: [RegressorGroup] { Self.regressors.layout.groups }

  package func writeRegressors(_ row: ArchitectureRow, to target: UnsafeMutablePointer<Double>) {
    let columns = Self.regressors
    target.update(repeating: 0, count: columns.layout.count)
    for (layer, gene) in row.genes.enumerated() {
      let numbers = Self.table[layer][Int(gene)]
      for place in 0..<columns.summed { target[place] += numbers[place] }
      target[columns.oneHot[layer, Int(gene)]] = 1
    }
  }

  /// Of the whole network, stem and classifier included.
  package func costs(_ row: ArchitectureRow) -> ArchitectureCosts? {
    let (stem, head) = (32.0 * 32 * 16 * 27, 4.0 * 4 * 352 * 1504 + 1504 * 100)
    var costs = ArchitectureCosts(
      macs: stem + head,
      parameters: 16 * 27 + 352 * 1504 + 1504 * 100 + 2 * (16 + 1504) + 100,
      activations: 32 * 32 * 19, operations: 2)
    let columns = Self.regressors
    for (layer, gene) in row.genes.enumerated() {
      let numbers = Self.table[layer][Int(gene)]
      costs.macs += numbers[columns.totals[.macs]]
      costs.parameters +=
        numbers[columns.totals[.parameters]] + Self.normalizations[layer][Int(gene)]
      costs.activations += numbers[columns.totals[.activations]]
      costs.operations +=
        3 * numbers[columns.totals[.blocks]] + numbers[columns.counts[.reshapings]]
    }
    return costs
  }
}
