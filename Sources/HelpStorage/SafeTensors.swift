import HelpBase
import HelpJSON

/// A checked file in safetensors layout: an 8-byte length, a JSON header, tensors of numbers.
///
/// Once made, every tensor's range lies inside `data` and they fill it without gaps.
struct SafeTensors {
  /// A tensor's numbers, by their names in headers.
  enum Element: String {
    case float32 = "F32"
    case float64 = "F64"
    case int32 = "I32"
    case uint8 = "U8"

    var size: Int {
      switch self {
      case .float32, .int32: 4
      case .float64: 8
      case .uint8: 1
      }
    }
  }

  /// Where a tensor lies in the data, in bytes from its start.
  struct Entry {
    let name: String
    let element: Element
    let shape: [Int]
    let range: Range<Int>
  }

  /// Longest header, in bytes.
  static let maximumHeader = JSON.maximumBytes
  private static let maximumRank = 8

  let metadata: JSONReader
  /// By name.
  let entries: [String: Entry]
  let data: ArraySlice<UInt8>

  private init(_ whole: SafeTensors, entries: [String: Entry]) {
    metadata = whole.metadata
    data = whole.data
    self.entries = entries
  }

  /// The same without the tensors of these names.
  func without(_ names: [String]) -> SafeTensors {
    let hidden = Set(names)
    return SafeTensors(self, entries: entries.filter { !hidden.contains($0.key) })
  }

  init(parsing bytes: [UInt8]) throws(HelpError) {
    let length = try Self.headerLength(bytes)
    let header = JSONReader(
      try JSON.parse(Array(bytes[8..<(8 + length)]), what: "the file's header"), path: "header")
    data = bytes[(8 + length)...]
    metadata = try header.member("__metadata__")
    var entries: [String: Entry] = [:]
    for (name, value) in try header.members() where name != "__metadata__" {
      entries[name] = try Self.entry(name, value, dataSize: data.count)
    }
    self.entries = entries
    try checkCoverage()
  }

  private static func headerLength(_ bytes: [UInt8]) throws(HelpError) -> Int {
    guard bytes.count >= 8 else {
      throw HelpError(.format, "the file has \(bytes.count) bytes, too few for a header")
    }
    let length = bytes[..<8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= UInt64(maximumHeader), length <= UInt64(bytes.count - 8) else {
      let most = min(maximumHeader, bytes.count - 8)
      throw HelpError(
        .format, "the file's header has \(length) bytes, at most \(most) are possible")
    }
    guard length >= 2, bytes[8] == UInt8(ascii: "{") else {
      throw HelpError(.format, "the file's header does not start with {")
    }
    return Int(length)
  }

  private static func entry(
    _ name: String, _ value: JSONReader, dataSize: Int
  ) throws(HelpError) -> Entry {
    try value.onlyKeys(["dtype", "shape", "data_offsets"])
    let type = try value.string("dtype")
    guard let element = Element(rawValue: type) else {
      throw HelpError(
        .format, "tensor \(name.excerpt) has type \(type.excerpt), not F32, F64, I32 or U8")
    }
    let shape = try self.shape(value)
    let offsets = try value.array("data_offsets")
    guard offsets.count == 2 else {
      throw HelpError(.format, "tensor \(name.excerpt) has \(offsets.count) offsets, not 2")
    }
    let begin = try offsets[0].integer(in: 0...dataSize)
    let end = try offsets[1].integer(in: begin...dataSize)
    guard byteCount(shape, element) == end - begin else {
      throw HelpError(
        .format,
        "tensor \(name.excerpt) of shape \(shape.bracketed) has \(end - begin) bytes of data")
    }
    return Entry(name: name, element: element, shape: shape, range: begin..<end)
  }

  private static func shape(_ value: JSONReader) throws(HelpError) -> [Int] {
    let sizes = try value.array("shape")
    guard sizes.count <= maximumRank else {
      throw HelpError(.format, "\(value.path).shape has \(sizes.count) dimensions")
    }
    var shape: [Int] = []
    for size in sizes { shape.append(try size.integer(in: 0...Int(Int32.max))) }
    return shape
  }

  /// Bytes of a shape's numbers; nil when they overflow.
  private static func byteCount(_ shape: [Int], _ element: Element) -> Int? {
    var total = element.size
    for size in shape {
      let (product, overflow) = total.multipliedReportingOverflow(by: size)
      if overflow { return nil }
      total = product
    }
    return total
  }

  private func checkCoverage() throws(HelpError) {
    var end = 0
    let inOrder = entries.values.sorted {
      ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound)
    }
    for entry in inOrder {
      guard entry.range.lowerBound == end else {
        throw HelpError(
          .format,
          "tensor \(entry.name.excerpt) begins at byte \(entry.range.lowerBound) of the data, not \(end)"
        )
      }
      end = entry.range.upperBound
    }
    guard end == data.count else {
      throw HelpError(.format, "the tensors end at byte \(end) of \(data.count) bytes of data")
    }
  }
}

