import HelpBase
import HelpJSON

/// A group of a description's entries that is written once and stands for several: `{"repeat":
/// 12, "index": "i", "layers": [...]}`. In each round `{i}`, `{i+1}` and `{i-2}` are replaced in
/// all strings inside it.
struct Repetition {
  /// Most rounds.
  static let maximumCount = 1_024
  /// Most groups inside one another.
  static let maximumDepth = 4

  private let group: JSONReader
  private let index: String?
  private let first: Int
  let count: Int

  /// - contents: the key of the group's entries.
  /// - keys: what it may have besides, and what says how often it stands.
  init(
    _ group: JSONReader, contents: String, keys: [String], depth: Int
  ) throws(HelpError) {
    try group.onlyKeys(["repeat", "index", "from", contents] + keys)
    guard depth < Self.maximumDepth else {
      throw HelpError(
        .format, "\(group.path): more than \(Self.maximumDepth) groups are inside one another")
    }
    guard try !group.array(contents).isEmpty else {
      throw HelpError(.format, "\(group.path).\(contents) is empty")
    }
    self.group = group
    count = try group.optionalInteger("repeat", in: 1...Self.maximumCount) ?? 1
    first = try group.optionalInteger("from", in: 0...Self.maximumCount) ?? 0
    index = group.value["index"] == nil ? nil : try group.member("index").indexName()
  }

  /// The group as it is in a round, from 0 on.
  func round(_ number: Int) -> JSONReader {
    guard let index else { return group }
    let value = first + number
    return JSONReader(
      group.value.replacing(index: index, by: value), path: "\(group.path)(\(index) = \(value))")
  }
}

extension JSONReader {
  fileprivate func optionalInteger(
    _ key: String, in range: ClosedRange<Int>
  ) throws(HelpError) -> Int? {
    value[key] == nil ? nil : try integer(key, in: range)
  }

  fileprivate func indexName() throws(HelpError) -> String {
    let name = try string()
    guard name.utf8.count <= 64, ExpressionParser.isName(name) else {
      throw HelpError(
        .format, "\(path) is \"\(name.excerpt)\", not letters, digits and _ after a letter")
    }
    return name
  }
}

// MARK: - Replacing

extension JSONValue {
  fileprivate func replacing(index: String, by number: Int) -> JSONValue {
    switch self {
    case .string(let text): .string(text.replacing(index: index, by: number))
    case .array(let values): .array(values.map { $0.replacing(index: index, by: number) })
    case .object(let members):
      .object(
        members.map {
          Member(key: $0.key, value: $0.value.replacing(index: index, by: number))
        })
    default: self
    }
  }
}

extension String {
  fileprivate func replacing(index: String, by number: Int) -> String {
    guard utf8.contains(UInt8(ascii: "{")) else { return self }
    var result = ""
    var rest = self[...]
    while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
      result += rest[..<open]
      let inside = rest[rest.index(after: open)..<close]
      result += inside.value(of: index, number).map { "\($0)" } ?? "{\(inside)}"
      rest = rest[rest.index(after: close)...]
    }
    return result + rest
  }
}

extension Substring {
  /// Of "i", "i+1" or "i-2"; nil for anything else.
  fileprivate func value(of index: String, _ number: Int) -> Int? {
    guard hasPrefix(index) else { return nil }
    let offset = dropFirst(index.count)
    if offset.isEmpty { return number }
    guard offset.first == "+" || offset.first == "-", offset.count <= 5 else { return nil }
    return Int(offset).map { number + $0 }
  }
}
