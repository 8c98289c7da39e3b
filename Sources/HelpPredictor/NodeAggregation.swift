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
    sums(of: nodes, rows: nodes.rows, in: workspace) { source, target in
      forEachEdge(architectures: source.rows / graph.nodeCount) { node, read in
        Scalar.add(source.columns, source.row(read), to: target.row(node))
      }
    }
  }

  /// The transpose of `gather`: row j of the result is the sum over the nodes that read j.
  func scatter(
    _ nodes: DualMatrix<Scalar>, in workspace: Workspace<Scalar>
  ) -> DualMatrix<Scalar> {
    sums(of: nodes, rows: nodes.rows, in: workspace) { source, target in
      forEachEdge(architectures: source.rows / graph.nodeCount) { node, read in
        Scalar.add(source.columns, source.row(node), to: target.row(read))
      }
    }
  }

  /// `gather` for the global node alone: one row for each architecture.
  func gatherGlobal(
    _ nodes: DualMatrix<Scalar>, in workspace: Workspace<Scalar>
  ) -> DualMatrix<Scalar> {
    let count = nodes.rows / graph.nodeCount
    return sums(of: nodes, rows: count, in: workspace) { source, target in
      forEachGlobalEdge(architectures: count) { architecture, read in
        Scalar.add(source.columns, source.row(read), to: target.row(architecture))
      }
    }
  }

  /// The transpose of `gatherGlobal`.
  func scatterGlobal(
    _ sums: DualMatrix<Scalar>, in workspace: Workspace<Scalar>
  ) -> DualMatrix<Scalar> {
    self.sums(of: sums, rows: sums.rows * graph.nodeCount, in: workspace) { source, target in
      forEachGlobalEdge(architectures: source.rows) { architecture, read in
        Scalar.add(source.columns, source.row(architecture), to: target.row(read))
      }
    }
  }

  /// A cleared matrix of `rows` rows, to which `add` adds: values, then tangents.
  private func sums(
    of source: DualMatrix<Scalar>, rows: Int, in workspace: Workspace<Scalar>,
    _ add: (_ source: Matrix<Scalar>, _ target: Matrix<Scalar>) -> Void
  ) -> DualMatrix<Scalar> {
    let target = workspace.dualMatrix(
      rows, source.columns, withTangent: source.tangent != nil)
    func run(_ from: Matrix<Scalar>, _ to: Matrix<Scalar>) {
      to.clear()
      add(from, to)
    }
    run(source.value, target.value)
    if let from = source.tangent, let to = target.tangent { run(from, to) }
    return target
  }

  private func forEachEdge(architectures: Int, _ body: (_ node: Int, _ read: Int) -> Void) {
    for architecture in 0..<architectures {
      let first = architecture * graph.nodeCount
      for (number, node) in graph.nodes.enumerated() {
        for read in node.sources { body(first + number, first + read) }
      }
    }
  }

  private func forEachGlobalEdge(
    architectures: Int, _ body: (_ architecture: Int, _ read: Int) -> Void
  ) {
    let sources = graph.nodes.last?.sources ?? []
    for architecture in 0..<architectures {
      for read in sources { body(architecture, architecture * graph.nodeCount + read) }
    }
  }
}
