import HelpSpaces

/// The encodings of many architectures, in one array.
struct EncodedRows: Sendable {
  private let width: Int
  private let values: [Float]

  init(_ batch: ArchitectureBatch) {
    width = batch.space.encoding.featureCount
    values = batch.encoded()
  }

  subscript(row: Int) -> ArraySlice<Float> { values[(row * width)..<((row + 1) * width)] }

  /// Some rows, one after another.
  subscript(rows: [Int]) -> [Float] {
    var result: [Float] = []
    result.reserveCapacity(rows.count * width)
    for row in rows { result += self[row] }
    return result
  }
}
