/// The benchmark's network on CIFAR-10: a stem, three stages of five cells with 16, 32 and 64
/// channels at 32, 16 and 8 pixels, a residual block between stages, and a classifier.
extension NASBench201 {
  /// Weights of a square convolution.
  private static func weights(_ inputs: Double, _ outputs: Double, kernel: Double) -> Double {
    inputs * outputs * kernel * kernel
  }

  /// Weights of a residual block, which doubles the channels: two 3x3 convolutions, and a 1x1
  /// on the shortcut.
  private static func residualWeights(inputs: Double) -> Double {
    let outputs = 2 * inputs
    return weights(inputs, outputs, kernel: 3) + weights(outputs, outputs, kernel: 3)
      + weights(inputs, outputs, kernel: 1)
  }

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
    let residualWeights = Self.residualWeights(inputs: 16) + Self.residualWeights(inputs: 32)
    let normalization: Double = 5 * 2 * (16 + 32 + 64)
    let elements: Double = 5 * pixels * (16 + 8 + 4)
    return ArchitectureCosts(
      macs: stem * pixels + 15 * pointwise * convolutions + 2 * residual + head,
      parameters: stem + weights * convolutions + normalization * (counts[1] + counts[2])
        + residualWeights + fixedNormalization + head + 10,
      activations: elements * (2 + counts[0] / 2 + counts[1] + counts[2] + counts[3]),
      operations: 15 * (1 + counts[1] + counts[2] + counts[3]))
  }

  /// Edges with skip_connect, nor_conv_1x1, nor_conv_3x3 and avg_pool_3x3.
  private static func counts(_ row: ArchitectureRow) -> [Double] {
    var counts = [0.0, 0, 0, 0]
    for gene in row.genes where gene > 0 { counts[Int(gene) - 1] += 1 }
    return counts
  }

  /// What an edge may do, but for `none`: the gene less 1.
  private enum Operation: Int, ColumnName {
    case skipConnection, convolution1x1, convolution3x3, averagePooling
  }

  /// Live edges by their operation, and whether the input is connected to the output.
  private enum LiveCount: Int, ColumnName {
    case skipConnections, convolutions1x1, convolutions3x3, averagePoolings, isConnected

    init(of operation: Operation) {
      switch operation {
      case .skipConnection: self = .skipConnections
      case .convolution1x1: self = .convolutions1x1
      case .convolution3x3: self = .convolutions3x3
      case .averagePooling: self = .averagePoolings
      }
    }
  }

  private struct Regressors {
    let counts: Columns<Operation>
    let liveCounts: Columns<LiveCount>
    let edges, liveEdges: ItemColumns<Operation>
    let layout: RegressorLayout

    init() {
      var layout = RegressorLayout()
      counts = layout.add("counts", Operation.self, standsAlone: true)
      liveCounts = layout.add("live_counts", LiveCount.self, standsAlone: true)
      edges = layout.add("edges", for: NASBench201.edges.count, Operation.self)
      liveEdges = layout.add("live_edges", for: NASBench201.edges.count, Operation.self)
      self.layout = layout
    }
  }
  private static let regressors = Regressors()

  /// Whether an edge is live depends on all others.
  package var interactions: [[Int]] { [Array(genes.indices)] }

  package var regressorGroups: [RegressorGroup] { Self.regressors.layout.groups }

  /// Operations by kind and by edge; then only those from whose head the output can be
  /// reached, and nothing where no path leads from the input to the output.
  package func writeRegressors(_ row: ArchitectureRow, to target: UnsafeMutablePointer<Double>) {
    let columns = Self.regressors
    target.update(repeating: 0, count: columns.layout.count)
    let (live, isConnected) = Self.live(row)
    if isConnected { target[columns.liveCounts[.isConnected]] = 1 }
    for (edge, gene) in row.genes.enumerated() {
      guard let operation = Operation(rawValue: Int(gene) - 1) else { continue }
      target[columns.counts[operation]] += 1
      target[columns.edges[operation, edge]] = 1
      guard isConnected, live & (1 << edge) != 0 else { continue }
      target[columns.liveCounts[LiveCount(of: operation)]] += 1
      target[columns.liveEdges[operation, edge]] = 1
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
