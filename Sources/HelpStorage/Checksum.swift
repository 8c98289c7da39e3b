/// The CRC-32 of zlib, gzip and PNG (ISO 3309), over bytes given piece by piece.
struct Checksum {
  private var state: UInt32 = 0xFFFF_FFFF

  /// What a byte does to the state, 256 numbers, followed by what it does seen from one byte
  /// later, two, up to seven: eight bytes then cost eight look-ups that do not wait for each
  /// other ("slicing by 8"; Kounavis and Berry, 2008).
  private static let table: [UInt32] = {
    var table: [UInt32] = (0..<256).map { byte in
      (0..<8).reduce(UInt32(byte)) { value, _ in
        value & 1 == 1 ? (value >> 1) ^ 0xEDB8_8320 : value >> 1
      }
    }
    for place in 256..<(8 * 256) {
      let before = table[place - 256]
      table.append(table[Int(before & 0xFF)] ^ (before >> 8))
    }
    return table
  }()

  mutating func add(_ bytes: ArraySlice<UInt8>) {
    state = Self.table.withUnsafeBufferPointer { table in
      bytes.withUnsafeBytes { Self.state(self.state, after: $0, table) }
    }
  }

  private static func state(
    _ before: UInt32, after bytes: UnsafeRawBufferPointer, _ table: UnsafeBufferPointer<UInt32>
  ) -> UInt32 {
    var state = before
    let eights = bytes.count & ~7
    for place in stride(from: 0, to: eights, by: 8) {
      let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self))
      var rest = word ^ UInt64(state)
      state = 0
      var later = 8
      while later > 0 {
        later &-= 1
        state ^= table[later << 8 | Int(rest & 0xFF)]
        rest >>= 8
      }
    }
    for byte in bytes[eights...] {
      state = table[Int((state ^ UInt32(byte)) & 0xFF)] ^ (state >> 8)
    }
    return state
  }

  var value: UInt32 { ~state }

  /// "crc32:" and eight hexadecimal digits, as files hold it.
  var text: String {
    let digits = String(value, radix: 16)
    return "crc32:" + String(repeating: "0", count: 8 - digits.count) + digits
  }
}
