import HelpBase

/// What json-c lets pass and RFC 8259 does not: single quotes, `NaN`, `1.`, `00`, raw
/// control characters, integers that would be saturated, lone surrogates, `\u0000`.
///
/// Looks at tokens only; json-c checks how they fit together.
struct JSONScanner {
  private let text: [UInt8]
  private let what: String
  private var position = 0
  private var colons = 0

  /// The number of keys in a text whose tokens are all JSON's; each has one colon.
  static func keyCount(in text: [UInt8], what: String) throws(HelpError) -> Int {
    var scanner = JSONScanner(text: text, what: what)
    while let byte = scanner.current { try scanner.scanToken(startingWith: byte) }
    return scanner.colons
  }

  private init(text: [UInt8], what: String) {
    self.text = text
    self.what = what
  }

  private var current: UInt8? { position < text.count ? text[position] : nil }

  private mutating func scanToken(startingWith byte: UInt8) throws(HelpError) {
    switch Character(UnicodeScalar(byte)) {
    case " ", "\t", "\n", "\r", "{", "}", "[", "]", ",":
      position += 1
    case ":":
      colons += 1
      position += 1
    case "\"": try scanString()
    case "-", "0"..."9": try scanNumber()
    case "a"..."z": try scanWord()
    default: throw failure("a character that starts no JSON value")
    }
  }

  private func failure(_ reason: String) -> HelpError {
    JSON.failure(what, reason, at: position)
  }
}

// MARK: - Words and numbers

extension JSONScanner {
  private mutating func scanWord() throws(HelpError) {
    var end = position
    while end < text.count, (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(text[end]) { end += 1 }
    let word = text[position..<end]
    guard ["true", "false", "null"].contains(where: { $0.utf8.elementsEqual(word) }) else {
      throw failure("a word that is not true, false or null")
    }
    position = end
  }

  private mutating func scanNumber() throws(HelpError) {
    let start = position
    if current == UInt8(ascii: "-") { position += 1 }
    let first = position
    try scanDigits()
    if text[first] == UInt8(ascii: "0"), position > first + 1 {
      throw JSON.failure(what, "a number with a leading zero", at: first)
    }
    var isInteger = true
    if current == UInt8(ascii: ".") {
      isInteger = false
      position += 1
      try scanDigits()
    }
    if let mark = current, mark | 0x20 == UInt8(ascii: "e") {
      isInteger = false
      try scanExponent()
    }
    if isInteger, Int64(String(decoding: text[start..<position], as: UTF8.self)) == nil {
      throw JSON.failure(what, "an integer that does not fit 64 bits", at: start)
    }
  }

  private mutating func scanExponent() throws(HelpError) {
    position += 1
    if let sign = current, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") { position += 1 }
    try scanDigits()
  }

  private mutating func scanDigits() throws(HelpError) {
    let start = position
    let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
    while let byte = current, digits.contains(byte) { position += 1 }
    if position == start { throw failure("a number without digits") }
  }
}

// MARK: - Strings

extension JSONScanner {
  private mutating func scanString() throws(HelpError) {
    position += 1
    while let byte = current {
      switch byte {
      case UInt8(ascii: "\""):
        position += 1
        return
      case UInt8(ascii: "\\"): try scanEscape()
      case 0..<0x20: throw failure("a raw control character in a string")
      default: position += 1
      }
    }
    throw failure("a string that does not end")
  }

  private mutating func scanEscape() throws(HelpError) {
    position += 1
    guard let byte = current, "\"\\/bfnrtu".utf8.contains(byte) else {
      throw failure("an unknown escape in a string")
    }
    position += 1
    guard byte == UInt8(ascii: "u") else { return }
    switch try scanHexadecimal() {
    case 0: throw failure("\\u0000 in a string")
    case 0xD800...0xDBFF: try scanLowSurrogate()
    case 0xDC00...0xDFFF: throw failure("a lone surrogate in a string")
    default: break
    }
  }

  private mutating func scanLowSurrogate() throws(HelpError) {
    guard text[position...].starts(with: "\\u".utf8) else {
      throw failure("a lone surrogate in a string")
    }
    position += 2
    guard (0xDC00...0xDFFF).contains(try scanHexadecimal()) else {
      throw failure("a lone surrogate in a string")
    }
  }

  private mutating func scanHexadecimal() throws(HelpError) -> UInt16 {
    let digits = text[position...].prefix(4)
    guard digits.count == 4, digits.allSatisfy({ Character(UnicodeScalar($0)).isHexDigit }),
      let value = UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
    else { throw failure("\\u without four hexadecimal digits") }
    position += 4
    return value
  }
}
