import HelpBase
import HelpJSON

/// Once-for-all's MobileNetV3 space (Cai et al., ICLR 2020), width multiplier 1.2 or 1.0:
/// five stages of two to four blocks, each with a kernel size and an expansion, and the
/// resolution of the image.
///
/// Text: `{"ks": [...], "e": [...], "d": [...], "r": 224}` with 20, 20 and 5 integers, as
/// once-for-all's dictionaries; `r` may be a list of one. Blocks beyond a stage's depth are
/// dead: their kernel and expansion are written as 3.
package final class OFAMobileNetV3: SearchSpace {
  package let name = "ofa-mbv3"
  package let notation = Notation.json

  static let stages = 5
  static let blocksInStage = 4
  static let blocks = stages * blocksInStage
  /// The genes of the kernels begin at 0; then come these.
  static let expansionStart = blocks
  static let depthStart = 2 * blocks
  static let resolutionGene = 2 * blocks + stages

  package let genes = GeneList(builtIn: OFAMobileNetV3.geneArray)
  private static let geneArray: [Gene] = {
    func blockGenes(_ name: String, _ choices: [Int32]) -> [Gene] {
      (0..<blocks).map { block in
        let (stage, place) = (block / blocksInStage, block % blocksInStage)
        let depths = [2, 3, 4].filter { $0 > Int32(place) }
        return Gene(
          name: "\(name)[\(block)]", choices: choices,
          conditions: place < 2 ? [] : [.init(gene: depthStart + stage, values: depths)])
      }
    }
    let resolutions = (0..<25).map { Int32(128 + 4 * $0) }
    return blockGenes("ks", [3, 5, 7]) + blockGenes("e", [3, 4, 6])
      + (0..<stages).map { Gene(name: "d[\($0)]", choices: [2, 3, 4]) }
      + [Gene(name: "r", choices: resolutions, drawn: [160, 176, 192, 208, 224])]
  }()

  /// 60 features for kernels, 60 for expansions, 25 for the resolution: one-hot, zeros for
  /// dead blocks (HELP's published code).
  package let encoding = ArchitectureEncoding.features(
    FeatureList(
      (Array(0..<(2 * blocks)) + [resolutionGene]).map { .oneHot($0, of: geneArray) }))

  package init() {}

  static func isBlock(_ block: Int, aliveIn row: ArchitectureRow) -> Bool {
    block % blocksInStage < Int(row[depthStart + block / blocksInStage])
  }
}

// MARK: - Text

extension OFAMobileNetV3 {
  package func parse(_ text: String) throws(HelpError) -> [Int32] {
    let reader = try JSONReader(architecture: text)
    try reader.onlyKeys(["ks", "e", "d", "r", "wid"])
    if let width = reader.value["wid"], width != .null {
      throw HelpError(
        .unsupported, "architecture.wid is given, but networks of one width are known; leave it out"
      )
    }
    var row = try reader.member("ks").int32s(count: Self.blocks)
    row += try reader.member("e").int32s(count: Self.blocks)
    row += try reader.member("d").int32s(count: Self.stages)
    return try row + Self.resolution(reader.member("r"))
  }

  private static func resolution(_ reader: JSONReader) throws(HelpError) -> [Int32] {
    if case .array = reader.value { return try reader.int32s(count: 1) }
    return [try reader.int32()]
  }

  package func format(_ row: ArchitectureRow) -> String {
    let genes = Array(row.genes)
    let kernels = genes[..<Self.expansionStart].bracketed
    let expansions = genes[Self.expansionStart..<Self.depthStart].bracketed
    let depths = genes[Self.depthStart..<Self.resolutionGene].bracketed
    return "{\"ks\": \(kernels), \"e\": \(expansions), \"d\": \(depths), "
      + "\"r\": \(row[Self.resolutionGene])}"
  }
}
