import HelpNumerics

extension JSONValue {
  /// An object of pairs that are not a literal.
  package static func object(pairs: [(String, JSONValue)]) -> JSONValue {
    .object(pairs.map(Member.init(key:value:)))
  }
}
