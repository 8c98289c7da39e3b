/// The benchmark's network on CIFAR-10: a stem, three stages of five cells with 16, 32 and 64
/// channels at 32, 16 and 8 pixels, a residual block between stages, and a classifier.
extension NASBench201 {
  package func costs(_ row: ArchitectureRow) -> ArchitectureCosts? {
    // A stage halves both sides and doubles the channels, so a convolution costs the same
    // in every cell.
    let pixels = 32.0 * 32.0
    let pointwise = 16.0 * 16.0 * pixels
    // Two 3x3 convolutions, the first of stride 2, and a 1x1 on the shortcut.
    let residual = pointwise * (4.5 + 9 + 0.5)
    let (stem, head) = (3.0 * 16 * 9, 64.0 * 10)
    // A scale and a shift for each channel: after the stem, after both 3x3 convolutions of each
    // residual block, and before the classifier, which has a bias.
    let fixedNormalization = 2.0 * (16 + 2 * (32 + 64) + 64)
    let counts = Self.counts(row)
    let convolutions = counts[1] + 9 * counts[2]
    let weights: Double = 5 * (16 * 16 + 32 * 32 + 64 * 64)
    let normalization: Double = 5 * 2 * (16 + 32 + 64)
    let elements: Double = 5 * pixels * (16 + 8 + 4)
    return ArchitectureCosts(
      macs: stem * pixels + 15 * pointwise * convolutions + 2 * residual + head,
      parameters: stem + weights * convolutions + normalization * (counts[1] + counts[2])
        + 71_680 + fixedNormalization + head + 10,
      activations: elements * (2 + counts[0] / 2 + counts[1] + counts[2] + counts[3]),
      operations: 15 * (1 + counts[1] + counts[2] + counts[3]))
  }

  /// Edges with skip_connect, nor_conv_1x1, nor_conv_3x3 and avg_pool_3x3.
  private static func counts(_ row: ArchitectureRow) -> [Double] {
    var counts = [0.0, 0, 0, 0]
    for gene in row.genes where gene > 0 { counts[Int(gene) - 1] += 1 }
    return counts
  }

  package var regressorGroups: [RegressorGroup] {
    [
      .init("counts", 4, standsAlone: true), .init("live_counts", 5, standsAlone: true),
      .init("edges", 24), .init("live_edges", 24),
    ]
  }

  /// Operations by kind and by edge; then only those from whose head the output can be
  /// reached, and nothing where no path leads from the input to the output.
  package func writeRegressors(_ row: ArchitectureRow, to target: UnsafeMutablePointer<Double>) {
    target.update(repeating: 0, count: 57)
    let (live, isConnected) = Self.live(row)
    if isConnected { target[8] = 1 }
    for (edge, gene) in row.genes.enumerated() where gene > 0 {
      let operation = Int(gene) - 1
      target[operation] += 1
      target[9 + 4 * edge + operation] = 1
      guard isConnected, live & (1 << edge) != 0 else { continue }
      target[4 + operation] += 1
      target[33 + 4 * edge + operation] = 1
    }
  }

  /// The edges that lead to the output, as bits, and whether the input does.
  private static func live(_ row: ArchitectureRow) -> (edges: Int, isConnected: Bool) {
    var nodes = 0b1000
    var live = 0
    for edge in edges.indices.reversed() where row[edge] > 0 {
      let (to, from) = edges[edge]
      guard nodes & (1 << to) != 0 else { continue }
      live |= 1 << edge
      nodes |= 1 << from
    }
    return (live, nodes & 1 != 0)
  }
}
