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

  package var regressorGroups: [RegressorGroup] {
    [.init("total", 2), .init("products", 11), .init("means", 10)]
  }

  /// HAT's ten, products of layers and widths, and totals.
  package func writeRegressors(_ row: ArchitectureRow, to target: UnsafeMutablePointer<Double>) {
    let means = (0..<10).map { field in
      let values = alive(field, row)
      return values.reduce(0, +) / Double(values.count)
    }
    let (encoders, decoders, width) = (means[1], means[5], means[4])
    let total =
      decoders * (2 * width * means[6] + 6 * 512 * width)
      + encoders * (2 * means[0] * means[2] + 4 * 512 * means[0])
    let products = [
      decoders, decoders * width, decoders * means[6], decoders * width * means[6],
      decoders * means[7], decoders * means[8], decoders * means[9],
      encoders * means[0] * means[2], encoders * means[3], means[0], width,
    ]
    for (place, value) in ([total, decoders] + products + means).enumerated() {
      target[place] = value
    }
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
