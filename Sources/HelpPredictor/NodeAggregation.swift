import HelpNumerics
import HelpSpaces

/// Sums over a graph's edges: A · Y of a graph convolution, without degree normalisation.
///
/// Matrices have one row for each node of each architecture, architecture by architecture.
struct NodeAggregation<Scalar: KernelScalar> {
  let graph: ArchitectureGraph

  /// Row i of the result is the sum of the rows node i reads.
  func gather(
    _ nodes: DualMatrix<Scalar>, in workspace: Workspace<Scalar>
  ) -> DualMatrix<Scalar> {
    let sums = workspace.dualMatrix(
      nodes.rows, nodes.columns, withTangent: nodes.tangent != nil)
    forEachPart(nodes, sums) { source, target in
      forEachEdge(architectures: source.rows / graph.nodeCount) { node, read in
        Scalar.add(source.columns, source.row(read), to: target.row(node))
      }
    }
    return sums
  }

  /// The transpose of `gather`: row j of the result is the sum over the nodes that read j.
  func scatter(
    _ nodes: DualMatrix<Scalar>, in workspace: Workspace<Scalar>
  ) -> DualMatrix<Scalar> {
    let sums = workspace.dualMatrix(
      nodes.rows, nodes.columns, withTangent: nodes.tangent != nil)
    forEachPart(nodes, sums) { source, target in
      forEachEdge(architectures: source.rows / graph.nodeCount) { node, read in
        Scalar.add(source.columns, source.row(node), to: target.row(read))
      }
    }
    return sums
  }

  /// `gather` for the global node alone: one row for each architecture.
  func gatherGlobal(
    _ nodes: DualMatrix<Scalar>, in workspace: Workspace<Scalar>
  ) -> DualMatrix<Scalar> {
    let count = nodes.rows / graph.nodeCount
    let sums = workspace.dualMatrix(count, nodes.columns, withTangent: nodes.tangent != nil)
    forEachPart(nodes, sums) { source, target in
      for architecture in 0..<count {
        for read in globalSources {
          Scalar.add(
            source.columns, source.row(architecture * graph.nodeCount + read),
            to: target.row(architecture))
        }
      }
    }
    return sums
  }

  /// The transpose of `gatherGlobal`.
  func scatterGlobal(
    _ sums: DualMatrix<Scalar>, in workspace: Workspace<Scalar>
  ) -> DualMatrix<Scalar> {
    let nodes = workspace.dualMatrix(
      sums.rows * graph.nodeCount, sums.columns, withTangent: sums.tangent != nil)
    forEachPart(sums, nodes) { source, target in
      for architecture in 0..<source.rows {
        for read in globalSources {
          target.row(architecture * graph.nodeCount + read)
            .update(from: source.row(architecture), count: source.columns)
        }
      }
    }
    return nodes
  }

  private var globalSources: [Int] { graph.nodes.last?.sources ?? [] }

  /// Clears the target's parts, then runs `body` on values and on tangents.
  private func forEachPart(
    _ source: DualMatrix<Scalar>, _ target: DualMatrix<Scalar>,
    _ body: (Matrix<Scalar>, Matrix<Scalar>) -> Void
  ) {
    func run(_ from: Matrix<Scalar>, _ to: Matrix<Scalar>) {
      for row in 0..<to.rows { to.row(row).update(repeating: 0, count: to.columns) }
      body(from, to)
    }
    run(source.value, target.value)
    if let from = source.tangent, let to = target.tangent { run(from, to) }
  }

  private func forEachEdge(architectures: Int, _ body: (_ node: Int, _ read: Int) -> Void) {
    for architecture in 0..<architectures {
      let first = architecture * graph.nodeCount
      for (number, node) in graph.nodes.enumerated() {
        for read in node.sources { body(first + number, first + read) }
      }
    }
  }
}
