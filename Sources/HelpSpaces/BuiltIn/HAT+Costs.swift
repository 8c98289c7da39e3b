/// Encoding 30 tokens and decoding 30, without embeddings and the output layer. Attention is
/// 512 wide, whatever the embedding's width.
extension HAT {
  /// A field's values in the layers that are there.
  private func alive(_ field: Int, _ row: ArchitectureRow) -> [Double] {
    Self.fields[field].genes.filter { genes.isAlive($0, in: row.genes) }
      .map { Self.number(row[$0], in: Self.fields[field]) }
  }

  package func costs(_ row: ArchitectureRow) -> ArchitectureCosts? {
    var costs = ArchitectureCosts()
    let (encoder, decoder) = (Double(row[0]), Double(row[14]))
    for ffn in alive(2, row) { costs.add(width: encoder, ffn: ffn, read: nil, from: encoder) }
    for (ffn, layers) in zip(alive(6, row), alive(9, row)) {
      // Keys and values come from the last one, two or three encoder layers.
      costs.add(width: decoder, ffn: ffn, read: ArchitectureCosts.tokens * layers, from: encoder)
    }
    return costs
  }

  private enum Total: Int, ColumnName { case weights, decoderLayers }

  /// Products of layers, widths and means over the layers.
  private enum Product: Int, ColumnName {
    case decoderLayers, decoderWidths, decoderFFNs, decoderFFNWeights
    case decoderSelfHeads, decoderCrossHeads, decoderCrossLayers
    case encoderFFNWeights, encoderHeads, encoderWidth, decoderWidth
  }

  /// Means over the layers of HAT's ten, in the order of `fields`.
  private enum Mean: Int, ColumnName {
    case encoderWidth, encoderLayers, encoderFFN, encoderHeads
    case decoderWidth, decoderLayers, decoderFFN, decoderSelfHeads
    case decoderCrossHeads, decoderCrossLayers
  }

  private struct Regressors {
    let totals: Columns<Total>
    let products: Columns<Product>
    let means: Columns<Mean>
    let layout: RegressorLayout

    init() {
      var layout = RegressorLayout()
      totals = layout.add("total", Total.self)
      products = layout.add("products", Product.self)
      means = layout.add("means", Mean.self)
      self.layout = layout
    }
  }
  private static let regressors = Regressors()

  /// Weights are widths times sums over the layers, and means over decoder layers depend on how
  /// many there are; what the decoder reads is as wide as the encoder.
  package var interactions: [[Int]] {
    Self.fields.indices.flatMap { number in
      Self.fields[number].genes.map { [$0] + Self.companions(of: number) }
    }.withoutSubsets
  }

  /// The genes that those of a field take effect together with.
  private static func companions(of number: Int) -> [Int] {
    let (field, encoder, decoder) = (fields[number], fields[0].genes, fields[4].genes)
    let layers = field.isList && field.part == "decoder" ? [decoderLayerGene] : []
    switch field.key {
    case "ffn_embed_dim": return Array(field.part == "encoder" ? encoder : decoder) + layers
    case "arbitrary_ende_attn": return Array(encoder) + layers
    default: return layers
    }
  }

  package var regressorGroups: [RegressorGroup] { Self.regressors.layout.groups }

  package func writeRegressors(_ row: ArchitectureRow, to target: UnsafeMutablePointer<Double>) {
    let columns = Self.regressors
    for mean in Mean.allCases {
      let values = alive(mean.rawValue, row)
      target[columns.means[mean]] = values.reduce(0, +) / Double(values.count)
    }
    Self.write(columns.totals, of: columns.means, to: target)
    Self.write(columns.products, of: columns.means, to: target)
  }

  private static func write(
    _ totals: Columns<Total>, of means: Columns<Mean>, to target: UnsafeMutablePointer<Double>
  ) {
    let (encoder, decoder) = (target[means[.encoderWidth]], target[means[.decoderWidth]])
    let decoders = target[means[.decoderLayers]]
    target[totals[.weights]] =
      decoders * (2 * decoder * target[means[.decoderFFN]] + 6 * 512 * decoder)
      + target[means[.encoderLayers]]
      * (2 * encoder * target[means[.encoderFFN]] + 4 * 512 * encoder)
    target[totals[.decoderLayers]] = decoders
  }

  private static func write(
    _ products: Columns<Product>, of means: Columns<Mean>,
    to target: UnsafeMutablePointer<Double>
  ) {
    let (encoder, encoders) = (target[means[.encoderWidth]], target[means[.encoderLayers]])
    let (decoder, decoders) = (target[means[.decoderWidth]], target[means[.decoderLayers]])
    let decoderFFN = target[means[.decoderFFN]]
    target[products[.decoderLayers]] = decoders
    target[products[.decoderWidths]] = decoders * decoder
    target[products[.decoderFFNs]] = decoders * decoderFFN
    target[products[.decoderFFNWeights]] = decoders * decoder * decoderFFN
    target[products[.decoderSelfHeads]] = decoders * target[means[.decoderSelfHeads]]
    target[products[.decoderCrossHeads]] = decoders * target[means[.decoderCrossHeads]]
    target[products[.decoderCrossLayers]] = decoders * target[means[.decoderCrossLayers]]
    target[products[.encoderFFNWeights]] = encoders * encoder * target[means[.encoderFFN]]
    target[products[.encoderHeads]] = encoders * target[means[.encoderHeads]]
    target[products[.encoderWidth]] = encoder
    target[products[.decoderWidth]] = decoder
  }
}

extension ArchitectureCosts {
  fileprivate static let tokens = 30.0

  /// One layer: attention to its own tokens, to `read` tokens `source` wide, and the FFN.
  fileprivate mutating func add(width: Double, ffn: Double, read: Double?, from source: Double) {
    let (tokens, attention) = (Self.tokens, 512.0)
    let weights = 4 * width * attention + 2 * width * ffn
    macs += tokens * (weights + 2 * tokens * attention)
    // Biases of the six linear layers, and two layer normalizations.
    parameters += weights + 3 * attention + 2 * width + ffn + 4 * width
    activations += tokens * (2 * width + 4 * attention + ffn)
    operations += 6
    guard let read else { return }
    macs += tokens * 2 * width * attention + read * 2 * source * attention
    macs += 2 * tokens * read * attention
    parameters += 2 * width * attention + 2 * source * attention
    parameters += 3 * attention + width + 2 * width
    activations += tokens * (2 * width + 2 * attention) + read * 2 * attention
    operations += 4
  }
}
