import HelpBase
import HelpJSON

/// The encoder-decoder transformers of HAT (Wang et al., ACL 2020), one space for each
/// translation task: 40 genes in the order of HAT's `config2gene`.
///
/// Text: the keys of HAT's subtransformer files, `{"encoder-embed-dim-subtransformer": 512,
/// ...}`, lists as long as there are layers; the nested `{"encoder": {...}, "decoder":
/// {...}}` of HAT's evolution is read too. Decoder layers beyond their number are dead.
///
/// The tables HAT published cover more values than its search draws; both are allowed.
package final class HAT: SearchSpace {
  package let name: String
  package let notation = Notation.json
  package let genes: GeneList
  package let encoding: ArchitectureEncoding

  /// The genes of one list, or of one number.
  struct Field {
    let part: String
    let key: String
    let genes: Range<Int>
    let isList: Bool

    /// The key in HAT's subtransformer files.
    var fileKey: String {
      let name = "\(part)_\(key)".split(separator: "_").joined(separator: "-")
      return name + (isList ? "-all" : "") + "-subtransformer"
    }
    var configurationKey: String { "\(part)_\(key)" }
  }

  static let layers = 6
  static let fields: [Field] = {
    let names: [(part: String, key: String, isList: Bool)] = [
      ("encoder", "embed_dim", false), ("encoder", "layer_num", false),
      ("encoder", "ffn_embed_dim", true), ("encoder", "self_attention_heads", true),
      ("decoder", "embed_dim", false), ("decoder", "layer_num", false),
      ("decoder", "ffn_embed_dim", true), ("decoder", "self_attention_heads", true),
      ("decoder", "ende_attention_heads", true), ("decoder", "arbitrary_ende_attn", true),
    ]
    var start = 0
    return names.map { part, key, isList in
      let genes = start..<(start + (isList ? layers : 1))
      start = genes.upperBound
      return Field(part: part, key: key, genes: genes, isList: isList)
    }
  }()
  static let encoderLayerGene = 1
  static let decoderLayerGene = 15

  /// - ffn, heads: what the search of the task draws.
  package init(_ name: String, ffn: [Int32], heads: [Int32]) {
    self.name = name
    let genes = Self.fields.flatMap { field in
      field.genes.map { Self.gene(field, layer: $0 - field.genes.lowerBound, ffn, heads) }
    }
    self.genes = GeneList(builtIn: genes)
    encoding = .features(Self.features(genes))
  }

  private static func gene(
    _ field: Field, layer: Int, _ ffn: [Int32], _ heads: [Int32]
  ) -> Gene {
    let (choices, drawn): ([Int32], [Int32]) =
      switch field.key {
      case "embed_dim": ([640, 512], [640, 512])
      case "layer_num":
        field.part == "encoder" ? ([6], [6]) : ([6, 5, 4, 3, 2, 1], [6, 5, 4, 3, 2, 1])
      case "ffn_embed_dim": ([3072, 2048, 1024, 512], ffn)
      case "arbitrary_ende_attn": ([-1, 1, 2], [-1, 1, 2])
      default: ([8, 4, 2], heads)
      }
    let hasLayer = (1...Int32(layers)).filter { $0 > Int32(layer) }
    let isInDecoder = field.isList && field.part == "decoder"
    return Gene(
      name: field.isList ? "\(field.configurationKey)[\(layer)]" : field.configurationKey,
      choices: choices, drawn: drawn,
      conditions: isInDecoder && layer > 0
        ? [.init(gene: decoderLayerGene, values: hasLayer)] : [])
  }

  /// HAT's ten: widths, layers, and means over the layers, divided by its constants.
  private static func features(_ genes: [Gene]) -> FeatureList {
    let scales: [Double] = [640, 6, 2048, 6, 640, 6, 2048, 6, 6, 2]
    return FeatureList(
      zip(fields, scales).map { field, scale in
        .mean(
          genes: Array(field.genes),
          numbers: field.genes.map { gene in
            genes[gene].choices.map { Self.number($0, in: field) / scale }
          })
      })
  }

  /// Attending to the last encoder layer only is -1 in the genes and 1 layer in the mean.
  static func number(_ value: Int32, in field: Field) -> Double {
    guard field.key == "arbitrary_ende_attn" else { return Double(value) }
    return value == -1 ? 1 : Double(value + 1)
  }
}

// MARK: - Text

extension HAT {
  package func parse(_ text: String) throws(HelpError) -> [Int32] {
    let reader = try JSONReader(architecture: text)
    let isNested = reader.value["encoder"] != nil
    let values = try isNested ? Self.nested(reader) : Self.flat(reader)
    var row = genes.map { $0.idle }
    for (field, value) in zip(Self.fields, values) where !field.isList {
      row[field.genes.lowerBound] = try value.int32()
    }
    for (field, value) in zip(Self.fields, values) where field.isList {
      let layers = row[field.part == "encoder" ? Self.encoderLayerGene : Self.decoderLayerGene]
      try Self.read(value, layers, to: &row, at: field.genes)
    }
    return row
  }

  /// A list of at least as many values as there are layers; more are not looked at.
  private static func read(
    _ list: JSONReader, _ layers: Int32, to row: inout [Int32], at genes: Range<Int>
  ) throws(HelpError) {
    let elements = try list.elements()
    guard elements.count >= layers, elements.count <= genes.count else {
      throw HelpError(
        .format,
        "\(list.path) has \(elements.count) values for \(layers) layers, of at most \(genes.count)")
    }
    for (gene, element) in zip(genes, elements.prefix(Int(max(layers, 0)))) {
      row[gene] = try element.int32()
    }
  }

  private static func flat(_ reader: JSONReader) throws(HelpError) -> [JSONReader] {
    try reader.onlyKeys(fields.map { $0.fileKey })
    var values: [JSONReader] = []
    for field in fields { values.append(try reader.member(field.fileKey)) }
    return values
  }

  private static func nested(_ reader: JSONReader) throws(HelpError) -> [JSONReader] {
    try reader.onlyKeys(["encoder", "decoder"])
    for part in ["encoder", "decoder"] {
      let keys = fields.filter { $0.part == part }.map { $0.configurationKey }
      try reader.member(part).onlyKeys(keys)
    }
    var values: [JSONReader] = []
    for field in fields {
      values.append(try reader.member(field.part).member(field.configurationKey))
    }
    return values
  }

  package func format(_ row: ArchitectureRow) -> String {
    let members = Self.fields.map { field in
      let alive = field.genes.filter { genes.isAlive($0, in: row.genes) }.map { row[$0] }
      return "\"\(field.fileKey)\": " + (field.isList ? alive.bracketed : "\(alive[0])")
    }
    return "{\(members.joined(separator: ", "))}"
  }
}
