import HelpBase

/// The cells of NAS-Bench-201 (Dong and Yang, ICLR 2020): five operations on the six
/// edges between four nodes, 15,625 cells.
///
/// Text: `|nor_conv_3x3~0|+|none~0|skip_connect~1|+|none~0|none~1|avg_pool_3x3~2|`,
/// where `op~j` applies `op` to node j.
package final class NASBench201: SearchSpace {
  package let name = "nasbench201"

  static let operations = [
    "none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3",
  ]
  /// The node each edge leads to and the node it comes from, in text order.
  static let edges = [(1, 0), (2, 0), (2, 1), (3, 0), (3, 1), (3, 2)]

  package let notation = Notation.text
  package let genes = GeneList(
    builtIn: NASBench201.edges.map { to, from in
      Gene(name: "\(to)<-\(from)", choices: [0, 1, 2, 3, 4])
    })

  /// Node 0 is the input, 1 to 6 the operations in text order, 7 the output, 8 the global
  /// node. An operation reads what leads to the node it comes from; the same graph for
  /// every cell, `none` included (HELP, section 4.2).
  package let encoding = ArchitectureEncoding.graph(
    ArchitectureGraph(
      nodes: [
        .init(sources: [0], gene: nil, columns: [0]),
        .init(sources: [0, 1], gene: 0, columns: NASBench201.operationColumns),
        .init(sources: [0, 2], gene: 1, columns: NASBench201.operationColumns),
        .init(sources: [1, 3], gene: 2, columns: NASBench201.operationColumns),
        .init(sources: [0, 4], gene: 3, columns: NASBench201.operationColumns),
        .init(sources: [1, 5], gene: 4, columns: NASBench201.operationColumns),
        .init(sources: [2, 3, 6], gene: 5, columns: NASBench201.operationColumns),
        .init(sources: [4, 5, 6, 7], gene: nil, columns: [6]),
        .init(sources: Array(0...8), gene: nil, columns: [7]),
      ],
      nodeFeatures: 8))
  /// The one-hot column of each operation in the published code.
  private static let operationColumns = [4, 5, 2, 3, 1]

  package init() {}

  package var numbering: (any ArchitectureNumbering)? { NASBench201Numbering() }
}

// MARK: - Text

extension NASBench201 {
  package func parse(_ text: String) throws(HelpError) -> [Int32] {
    let nodes = text.split(separator: "+", omittingEmptySubsequences: false)
    guard nodes.count == 3 else {
      throw HelpError(
        .format, "\"\(text.excerpt)\" has \(nodes.count) nodes separated by +, not 3")
    }
    var row: [Int32] = []
    for (index, node) in nodes.enumerated() {
      row += try parse(node: node, number: index + 1)
    }
    return row
  }

  /// `|op~0|op~1|`: an operation on each earlier node, in order.
  private func parse(node text: Substring, number: Int) throws(HelpError) -> [Int32] {
    let parts = text.split(separator: "|", omittingEmptySubsequences: false)
    guard parts.count == number + 2, parts[0].isEmpty, parts[number + 1].isEmpty else {
      throw HelpError(
        .format,
        "node \(number), \"\(String(text).excerpt)\", is not \(number) operations between |")
    }
    var row: [Int32] = []
    for source in 0..<number {
      row.append(try parse(operation: parts[source + 1], source: source, node: number))
    }
    return row
  }

  private func parse(
    operation text: Substring, source: Int, node: Int
  ) throws(HelpError) -> Int32 {
    let suffix = "~\(source)"
    guard text.hasSuffix(suffix),
      let code = Self.operations.firstIndex(of: String(text.dropLast(suffix.count)))
    else {
      let allowed = Self.operations.joined(separator: ", ")
      throw HelpError(
        .format,
        "node \(node) has \"\(String(text).excerpt)\", not one of \(allowed) followed by \(suffix)")
    }
    return Int32(code)
  }

  package func format(_ row: ArchitectureRow) -> String {
    var text = ""
    for (position, (node, source)) in Self.edges.enumerated() {
      if source == 0 { text += node == 1 ? "|" : "+|" }
      text += "\(Self.operations[Int(row[position])])~\(source)|"
    }
    return text
  }
}
