import HelpBase
import HelpJSON

/// Texts of architectures that are JSON.
extension JSONReader {
  init(architecture text: String) throws(HelpError) {
    self.init(
      try JSON.parse(Array(text.utf8), depth: 8, what: "\"\(text.excerpt)\""),
      path: "architecture")
  }

  func int32() throws(HelpError) -> Int32 {
    Int32(try integer(in: Int(Int32.min)...Int(Int32.max)))
  }

  /// The integers of a list of `count`.
  func int32s(count: Int) throws(HelpError) -> [Int32] {
    let elements = try elements()
    guard elements.count == count else {
      throw HelpError(.format, "\(path) has \(elements.count) values, not \(count)")
    }
    var values: [Int32] = []
    for element in elements { values.append(try element.int32()) }
    return values
  }
}
