import CJSONC
import HelpBase

/// JSON text to `JSONValue` and back, through json-c.
///
/// Stricter than json-c: `JSONScanner` refuses what it lets pass, and a key given
/// twice is an error.
package enum JSON {
  /// Longest text that is read.
  package static let maximumBytes = 4 << 20
  /// Levels of arrays and objects that are read and written.
  package static let maximumDepth = 32

  /// Reads one value; `what` names the text in errors, which give the byte offset.
  package static func parse(
    _ text: [UInt8], depth: Int = maximumDepth, what: String
  ) throws(HelpError) -> JSONValue {
    guard text.count <= maximumBytes else {
      throw HelpError(
        .format, "\(what) is \(text.count) bytes of JSON, more than \(maximumBytes)")
    }
    let keys = try JSONScanner.keyCount(in: text, what: what)
    let document = try JSONDocument(parsing: text, depth: depth, what: what)
    var members = 0
    let value = try convert(document.root, what: what, members: &members)
    guard members == keys else {
      throw HelpError(.format, "\(what) gives a key twice in one object")
    }
    return value
  }

  static func failure(_ what: String, _ reason: String, at offset: Int) -> HelpError {
    HelpError(.format, "\(what) is not JSON: \(reason) at byte \(offset)")
  }
}

/// Owns the json-c objects of one document; nil is JSON's null.
struct JSONDocument: ~Copyable {
  let root: OpaquePointer?

  init(owning root: OpaquePointer?) { self.root = root }

  init(parsing text: [UInt8], depth: Int, what: String) throws(HelpError) {
    self.init(owning: try Self.parse(text, depth: depth, what: what))
  }

  private static func parse(
    _ text: [UInt8], depth: Int, what: String
  ) throws(HelpError) -> OpaquePointer? {
    guard let tokener = json_tokener_new_ex(Int32(clamping: depth)) else {
      throw HelpError(.memory, "no memory to read \(what)")
    }
    defer { json_tokener_free(tokener) }
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8)
    // The NUL ends a number at the top level.
    let terminated = text.map(CChar.init(bitPattern:)) + [0]
    let root = json_tokener_parse_ex(tokener, terminated, Int32(clamping: terminated.count))
    let status = json_tokener_get_error(tokener)
    guard status == json_tokener_success else {
      let reason = String(cString: json_tokener_error_desc(status))
      let offset = Swift.min(json_tokener_get_parse_end(tokener), text.count)
      throw JSON.failure(what, reason, at: offset)
    }
    return root
  }

  deinit { json_object_put(root) }
}

// MARK: - Values from json-c's objects

extension JSON {
  /// Recurses no deeper than the tokener's depth; `members` counts those of all objects.
  private static func convert(
    _ object: OpaquePointer?, what: String, members: inout Int
  ) throws(HelpError) -> JSONValue {
    switch json_object_get_type(object) {
    case json_type_null: .null
    case json_type_boolean: .bool(json_object_get_boolean(object) != 0)
    case json_type_int: .integer(json_object_get_int64(object))
    case json_type_double: .number(try finite(json_object_get_double(object), what: what))
    case json_type_string: .string(try string(object, what: what))
    case json_type_array: try array(object, what: what, members: &members)
    default: try self.object(object, what: what, members: &members)
    }
  }

  private static func finite(_ value: Double, what: String) throws(HelpError) -> Double {
    if value.isFinite { return value }
    throw HelpError(.format, "\(what) has a number too large for a double")
  }

  private static func string(
    _ object: OpaquePointer?, what: String
  ) throws(HelpError) -> String {
    let start = UnsafeRawPointer(json_object_get_string(object))
    let bytes = UnsafeRawBufferPointer(
      start: start, count: Int(json_object_get_string_len(object)))
    return try text(bytes, what: what)
  }

  private static func text(
    _ bytes: UnsafeRawBufferPointer, what: String
  ) throws(HelpError) -> String {
    if let text = String(validating: bytes, as: UTF8.self) { return text }
    throw HelpError(.format, "\(what) has a string that is not UTF-8")
  }

  private static func array(
    _ object: OpaquePointer?, what: String, members: inout Int
  ) throws(HelpError) -> JSONValue {
    var values: [JSONValue] = []
    for index in 0..<json_object_array_length(object) {
      let element = json_object_array_get_idx(object, index)
      values.append(try convert(element, what: what, members: &members))
    }
    return .array(values)
  }

  private static func object(
    _ object: OpaquePointer?, what: String, members: inout Int
  ) throws(HelpError) -> JSONValue {
    var pairs: [(String, JSONValue)] = []
    var iterator = json_object_iter_begin(object)
    var end = json_object_iter_end(object)
    while json_object_iter_equal(&iterator, &end) == 0 {
      let name = UnsafePointer<CChar>(json_object_iter_peek_name(&iterator))
      let bytes = UnsafeRawBufferPointer(start: name, count: name.map(length) ?? 0)
      let value = json_object_iter_peek_value(&iterator)
      pairs.append(
        (try text(bytes, what: what), try convert(value, what: what, members: &members)))
      json_object_iter_next(&iterator)
    }
    members += pairs.count
    return .object(pairs: pairs)
  }

  private static func length(_ text: UnsafePointer<CChar>) -> Int {
    var count = 0
    while text[count] != 0 { count += 1 }
    return count
  }
}
