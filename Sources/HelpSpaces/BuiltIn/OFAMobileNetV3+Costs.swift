/// The network of width 1.0 at the row's resolution.
extension OFAMobileNetV3 {
  /// A stage's channels, first stride, and whether its blocks squeeze and excite.
  private static let skeleton: [(channels: Double, stride: Double, excites: Bool)] = [
    (24, 2, false), (40, 2, true), (80, 2, false), (112, 1, true), (160, 2, true),
  ]

  private struct Block {
    let slot, stage: Int
    let kernel: Int32
    let excites: Bool
    let outputSide: Double
    let costs: BottleneckCosts
  }

  /// Calls `body` with each block that is there; returns the first and last side in pixels.
  private func forEachBlock(
    _ row: ArchitectureRow, _ body: (Block) -> Void
  ) -> (first: Double, last: Double) {
    let first = (Double(row[Self.resolutionGene]) / 2).rounded(.up)
    var (inputs, side) = (16.0, first)
    for slot in 0..<Self.blocks where Self.isBlock(slot, aliveIn: row) {
      let number = slot / Self.blocksInStage
      let stage = Self.skeleton[number]
      let isFirst = slot % Self.blocksInStage == 0
      let outputSide = isFirst ? (side / stage.stride).rounded(.up) : side
      let costs = BottleneckCosts(
        inputs: inputs, outputs: stage.channels, side: side, outputSide: outputSide,
        expansion: Double(row[Self.expansionStart + slot]), kernel: Double(row[slot]))
      body(
        Block(
          slot: slot, stage: number, kernel: row[slot], excites: stage.excites,
          outputSide: outputSide, costs: costs))
      (inputs, side) = (stage.channels, outputSide)
    }
    return (first, side)
  }

  private enum Total: Int, ColumnName { case macs, blocks, activations, parameters }
  private enum Physical: Int, ColumnName {
    case blocks, excitations, pointwiseMACs, depthwise3x3MACs, depthwise5x5MACs, depthwise7x7MACs
    case activations, parameters, residuals, stemMACs, squeezedElements, headMACs
  }
  private enum Resolution: Int, ColumnName { case side, pixels }
  private enum StageSum: Int, ColumnName { case pointwiseMACs, depthwiseMACs, activations }
  private enum Slot: Int, ColumnName {
    case isThere, pointwiseMACs, depthwiseMACs, activations
  }

  private struct Regressors {
    let totals: Columns<Total>
    let physical: Columns<Physical>
    let resolution: Columns<Resolution>
    let stages: ItemColumns<StageSum>
    let slots: ItemColumns<Slot>
    let layout: RegressorLayout

    init() {
      var layout = RegressorLayout()
      totals = layout.add("total", Total.self)
      physical = layout.add("physical", Physical.self)
      resolution = layout.add("resolution", Resolution.self)
      stages = layout.add("stages", StageSum.self, each: OFAMobileNetV3.stages)
      slots = layout.add("slots", for: OFAMobileNetV3.blocks, Slot.self)
      self.layout = layout
    }
  }
  private static let regressors = Regressors()

  /// A block's sides follow from the resolution alone, and its channels from its place.
  package var interactions: [[Int]] {
    (0..<Self.blocks).map { block in
      [
        block, Self.expansionStart + block, Self.depthStart + block / Self.blocksInStage,
        Self.resolutionGene,
      ]
    }
  }

  package var regressorGroups: [RegressorGroup] { Self.regressors.layout.groups }

  package func writeRegressors(_ row: ArchitectureRow, to target: UnsafeMutablePointer<Double>) {
    let columns = Self.regressors
    target.update(repeating: 0, count: columns.layout.count)
    let sides = forEachBlock(row) { block in
      Self.add(block, columns.physical, to: target)
      Self.add(block, columns.stages, columns.slots, to: target)
    }
    target[columns.physical[.stemMACs]] = Self.stem(side: sides.first)
    target[columns.physical[.headMACs]] = Self.head(side: sides.last)
    Self.write(columns.totals, of: columns.physical, to: target)
    let side = Double(row[Self.resolutionGene])
    target[columns.resolution[.side]] = side
    target[columns.resolution[.pixels]] = side * side
  }

