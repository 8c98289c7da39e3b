import HelpBase

/// Reads "ceil(width * ratio / 8) * 8": numbers, names, + - * / and parentheses, and the
/// functions ceil, floor, min and max.
struct ExpressionParser {
  /// What the text consists of, operands before the operation on them.
  enum Part: Equatable {
    case number(Double)
    case name(String)
    case apply(Expression.Operation)
  }

  /// Most bytes of an expression.
  static let maximumLength = 1_000
  /// Most parentheses, functions and signs inside one another.
  static let maximumDepth = 32
  static let functions: [String: Expression.Operation] = [
    "ceil": .roundUp, "floor": .roundDown, "min": .minimum, "max": .maximum,
  ]

  private let text: [UInt8]
  /// Where the text stands, for messages.
  private let path: String
  private var position = 0
  private var depth = 0
  private var parts: [Part] = []

  static func parts(of text: String, at path: String) throws(HelpError) -> [Part] {
    var parser = ExpressionParser(text: Array(text.utf8), path: path)
    guard parser.text.count <= maximumLength else {
      throw HelpError(
        .format, "\(path) is an expression of \(parser.text.count) bytes, not 1...\(maximumLength)")
    }
    try parser.sum()
    guard parser.current == nil else { throw parser.unexpected("an operator or the end") }
    return parser.parts
  }

  /// Whether an expression can have the name.
  static func isName(_ text: String) -> Bool {
    guard let first = text.utf8.first, first.startsName, functions[text] == nil else {
      return false
    }
    return text.utf8.allSatisfy { $0.continuesName }
  }

  private init(text: [UInt8], path: String) {
    self.text = text
    self.path = path
  }
}

// MARK: - Grammar

extension ExpressionParser {
  private mutating func sum() throws(HelpError) {
    try product()
    while let operation: Expression.Operation = take("+") ? .add : take("-") ? .subtract : nil {
      try product()
      parts.append(.apply(operation))
    }
  }

  private mutating func product() throws(HelpError) {
    try factor()
    while let operation: Expression.Operation = take("*") ? .multiply : take("/") ? .divide : nil {
      try factor()
      parts.append(.apply(operation))
    }
  }

  private mutating func factor() throws(HelpError) {
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.maximumDepth else {
      throw HelpError(
        .format, "\(path) has more than \(Self.maximumDepth) parentheses inside one another")
    }
    if take("(") {
      try sum()
      try expect(")")
    } else if take("-") {
      try factor()
      parts.append(.apply(.negate))
    } else if let byte = current, byte.startsName {
      try name()
    } else {
      try number()
    }
  }

  private mutating func name() throws(HelpError) {
    let name = takeWhile { $0.continuesName }
    guard let function = Self.functions[name] else { return parts.append(.name(name)) }
    try expect("(")
    try sum()
    if function == .minimum || function == .maximum { try moreArguments(of: function) }
    try expect(")")
    if function == .roundUp || function == .roundDown { parts.append(.apply(function)) }
  }

  /// Of a function of two or more.
  private mutating func moreArguments(of function: Expression.Operation) throws(HelpError) {
    try expect(",")
    repeat {
      try sum()
      parts.append(.apply(function))
    } while take(",")
  }

  private mutating func number() throws(HelpError) {
    guard current != nil else { throw unexpected("a number or a name") }
    let start = position
    var digits = takeWhile { $0.isNumberByte }
    // "1e-3": a sign belongs to the number after its exponent's mark only.
    if let last = digits.utf8.last, last | 0x20 == UInt8(ascii: "e"), position < text.count,
      [UInt8(ascii: "-"), UInt8(ascii: "+")].contains(text[position])
    {
      position += 1
      digits += (text[position - 1] == UInt8(ascii: "-") ? "-" : "") + takeWhile { $0.isDigit }
    }
    guard let number = Double(digits), number.isFinite else {
      position = start
      throw unexpected("a number or a name")
    }
    parts.append(.number(number))
  }
}

// MARK: - Characters

extension ExpressionParser {
  /// The next byte that is no space.
  private var current: UInt8? {
    text[position...].first { $0 != UInt8(ascii: " ") }
  }

  private mutating func skipSpaces() {
    while position < text.count, text[position] == UInt8(ascii: " ") { position += 1 }
  }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    skipSpaces()
    guard position < text.count, text[position] == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private mutating func takeWhile(_ belongs: (UInt8) -> Bool) -> String {
    skipSpaces()
    let start = position
    while position < text.count, belongs(text[position]) { position += 1 }
    return String(decoding: text[start..<position], as: UTF8.self)
  }

  private mutating func expect(_ character: Unicode.Scalar) throws(HelpError) {
    guard take(character) else { throw unexpected("\"\(character)\"") }
  }

  private func unexpected(_ wanted: String) -> HelpError {
    let rest = String(decoding: text[position...], as: UTF8.self)
    let found = current == nil ? "ends" : "has \"\(rest.excerpt)\""
    let whole = String(decoding: text, as: UTF8.self).excerpt
    return HelpError(.format, "\(path) is \"\(whole)\", which \(found) where \(wanted) is wanted")
  }
}

extension UInt8 {
  fileprivate var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }

  fileprivate var isNumberByte: Bool {
    isDigit || self == UInt8(ascii: ".") || self | 0x20 == UInt8(ascii: "e")
  }

  fileprivate var startsName: Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self | 0x20) || self == UInt8(ascii: "_")
  }

  /// Letters, digits, and what lists and stages are numbered with: "ks[3]", "block1.2".
  fileprivate var continuesName: Bool {
    startsName || isDigit || self == UInt8(ascii: ".") || self == UInt8(ascii: "[")
      || self == UInt8(ascii: "]")
  }
}
