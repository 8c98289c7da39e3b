/// What the bytes of a file that cannot be read look like, for an error message.
package enum ForeignFile {
  /// "a PyTorch checkpoint"; nil where the bytes look like nothing known.
  package static func name(of bytes: [UInt8]) -> String? {
    let start = bytes.prefix(sniffed)
    return start.count < least ? nil : binary(start) ?? text(start)
  }

  /// Bytes from the start that are looked at.
  private static let sniffed = 4096
  /// Fewer bytes tell nothing.
  private static let least = 8

  private static let signatures: [(bytes: [UInt8], name: String)] = [
    (Array("\u{7F}ELF".utf8), "a program or library"),
    ([0x93] + Array("NUMPY".utf8), "a NumPy array"),
    ([0x89] + Array("HDF".utf8), "an HDF5 file"),
    ([0x1F, 0x8B], "a gzip archive"),
    (Array("version https://git-lfs".utf8), "a Git LFS pointer instead of the file it stands for"),
  ]

  private static func binary(_ start: ArraySlice<UInt8>) -> String? {
    if start.starts(with: Array("PK\u{3}\u{4}".utf8)) { return archive(start) }
    if let match = signatures.first(where: { start.starts(with: $0.bytes) }) { return match.name }
    if start.dropFirst(4).starts(with: Array("TFL3".utf8)) { return "a TensorFlow Lite model" }
    if start[3..<8].allSatisfy({ $0 == 0 }) { return nil }
    if start[0] == 0x80, (2...5).contains(start[1]) {
      return "a PyTorch checkpoint or other pickle"
    }
    return isONNX(start) ? "an ONNX model" : nil
  }

  private static func archive(_ start: ArraySlice<UInt8>) -> String {
    if start.contains("data.pkl") { return "a PyTorch checkpoint" }
    return start.contains(".npy") ? "a NumPy archive" : "a ZIP archive"
  }

  /// Field 1, the version of the format, and then the producer, the domain or a graph.
  private static func isONNX(_ start: ArraySlice<UInt8>) -> Bool {
    start[0] == 0x08 && (1...20).contains(start[1])
      && [0x12, 0x1A, 0x22, 0x3A, 0x42].contains(start[2])
  }

  private static func text(_ start: ArraySlice<UInt8>) -> String? {
    let isText = start.allSatisfy { $0 >= 0x20 || [0x09, 0x0A, 0x0D].contains($0) }
    guard isText, let first = start.first(where: { $0 > 0x20 }) else { return nil }
    switch first {
    case UInt8(ascii: "{"), UInt8(ascii: "["):
      return start.contains("\"genes\"") ? "a search space in JSON" : "JSON text"
    case UInt8(ascii: "<"): return "a web page or other XML"
    default:
      let line = start.prefix { $0 != 0x0A }
      return line.contains(",") || line.contains(";") || line.contains("\t") ? "CSV text" : "text"
    }
  }
}

extension ArraySlice<UInt8> {
  fileprivate func contains(_ text: String) -> Bool {
    let wanted = Array(text.utf8)
    return indices.contains { self[$0...].starts(with: wanted) }
  }
}
