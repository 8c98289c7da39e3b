import HelpBase

/// A JSON value and the path that leads to it: strict reading of a known schema,
/// with errors that say where.
package struct JSONReader {
  package let value: JSONValue
  package let path: String

  package init(_ value: JSONValue, path: String) {
    self.value = value
    self.path = path
  }

  /// Members of an object, in the order of the text.
  package func members() throws(HelpError) -> [(key: String, value: JSONReader)] {
    guard case .object(let members) = value else { throw mismatch("an object") }
    return members.map { ($0.key, JSONReader($0.value, path: "\(path).\($0.key.excerpt)")) }
  }

  package func elements() throws(HelpError) -> [JSONReader] {
    guard case .array(let values) = value else { throw mismatch("an array") }
    return values.enumerated().map { JSONReader($1, path: "\(path)[\($0)]") }
  }

  package func string() throws(HelpError) -> String {
    guard case .string(let text) = value else { throw mismatch("a string") }
    return text
  }

  package func integer(in range: ClosedRange<Int>) throws(HelpError) -> Int {
    guard case .integer(let number) = value else { throw mismatch("an integer") }
    guard let number = Int(exactly: number), range.contains(number) else {
      throw HelpError(
        .format, "\(path) is \(number), not \(range.lowerBound)...\(range.upperBound)")
    }
    return number
  }

  /// A number, written with or without a fraction.
  package func number(in range: ClosedRange<Double>) throws(HelpError) -> Double {
    let number: Double
    switch value {
    case .number(let value): number = value
    case .integer(let value): number = Double(value)
    default: throw mismatch("a number")
    }
    guard range.contains(number) else {
      throw HelpError(.format, "\(path) is \(number.outside(range))")
    }
    return number
  }

  private func mismatch(_ wanted: String) -> HelpError {
    HelpError(.format, "\(path) is \(value.kindName), not \(wanted)")
  }
}

// MARK: - Members by key

extension JSONReader {
  package func member(_ key: String) throws(HelpError) -> JSONReader {
    guard case .object = value else { throw mismatch("an object") }
    guard let member = value[key] else {
      throw HelpError(.format, "\(path) has no \"\(key)\"")
    }
    return JSONReader(member, path: "\(path).\(key)")
  }

  package func string(_ key: String) throws(HelpError) -> String {
    try member(key).string()
  }

  package func integer(_ key: String, in range: ClosedRange<Int>) throws(HelpError) -> Int {
    try member(key).integer(in: range)
  }

  package func number(_ key: String, in range: ClosedRange<Double>) throws(HelpError) -> Double {
    try member(key).number(in: range)
  }

  package func array(_ key: String) throws(HelpError) -> [JSONReader] {
    try member(key).elements()
  }

  /// Refuses an object with a key that is not one of `allowed`.
  package func onlyKeys(_ allowed: [String]) throws(HelpError) {
    for (key, _) in try members() where !allowed.contains(key) {
      let names = allowed.map { "\"\($0)\"" }.joined(separator: ", ")
      throw HelpError(
        .format, "\(path) has an unknown key \"\(key.excerpt)\"; there are \(names)")
    }
  }
}

extension JSONValue {
  fileprivate var kindName: String {
    switch self {
    case .null: "null"
    case .bool: "a boolean"
    case .integer: "an integer"
    case .number: "a number"
    case .string: "a string"
    case .array: "an array"
    case .object: "an object"
    }
  }
}
