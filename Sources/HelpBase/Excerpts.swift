extension String {
  /// The first characters of a text from outside, for an error message.
  package var excerpt: String { count <= 60 ? self : prefix(57) + "..." }
}

extension Sequence where Element: CustomStringConvertible {
  /// `[1, 2, 3]`. Embedded Swift's lists have no description of their own.
  package var bracketed: String { "[" + map { $0.description }.joined(separator: ", ") + "]" }
}

/// Names for an error message, in quotes: all of them or, where these are long, those that
/// begin most like the name that is not among them, and how many more there are.
package func listed(_ names: [String], like wanted: String) -> String {
  let limit = 600
  let quoted = names.map { "\"\($0.excerpt)\"" }
  let all = quoted.joined(separator: ", ")
  if all.count <= limit { return all }
  let nearest = names.indices.sorted {
    (commonPrefix(names[$1], wanted), $0) < (commonPrefix(names[$0], wanted), $1)
  }
  var shown: [String] = []
  var length = 0
  for place in nearest {
    length += quoted[place].count + 2
    if length > limit { break }
    shown.append(quoted[place])
  }
  return shown.joined(separator: ", ") + " and \(names.count - shown.count) more"
}

private func commonPrefix(_ a: String, _ b: String) -> Int {
  zip(a, b).prefix { $0 == $1 }.count
}
