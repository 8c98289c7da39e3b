import CJSONC
import HelpBase

// MARK: - Text from values

extension JSON {
  /// JSON text that `parse` reads back as the same value, doubles to the bit,
  /// whatever the locale.
  package static func text(
    _ value: JSONValue, pretty: Bool = false
  ) throws(HelpError) -> String {
    let document = try document(value, depth: 1)
    var length = 0
    let flags = JSON_C_TO_STRING_NOSLASHESCAPE | (pretty ? JSON_C_TO_STRING_PRETTY : 0)
    guard let start = json_object_to_json_string_length(document.root, flags, &length) else {
      throw noMemory
    }
    let bytes = UnsafeRawBufferPointer(start: UnsafeRawPointer(start), count: length)
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func document(
    _ value: JSONValue, depth: Int
  ) throws(HelpError) -> JSONDocument {
    switch value {
    case .null: JSONDocument(owning: nil)
    case .bool(let value): try made(json_object_new_boolean(value ? 1 : 0))
    case .integer(let value): try made(json_object_new_int64(value))
    case .number(let value): try number(value)
    case .string(let value): try string(value)
    case .array(let values): try array(values, depth: depth)
    case .object(let members): try object(members, depth: depth)
    }
  }

  private static var noMemory: HelpError { HelpError(.memory, "no memory to write JSON") }

  private static func made(_ object: OpaquePointer?) throws(HelpError) -> JSONDocument {
    guard let object else { throw noMemory }
    return JSONDocument(owning: object)
  }
}

// MARK: - json-c's objects from values

extension JSON {
  /// Swift's description is the shortest text that reads back as the same double.
  private static func number(_ value: Double) throws(HelpError) -> JSONDocument {
    guard value.isFinite else {
      throw HelpError(.internal, "\(value) cannot be written as JSON")
    }
    return try made(json_object_new_double_s(value, value.description))
  }

  private static func string(_ value: String) throws(HelpError) -> JSONDocument {
    let bytes = value.utf8.map(CChar.init(bitPattern:))
    guard bytes.count <= maximumBytes else {
      throw HelpError(.argument, "a string of \(bytes.count) bytes is too long for JSON")
    }
    return try made(json_object_new_string_len(bytes, Int32(bytes.count)))
  }

  private static func array(
    _ values: [JSONValue], depth: Int
  ) throws(HelpError) -> JSONDocument {
    try check(depth: depth)
    let array = try made(json_object_new_array())
    for value in values {
      let element = try document(value, depth: depth + 1)
      guard json_object_array_add(array.root, json_object_get(element.root)) == 0 else {
        json_object_put(element.root)
        throw noMemory
      }
    }
    return array
  }

  private static func object(
    _ members: [JSONValue.Member], depth: Int
  ) throws(HelpError) -> JSONDocument {
    try check(depth: depth)
    let object = try made(json_object_new_object())
    for member in members {
      let value = try document(member.value, depth: depth + 1)
      guard json_object_object_add(object.root, member.key, json_object_get(value.root)) == 0
      else {
        json_object_put(value.root)
        throw noMemory
      }
    }
    guard Int(json_object_object_length(object.root)) == members.count else {
      throw HelpError(.internal, "an object to be written as JSON has a key twice")
    }
    return object
  }

  private static func check(depth: Int) throws(HelpError) {
    guard depth <= maximumDepth else {
      throw HelpError(.argument, "JSON is nested deeper than \(maximumDepth) levels")
    }
  }
}
