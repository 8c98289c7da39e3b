extension String {
  /// The first characters of a text from outside, for an error message.
  package var excerpt: String { count <= 60 ? self : prefix(57) + "..." }
}
