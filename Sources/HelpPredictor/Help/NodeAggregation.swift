import HelpNumerics
import HelpSpaces

/// Sums over a graph's edges: A · Y of a graph convolution, without degree normalisation.
///
/// Y has one row for each node of each architecture, architecture by architecture; the sums
/// have one for each of `nodes`.
struct NodeAggregation: Sendable, Equatable {
  private let graph: ArchitectureGraph
  private let nodes: Range<Int>

  /// Sums for every node.
  init(_ graph: ArchitectureGraph) {
    self.graph = graph
    nodes = 0..<graph.nodeCount
  }

  /// Sums for the global node alone.
  init(globalOf graph: ArchitectureGraph) {
    self.graph = graph
    nodes = (graph.nodeCount - 1)..<graph.nodeCount
  }

  /// Each row of the result is the sum of the rows its node reads.
  func gather<Scalar>(
    _ rows: DualMatrix<Scalar>, in workspace: Workspace<Scalar>
  ) -> DualMatrix<Scalar> {
    let architectures = rows.rows / graph.nodeCount
    return sums(architectures * nodes.count, of: rows, in: workspace) { source, target in
      forEachEdge(architectures) { sum, read in
        Scalar.add(source.columns, source.row(read), to: target.row(sum))
      }
    }
  }

  /// The transpose of `gather`: each row of the result is the sum over the nodes that read it.
  func scatter<Scalar>(
    _ sums: DualMatrix<Scalar>, in workspace: Workspace<Scalar>
  ) -> DualMatrix<Scalar> {
    let architectures = sums.rows / nodes.count
    return self.sums(architectures * graph.nodeCount, of: sums, in: workspace) { source, target in
      forEachEdge(architectures) { sum, read in
        Scalar.add(source.columns, source.row(sum), to: target.row(read))
      }
    }
  }

  /// A cleared matrix of `count` rows, to which `add` adds: values, then tangents.
  private func sums<Scalar>(
    _ count: Int, of source: DualMatrix<Scalar>, in workspace: Workspace<Scalar>,
    _ add: (_ source: Matrix<Scalar>, _ target: Matrix<Scalar>) -> Void
  ) -> DualMatrix<Scalar> {
    let target = workspace.dualMatrix(count, source.columns, withTangent: source.tangent != nil)
    func run(_ from: Matrix<Scalar>, _ to: Matrix<Scalar>) {
      to.clear()
      add(from, to)
    }
    run(source.value, target.value)
    if let from = source.tangent, let to = target.tangent { run(from, to) }
    return target
  }

  private func forEachEdge(_ architectures: Int, _ body: (_ sum: Int, _ read: Int) -> Void) {
    for architecture in 0..<architectures {
      let first = architecture * graph.nodeCount
      for (place, node) in nodes.enumerated() {
        for read in graph.nodes[node].sources {
          body(architecture * nodes.count + place, first + read)
        }
      }
    }
  }
}