// MARK: - Values

extension SafeTensors {
  /// Refuses a file whose tensors are not exactly those in `names`.
  func checkNames(_ names: [String]) throws(HelpError) {
    for name in names where entries[name] == nil {
      throw HelpError(.format, "the file has no tensor \(name)")
    }
    let known = Set(names)
    if let extra = entries.keys.filter({ !known.contains($0) }).min() {
      throw HelpError(.format, "the file has an unknown tensor \(extra.excerpt)")
    }
  }

  /// Appends the values of a float32 tensor of this shape, all of them finite.
  func append(
    _ name: String, shape: [Int], to values: inout [Float]
  ) throws(HelpError) {
    let added = try read(name, .float32, shape: shape) { bytes, offset in
      let bits = bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
      return Float(bitPattern: UInt32(littleEndian: bits))
    }
    try Self.check(added, name) { $0.isFinite }
    values += added
  }

  /// The values of a float64 tensor of this shape, all of them finite.
  func doubles(_ name: String, shape: [Int]) throws(HelpError) -> [Double] {
    let values = try scores(name, shape: shape)
    try Self.check(values, name) { $0.isFinite }
    return values
  }

  /// The same of values that may be infinite.
  func scores(_ name: String, shape: [Int]) throws(HelpError) -> [Double] {
    let values = try read(name, .float64, shape: shape) { bytes, offset in
      let bits = bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
      return Double(bitPattern: UInt64(littleEndian: bits))
    }
    try Self.check(values, name) { !$0.isNaN }
    return values
  }

  func integers(_ name: String, shape: [Int]) throws(HelpError) -> [Int32] {
    try read(name, .int32, shape: shape) { bytes, offset in
      Int32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Int32.self))
    }
  }

  /// The bytes of a tensor of one dimension.
  func bytes(_ name: String) throws(HelpError) -> [UInt8] {
    try read(name, .uint8, shape: [try entry(name).range.count]) { $0[$1] }
  }

  @inline(__always)
  private func read<Value>(
    _ name: String, _ element: Element, shape: [Int], _ load: (UnsafeRawBufferPointer, Int) -> Value
  ) throws(HelpError) -> [Value] {
    let entry = try entry(name)
    guard entry.element == element else {
      throw HelpError(
        .format, "tensor \(name) has type \(entry.element.rawValue), not \(element.rawValue)")
    }
    guard entry.shape == shape else {
      throw HelpError(
        .format, "tensor \(name) has shape \(entry.shape.bracketed), not \(shape.bracketed)")
    }
    let bytes = data.dropFirst(entry.range.lowerBound).prefix(entry.range.count)
    let count = bytes.count / element.size
    return bytes.withUnsafeBytes { bytes in
      [Value](unsafeUninitializedCapacity: count) { values, initialized in
        for place in 0..<count {
          values.initializeElement(at: place, to: load(bytes, place &* element.size))
        }
        initialized = count
      }
    }
  }

  private static func check<Value: CustomStringConvertible>(
    _ values: [Value], _ name: String, _ isGood: (Value) -> Bool
  ) throws(HelpError) {
    if let bad = values.firstIndex(where: { !isGood($0) }) {
      throw HelpError(
        .format, "value \(bad) of tensor \(name) is \(values[bad]), not a finite number")
    }
  }

  /// The shape of a tensor whose size the file decides.
  func shape(of name: String) throws(HelpError) -> [Int] { try entry(name).shape }

  private func entry(_ name: String) throws(HelpError) -> Entry {
    guard let entry = entries[name] else {
      throw HelpError(.format, "the file has no tensor \(name)")
    }
    return entry
  }
}
