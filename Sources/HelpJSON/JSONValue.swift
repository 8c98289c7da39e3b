/// A JSON document as a value; objects keep the order of their keys.
///
/// Only the data: HelpJSON reads and writes the text.
package enum JSONValue: Sendable, Equatable {
  case null
  case bool(Bool)
  case integer(Int64)
  case number(Double)
  case string(String)
  case array([JSONValue])
  case object([Member])

  package struct Member: Sendable, Equatable {
    package let key: String
    package let value: JSONValue

    package init(key: String, value: JSONValue) {
      self.key = key
      self.value = value
    }
  }

  /// The value of `key` in an object; nil elsewhere.
  package subscript(key: String) -> JSONValue? {
    guard case .object(let members) = self else { return nil }
    return members.first { $0.key == key }?.value
  }

  /// A finite number as JSON has them, or null.
  package static func finite(_ value: Double) -> JSONValue {
    value.isFinite ? .number(value) : .null
  }

  package static func strings(_ values: [String]) -> JSONValue {
    .array(values.map(JSONValue.string))
  }
}

extension JSONValue: ExpressibleByDictionaryLiteral, ExpressibleByStringLiteral,
  ExpressibleByIntegerLiteral, ExpressibleByArrayLiteral
{
  package init(dictionaryLiteral elements: (String, JSONValue)...) {
    self = .object(elements.map(Member.init(key:value:)))
  }
  package init(stringLiteral value: String) { self = .string(value) }
  package init(integerLiteral value: Int64) { self = .integer(value) }
  package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
}

extension JSONValue {
  /// An object of pairs that are not a literal.
  package static func object(pairs: [(String, JSONValue)]) -> JSONValue {
    .object(pairs.map(Member.init(key:value:)))
  }

  /// An object with another value of `key`, which is added at the end where it has none.
  package func setting(_ key: String, to value: JSONValue) -> JSONValue {
    guard case .object(var members) = self else { return self }
    let member = Member(key: key, value: value)
    if let place = members.firstIndex(where: { $0.key == key }) {
      members[place] = member
    } else {
      members.append(member)
    }
    return .object(members)
  }

  /// An object with more members at its end.
  package func adding(_ members: JSONValue) -> JSONValue {
    guard case .object(let own) = self, case .object(let more) = members else { return self }
    return .object(own + more)
  }
}
