import HelpBase
@testable import HelpSpaces
import Testing

@Suite struct BadLayerTests {
  /// What is wrong with a space of the genes n (2, 3), z (0, 1), op ("x", "y") and, while z is 1,
  /// w (4, 8), and this after them.
  private func message(_ rest: String) -> String {
    let text = """
      {"name": "s", "genes": [{"name": "n", "choices": [2, 3]}, {"name": "z", "choices": [0, 1]},
        {"name": "op", "choices": ["x", "y"]},
        {"name": "w", "choices": [4, 8], "alive_if": [{"gene": "z", "in": [1]}]}], \(rest)}
      """
    let error = #expect(throws: HelpError.self) {
      _ = try DescribedSpace(parsing: Array(text.utf8))
    }
    #expect(error?.kind == .format)
    return error?.message ?? ""
  }

  static let badExpressions: [(String, String)] = [
    ("n +", "ends where a number or a name is wanted"),
    ("n n", "has \"n\" where an operator or the end is wanted"),
    ("(n", "ends where \")\" is wanted"), ("", "ends where"),
    ("n ^ 2", "has \"^ 2\" where an operator"), ("max(n)", "where \",\" is wanted"),
    ("ceil(n, 2)", "where \")\" is wanted"), ("min", "where \"(\" is wanted"),
    ("1e", "where a number or a name"), ("1e999", "where a number or a name"),
    ("1.2.3", "where a number or a name"),
    ("m", "names \"m\", which is no gene and no size"),
    ("op", "labels; give their numbers by a size"),
    ("{i}", "has \"{i}\" where"),
    ("n - 2", "inputs is 0, not above 0 to 1000000000000000 where n is 2"),
    ("n - 5", "inputs is -3, not above 0"),
    ("1 / z", "divides by 0 or is too large where z is 0"),
    ("min(5, 1 / z)", "divides by 0"),
    ("1e308 * 10", "divides by 0 or is too large"),
    ("n * 1e15", "inputs is 2000000000000000, not above 0 to"),
    ("1e14 * n", "macs is"),
    ("w", "inputs is 0, not above 0 to 1000000000000000 where w is dead"),
  ]

  @Test(arguments: badExpressions)
  func expressions(_ text: String, _ part: String) {
    let message = message(
      #""layers": [{"kind": "linear", "inputs": "\#(text)", "outputs": 100}]"#)
    #expect(message.contains("space.layers[0].") && message.contains(part), "\(message)")
  }

  static let badLayers: [(String, String)] = [
    ("[]", "layers is empty"), ("{}", "not an array"), ("[3]", "not an object"),
    (#"[{"kind": "fold"}]"#, "kind is \"fold\", not one of linear, attention, conv, norm"),
    (#"[{"kind": "linear", "inputs": 1}]"#, "has no \"outputs\""),
    (#"[{"kind": "add", "elements": 1, "size": 2}]"#, "unknown key \"size\""),
    (
      #"[{"kind": "conv", "inputs": 1, "outputs": 1, "kernel": 1}]"#,
      "has no \"height\" and no \"side\""
    ),
    (#"[{"kind": "norm", "features": 1, "bias": 2}]"#, "bias is 2, not 0 or 1"),
    (#"[{"kind": "norm", "features": 1, "bias": 0.5}]"#, "bias is 0.5, not 0 or 1"),
    (#"[{"kind": "custom", "macs": "n - 3"}]"#, "macs is -1, not 0 to"),
    (#"[{"kind": "custom", "macs": true}]"#, "not a number"),
    (#"[{"kind": "custom", "macs": {"of": "op", "values": [1]}}]"#, "1 numbers for the 2 choices"),
    (#"[{"kind": "custom", "macs": {"of": "q", "values": [1]}}]"#, "which no gene"),
    (#"[{"kind": "custom", "macs": {"of": "2", "values": [1]}}]"#, "of is 2, but values has 1"),
    (#"[{"kind": "custom", "alive_if": [{"gene": "q", "in": [1]}]}]"#, "which no gene"),
    (#"[{"kind": "custom", "alive_if": [{"gene": "n", "in": [9]}]}]"#, "is 9, not 2, 3"),
    (#"[{"kind": "custom", "alive_if": [{"gene": "n", "above": 3}]}]"#, "no choice of \"n\""),
    (#"[{"kind": "custom", "alive_if": [{"gene": "op", "above": 0}]}]"#, "are labels"),
    (#"[{"kind": "custom", "alive_if": [{"gene": "n", "above": "k"}]}]"#, "not an integer"),
    (
      #"[{"kind": "custom", "alive_if": [{"gene": "n", "in": [2, 2, 2]}]}]"#, "in has 3 values"
    ),
    (#"[{"repeat": 0, "layers": [{"kind": "custom"}]}]"#, "repeat is 0, not 1...1024"),
    (#"[{"repeat": 2, "index": "min", "layers": [{"kind": "custom"}]}]"#, "index is \"min\""),
    (#"[{"repeat": 2, "layers": []}]"#, "layers is empty"),
    (#"[{"repeat": 2, "layers": [{"kind": "custom"}], "genes": []}]"#, "unknown key"),
    (
      #"[{"repeat": 2, "index": "i", "layers": [{"kind": "custom", "macs": "v{i}"}]}]"#,
      "space.layers[0](i = 0).layers[0].macs names \"v0\""
    ),
  ]

  @Test(arguments: badLayers)
  func layers(_ layers: String, _ part: String) {
    let message = message("\"layers\": \(layers)")
    #expect(message.contains(part), "\(message)")
  }

  static let badSizesAndCosts: [(String, String)] = [
    (#""sizes": {"a": "b", "b": "a"}"#, "defined in a circle: a, b, a"),
    (#""sizes": {"a": "a + 1"}"#, "circle"), (#""sizes": {"n": 1}"#, "name of a gene"),
    (#""sizes": {"max": 1}"#, "a size's name is"), (#""sizes": {"2a": 1}"#, "a size's name is"),
    (#""sizes": 3"#, "not an object"),
    (
      #""sizes": {"a": 1}, "layers": [{"sizes": {"a": 2}, "layers": [{"kind": "custom"}]}]"#,
      "another size"
    ),
    (
      #""layers": [{"kind": "custom"}], "costs": {"macs": {"genes": {}}}"#,
      "space.costs.macs is given, but layers give it already"
    ),
    (#""costs": {"macs": {"expression": "n"}}"#, "is no table"),
    (#""costs": {"roofline": {"each_layer": "macs"}}"#, "the space has no layers"),
    (#""costs": {"mine": {"expression": "n - 3"}}"#, "costs.mine.macs is -1"),
    (
      #""layers": [{"kind": "custom"}], "costs": {"mine": {"each_layer": "1 / macs"}}"#,
      "space.layers[0]: a cost of each layer divides by 0"
    ),
    (
      #""layers": [{"kind": "custom"}], "costs": {"mine": {"each_layer": "n"}}"#,
      "names \"n\", which is no gene"
    ),
    (
      #""layers": [{"kind": "custom"}], "features": [{"kind": "cost", "cost": "macs"}]"#,
      "which costs lacks"
    ),
  ]

  @Test(arguments: badSizesAndCosts)
  func sizesAndCosts(_ rest: String, _ part: String) {
    let message = message(rest)
    #expect(message.contains(part), "\(message)")
  }

  @Test func whatIsLargeIsRefused() {
    func layer(_ size: String) -> String { #"[{"kind": "custom", "macs": "\#(size)"}]"# }
    let long = Array(repeating: "n", count: 600).joined(separator: "+")
    #expect(message("\"layers\": \(layer(long))").contains("1199 bytes, not 1...1000"))
    let deep = String(repeating: "(", count: 40) + "n" + String(repeating: ")", count: 40)
    #expect(message("\"layers\": \(layer(deep))").contains("more than 32 parentheses"))
    let signs = String(repeating: "-", count: 900) + "n"
    #expect(message("\"layers\": \(layer(signs))").contains("more than 32"))
    let doubling = (1...20).map { #""s\#($0)": "s\#($0 - 1) + s\#($0 - 1)""# }
      .joined(separator: ", ")
    #expect(message("\"sizes\": {\"s0\": 1, \(doubling)}").contains("more than 1000 numbers"))
    let chain = (0..<100).map { #""s\#($0)": "s\#($0 + 1)""# }.joined(separator: ", ")
    #expect(message("\"sizes\": {\(chain), \"s100\": 1}").contains("more than 64 sizes"))
    let many = #"[{"repeat": 1000, "layers": [{"repeat": 5, "layers": [{"kind": "custom"}]}]}]"#
    #expect(message("\"layers\": \(many)").contains("more than 4096 layers"))
    let nested = (0..<5).reduce(#"{"kind": "custom"}"#) { inner, _ in #"{"layers": [\#(inner)]}"# }
    #expect(message("\"layers\": [\(nested)]").contains("more than 4 groups"))
  }

  /// Lists that every round of a group would read again.
  @Test func listsInGroupsAreBounded() {
    let values = Array(repeating: "1", count: 3000).joined(separator: ",")
    let layer = #"{"kind": "custom", "macs": {"of": "{i}", "values": [\#(values)]}}"#
    let group = #"{"repeat": 1000, "index": "i", "layers": [\#(layer)]}"#
    #expect(message("\"layers\": [\(group)]").contains("more than 2000000 numbers"))
    let conditions = Array(repeating: #"{"gene": "z", "in": [1]}"#, count: 600)
      .joined(separator: ",")
    let conditional = #"{"kind": "custom", "alive_if": [\#(conditions)]}"#
    #expect(message("\"layers\": [\(conditional)]").contains("600 conditions, not 0...512"))
  }

  @Test func genesThatCannotBeTriedOneByOneAreBounded() {
    let genes = (0..<8).map { #"{"name": "g\#($0)", "choices": [1, 2, 3]}"# }
      .joined(separator: ", ")
    let difference = (1..<8).map { "g\($0)" }.joined(separator: " - ")
    let text =
      #"{"name": "s", "genes": [\#(genes)], "layers": [{"kind": "custom", "macs": "#
      + #""g0 - \#(difference)"}]}"#
    let error = #expect(throws: HelpError.self) {
      _ = try DescribedSpace(parsing: Array(text.utf8))
    }
    #expect(
      error?.message.contains("macs is -20 to -4, not 0 to 1000000000000000 at the extremes")
        == true, "\(error?.message ?? "")")
  }

  @Test func repeatedGenesAreCounted() {
    let text =
      #"{"name": "s", "genes": [{"repeat": 600, "index": "i", "genes": [{"name": "g{i}", "#
      + #""choices": [1]}]}]}"#
    let error = #expect(throws: HelpError.self) {
      _ = try DescribedSpace(parsing: Array(text.utf8))
    }
    #expect(error?.message.contains("more genes than 1...512") == true)
  }
}
