import HelpBase
import HelpJSON

/// A file in safetensors layout in the making: tensors are laid out as they are added.
struct SafeTensorsWriter {
  private var header: [(String, JSONValue)] = []
  private(set) var data: [UInt8] = []

  mutating func add(_ name: String, shape: [Int], _ values: [Float]) {
    let bits = values.map { $0.bitPattern.littleEndian }
    bits.withUnsafeBytes { add(name, .float32, shape, $0) }
  }

  mutating func add(_ name: String, shape: [Int], doubles values: [Double]) {
    let bits = values.map { $0.bitPattern.littleEndian }
    bits.withUnsafeBytes { add(name, .float64, shape, $0) }
  }

  mutating func add(_ name: String, shape: [Int], integers values: [Int32]) {
    let bits = values.map { $0.littleEndian }
    bits.withUnsafeBytes { add(name, .int32, shape, $0) }
  }

  mutating func add(_ name: String, bytes: [UInt8]) {
    bytes.withUnsafeBytes { add(name, .uint8, [bytes.count], $0) }
  }

  private mutating func add(
    _ name: String, _ element: SafeTensors.Element, _ shape: [Int], _ bytes: UnsafeRawBufferPointer
  ) {
    let begin = data.count
    bytes.withMemoryRebound(to: UInt8.self) { data.append(contentsOf: $0) }
    let entry: JSONValue = [
      "dtype": .string(element.rawValue),
      "shape": .array(shape.map { .integer(Int64($0)) }),
      "data_offsets": [.integer(Int64(begin)), .integer(Int64(data.count))],
    ]
    header.append((name, entry))
  }

  /// The whole file.
  func bytes(metadata: JSONValue) throws(HelpError) -> [UInt8] {
    let members = [("__metadata__", metadata)] + header
    var text = Array(try JSON.text(.object(pairs: members)).utf8)
    text += [UInt8](repeating: UInt8(ascii: " "), count: (8 - text.count % 8) % 8)
    guard text.count <= SafeTensors.maximumHeader else {
      throw HelpError(
        .argument,
        "the file's header would have \(text.count) bytes, more than \(SafeTensors.maximumHeader)")
    }
    let length = withUnsafeBytes(of: UInt64(text.count).littleEndian, Array.init)
    var file: [UInt8] = []
    file.reserveCapacity(length.count + text.count + data.count)
    for part in [length, text, data] {
      part.withUnsafeBufferPointer { file.append(contentsOf: $0) }
    }
    return file
  }
}
