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

  package var regressorGroups: [RegressorGroup] {
    [
      .init("total", 4), .init("physical", 12), .init("resolution", 2), .init("stages", 15),
      .init("slots", 80),
    ]
  }

  /// Where the groups begin.
  private static let (physical, resolution, stageStart, slotStart) = (4, 16, 18, 33)

  package func writeRegressors(_ row: ArchitectureRow, to target: UnsafeMutablePointer<Double>) {
    target.update(repeating: 0, count: Self.slotStart + 80)
    let sides = forEachBlock(row) { Self.add($0, to: target) }
    let numbers = target + Self.physical
    target[0] = numbers[2] + numbers[3] + numbers[4] + numbers[5]
    (target[1], target[2], target[3]) = (numbers[0], numbers[6], numbers[7])
    numbers[9] = Self.stem(side: sides.first)
    numbers[11] = Self.head(side: sides.last)
    let pixels = Double(row[Self.resolutionGene])
    target[Self.resolution] = pixels
    target[Self.resolution + 1] = pixels * pixels
  }

  private static func add(_ block: Block, to target: UnsafeMutablePointer<Double>) {
    let costs = block.costs
    let numbers = target + physical
    numbers[0] += 1
    if block.excites { numbers[1] += 1 }
    numbers[2] += costs.pointwise
    numbers[3 + Int(block.kernel - 3) / 2] += costs.depthwise
    numbers[6] += costs.activations
    numbers[7] += costs.parameters
    numbers[8] += costs.residuals
    if block.excites { numbers[10] += block.outputSide * block.outputSide * costs.channels }
    let parts = [costs.pointwise, costs.depthwise, costs.activations]
    for (place, part) in parts.enumerated() {
      target[stageStart + 5 * place + block.stage] += part
      target[slotStart + 4 * block.slot + 1 + place] = part
    }
    target[slotStart + 4 * block.slot] = 1
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