  private static func add(
    _ block: Block, _ physical: Columns<Physical>, to target: UnsafeMutablePointer<Double>
  ) {
    let costs = block.costs
    target[physical[.blocks]] += 1
    target[physical[.pointwiseMACs]] += costs.pointwise
    // The columns of kernels 3, 5 and 7 follow one another; a branch would be mispredicted.
    target[physical[.depthwise3x3MACs] + Int(block.kernel - 3) / 2] += costs.depthwise
    target[physical[.activations]] += costs.activations
    target[physical[.parameters]] += costs.parameters
    target[physical[.residuals]] += costs.residuals
    guard block.excites else { return }
    target[physical[.excitations]] += 1
    target[physical[.squeezedElements]] += block.outputSide * block.outputSide * costs.channels
  }

  private static func add(
    _ block: Block, _ stages: ItemColumns<StageSum>, _ slots: ItemColumns<Slot>,
    to target: UnsafeMutablePointer<Double>
  ) {
    let costs = block.costs
    target[stages[.pointwiseMACs, block.stage]] += costs.pointwise
    target[stages[.depthwiseMACs, block.stage]] += costs.depthwise
    target[stages[.activations, block.stage]] += costs.activations
    target[slots[.isThere, block.slot]] = 1
    target[slots[.pointwiseMACs, block.slot]] = costs.pointwise
    target[slots[.depthwiseMACs, block.slot]] = costs.depthwise
    target[slots[.activations, block.slot]] = costs.activations
  }

  /// The blocks' totals, from the sums over them.
  private static func write(
    _ totals: Columns<Total>, of physical: Columns<Physical>,
    to target: UnsafeMutablePointer<Double>
  ) {
    target[totals[.macs]] =
      target[physical[.pointwiseMACs]] + target[physical[.depthwise3x3MACs]]
      + target[physical[.depthwise5x5MACs]] + target[physical[.depthwise7x7MACs]]
    target[totals[.blocks]] = target[physical[.blocks]]
    target[totals[.activations]] = target[physical[.activations]]
    target[totals[.parameters]] = target[physical[.parameters]]
  }

  /// The first convolution, and the first block: depthwise 3x3 and pointwise.
  private static func stem(side: Double) -> Double { side * side * 16 * (27 + 9 + 16) }
  private static func head(side: Double) -> Double { side * side * 160 * 960 + 960 * 1280 }

  /// Weights and biases of squeezing to a quarter and exciting: as many channels as once-for-all
  /// takes, the nearest multiple of 8 that is not smaller by more than a tenth.
  private static func excitation(_ channels: Double) -> Double {
    let quarter = (channels / 4).rounded(.down)
    let nearest = max(8, ((quarter + 4) / 8).rounded(.down) * 8)
    let squeezed = nearest < 0.9 * quarter ? nearest + 8 : nearest
    return 2 * channels * squeezed + squeezed + channels
  }

  /// Weights, batch normalization and the classifier's bias of all but the blocks.
  private static let fixedParameters: Double =
    16 * (27 + 9 + 16) + 2 * 3 * 16 + 160 * 960 + 2 * 960 + 960 * 1280 + 1280 * 1000 + 1000

  package func costs(_ row: ArchitectureRow) -> ArchitectureCosts? {
    var costs = ArchitectureCosts(parameters: Self.fixedParameters, operations: 4)
    let sides = forEachBlock(row) { block in
      let squeeze = block.excites ? block.costs.channels * block.costs.channels / 2 : 0
      costs.macs += block.costs.pointwise + block.costs.depthwise + squeeze
      costs.parameters += block.costs.parameters + block.costs.normalization
      if block.excites { costs.parameters += Self.excitation(block.costs.channels) }
      costs.activations += block.costs.activations
      costs.operations += block.excites ? 5 : 3
    }
    costs.macs += Self.stem(side: sides.first) + Self.head(side: sides.last) + 1280 * 1000
    return costs
  }
}
