import HelpBase
import HelpJSON

/// FBNet's layer-wise space (Wu et al., CVPR 2019), 9 operations in each of 22 layers, with
/// the network for CIFAR-100 that HELP and HW-NAS-Bench measured.
///
/// Text: `[7, 8, 1, ...]`, the operations' numbers; their names are read too.
package final class FBNet: SearchSpace {
  package let name = "fbnet"
  package let notation = Notation.json

  /// Kernel size, expansion and groups; nil stands for a skipped layer.
  typealias Block = (name: String, kernel: Double, expansion: Double, groups: Double)
  static let blocks: [Block?] = [
    ("k3_e1", 3, 1, 1), ("k3_e1_g2", 3, 1, 2), ("k3_e3", 3, 3, 1), ("k3_e6", 3, 6, 1),
    ("k5_e1", 5, 1, 1), ("k5_e1_g2", 5, 1, 2), ("k5_e3", 5, 3, 1), ("k5_e6", 5, 6, 1), nil,
  ]
  static let operations = blocks.map { $0?.name ?? "skip" }

  package let genes = GeneList(
    builtIn: (0..<22).map { Gene(name: "layer\($0)", choices: Array(0...8)) })

  /// Six features a layer: kernel 3, kernel 5, then the block's expansion and groups
  /// (HELP's published code); zeros for a skipped layer.
  package let encoding = ArchitectureEncoding.features(
    FeatureList((0..<22).map { .lookup(gene: $0, vectors: FBNet.vectors) }))
  private static let vectors: [[Float]] = (0...8).map { operation in
    (0..<6).map { column in
      operation < 8 && (column == operation / 4 || column == 2 + operation % 4) ? 1 : 0
    }
  }

  package init() {}
}

// MARK: - Text

extension FBNet {
  package func parse(_ text: String) throws(HelpError) -> [Int32] {
    let layers = try JSONReader(architecture: text).elements()
    guard layers.count == 22 else {
      throw HelpError(.format, "\"\(text.excerpt)\" has \(layers.count) layers, not 22")
    }
    var row: [Int32] = []
    for layer in layers { row.append(try Self.operation(layer)) }
    return row
  }

  private static func operation(_ layer: JSONReader) throws(HelpError) -> Int32 {
    guard case .string(let name) = layer.value else { return try layer.int32() }
    guard let number = operations.firstIndex(of: name) else {
      let allowed = operations.joined(separator: ", ")
      throw HelpError(.format, "\(layer.path) is \"\(name.excerpt)\", not one of \(allowed)")
    }
    return Int32(number)
  }

  package func format(_ row: ArchitectureRow) -> String { row.genes.bracketed }
}
