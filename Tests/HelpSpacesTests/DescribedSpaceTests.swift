import HelpBase
import HelpNumerics
@testable import HelpSpaces
import Testing

@Suite struct DescribedSpaceTests {
  private func tiny() throws -> DescribedSpace {
    try DescribedSpace(parsing: Array(SpaceFixtures.tiny.utf8))
  }

  @Test func countsWhatIsAlive() throws {
    // head 0: no body; 1 and 2: a narrow body, or a wide one with three tails. Three sizes.
    #expect(try tiny().count == (1 + 2 * (1 + 3)) * 3)
  }

  @Test func textHasTheLivingGenes() throws {
    let space = try tiny()
    let row = try space.parse(#"{"head": 0, "size": 32, "fixed": 7}"#)
    #expect(row == [0, 0, 0, 32, 7])
    let batch = try ArchitectureBatch(checking: [2, 1, 1, 24, 7], in: space)
    #expect(
      space.format(batch[0])
        == #"{"tail": "z", "head": 1, "body": "wide", "size": 24, "fixed": 7}"#)
  }

  @Test func aMissingLivingGeneIsNamed() throws {
    let space = try tiny()
    let error = #expect(throws: HelpError.self) {
      _ = try space.parse(#"{"head": 1, "body": "wide", "size": 16, "fixed": 7}"#)
    }
    #expect(error?.message.contains("\"tail\"") == true)
  }

  @Test func macsCountLivingGenes() throws {
    let space = try tiny()
    let batch = try ArchitectureBatch(
      parsing: [
        #"{"head": 0, "size": 16, "fixed": 7}"#,
        #"{"head": 2, "body": "wide", "tail": "z", "size": 16, "fixed": 7}"#,
      ], in: space)
    #expect(batch.macs() == [11, 20])
  }

  @Test func withoutFeaturesEveryGeneIsOneHot() throws {
    let space = try tiny()
    #expect(space.encoding.featureCount == 3 + 3 + 2 + 4 + 1)
    let batch = try ArchitectureBatch(checking: [2, 1, 1, 24, 7], in: space)
    #expect(batch.encoded() == [0, 0, 1, 0, 1, 0, 0, 1, 0, 1, 0, 0, 1])
  }

  @Test func everyKindOfFeature() throws {
    let text = """
      {"name": "kinds", "genes": [{"name": "a", "choices": [2, 4]},
        {"name": "b", "choices": ["p", "q"], "alive_if": [{"gene": "a", "in": [4]}]},
        {"name": "c", "choices": [1, 3]}],
       "features": [{"kind": "one_hot", "genes": ["b"]},
        {"kind": "number", "genes": ["a"], "divide_by": 4},
        {"kind": "lookup", "gene": "b", "values": [[0.5, 1], [2, 3]]},
        {"kind": "mean", "genes": ["a", "c"]}, {"kind": "sum", "genes": ["a", "c"], "divide_by": 2},
        {"kind": "mean", "genes": ["b", "c"], "values": [[10, 20], [1, 2]]},
        {"kind": "count", "genes": ["b"], "choices": ["q"]},
        {"kind": "cost", "cost": "bytes", "divide_by": 8}],
       "costs": {"bytes": {"genes": {"b": [8, 16], "c": [0, 24]}}}}
      """
    let space = try DescribedSpace(parsing: Array(text.utf8))
    let batch = try ArchitectureBatch(checking: [4, 1, 3, 2, 0, 1], in: space)
    #expect(
      batch.encoded() == [
        0, 1, 1, 2, 3, 3.5, 3.5, 11, 1, 5,
        0, 0, 0.5, 0, 0, 1.5, 1.5, 1, 0, 0,
      ])
    #expect(batch.macs() == nil)
  }

  /// Many draws are the same few architectures; sampling all of them must end.
  @Test func aSpaceWithManyDeadGenesIsSampledWhole() throws {
    let genes = (0..<20).map { gene in
      gene == 0
        ? #"{"name": "g0", "choices": [0, 1]}"#
        : #"{"name": "g\#(gene)", "choices": [0, 1], "#
          + #""alive_if": [{"gene": "g\#(gene - 1)", "in": [1]}]}"#
    }
    let text = #"{"name": "chain", "genes": [\#(genes.joined(separator: ", "))]}"#
    let space = try DescribedSpace(parsing: Array(text.utf8))
    #expect(space.count == 21)
    var random = RandomSource(seed: 1)
    #expect(space.sample(10, using: &random).firstRepeat() == nil)
    #expect(space.sample(21, using: &random).count == 21)
  }
}

@Suite struct BadDescriptionTests {
  private func message(_ text: String) -> String {
    let error = #expect(throws: HelpError.self) {
      _ = try DescribedSpace(parsing: Array(text.utf8))
    }
    #expect(error?.kind == .format)
    return error?.message ?? ""
  }

  /// "G" stands for the name and a list of genes with what follows it.
  private static func expanded(_ text: String) -> String {
    text.hasPrefix("G") ? #"{"name": "s", "genes": ["# + text.dropFirst() + "}" : text
  }

  @Test(arguments: [
    (#"{"genes": []}"#, "name"),
    (#"{"name": "fbnet", "genes": [{"name": "a", "choices": [1]}]}"#, "built-in"),
    (#"{"name": "s\"", "genes": [{"name": "a", "choices": [1]}]}"#, "printable"),
    ("G]", "genes has 0"),
    (#"G{"name": "a", "choices": []}]"#, "choices has 0"),
    (#"G{"name": "a", "choices": [1, 1]}]"#, "twice"),
    (#"G{"name": "a", "choices": ["x", 1]}]"#, "not a string"),
    (#"G{"name": "a", "choices": [1.5]}]"#, #"is 1.5, not an integer: write"#),
    (#"G{"name": "a", "choices": [1], "drawn": [2]}]"#, "drawn[0] is 2"),
    (#"G{"name": "a", "choices": [1], "drawn": []}]"#, "drawn is empty"),
    (#"G{"name": "a", "choices": [1]}, {"name": "a", "choices": [1]}]"#, "two genes"),
    (#"G{"name": "a", "choices": [1], "alive_if": [{"gene": "b", "in": [1]}]}]"#, "\"b\""),
    (#"G{"name": "a", "choices": [1], "alive_if": [{"gene": "a", "in": [1]}]}]"#, "cycle"),
    (#"G{"name": "a", "choices": [1]}], "colour": 1"#, "unknown key"),
    (#"G{"name": "a", "choices": [1]}], "features": []"#, "0 features"),
    (#"G{"name": "a", "choices": [1]}], "features": [{"kind": "x"}]"#, "not one_hot"),
    (#"G{"name": "a", "choices": ["x"]}], "features": [{"kind": "number"}]"#, "labels"),
    (
      #"G{"name": "a", "choices": [1, 2]}], "features": [{"kind": "lookup", "gene": "a", "#
        + #""values": [[1]]}]"#, "2 choices"
    ),
    (
      #"G{"name": "a", "choices": [1]}], "features": [{"kind": "cost", "cost": "macs"}]"#,
      "costs lacks"
    ),
    (
      #"G{"name": "a", "choices": [1]}], "costs": {"macs": {"genes": {"a": [1, 2]}}}"#,
      "2 numbers"
    ),
    (#"G{"name": "a", "choices": [1]}], "costs": {"macs": {"genes": {"a": [1e99]}}}"#, "1e+99"),
    (
      #"G{"name": "a", "choices": [1]}], "features": [{"kind": "sum", "divide_by": 0}]"#,
      "divide_by"
    ),
    (
      #"G{"name": "a", "choices": [1e9]}], "features": [{"kind": "sum", "divide_by": 1e-9}]"#,
      "an integer"
    ),
    (
      #"G{"name": "a", "choices": [1000000]}], "features": [{"kind": "sum", "divide_by": 1e-12}]"#,
      "over 1e15"
    ),
  ])
  func saysWhatIsWrong(_ text: String, _ part: String) {
    let message = message(Self.expanded(text))
    #expect(message.contains(part), "\(message)")
  }

  @Test func sizesAreBounded() {
    func bounded(_ text: String) -> String { message(Self.expanded(text)) }
    let choices = "[\((0..<256).map(String.init).joined(separator: ","))]"
    let genes = (0..<300).map { #"{"name": "g\#($0)", "choices": \#(choices)}"# }
      .joined(separator: ",")
    #expect(bounded("G\(genes)]").contains("numbers"))
    let sums = Array(repeating: #"{"kind": "sum"}"#, count: 100).joined(separator: ",")
    #expect(bounded("G\(genes)], \"features\": [\(sums)]").contains("numbers"))
    let conditions = (0..<20).map { #"{"gene": "b\#($0)", "in": [1]}"# }.joined(separator: ",")
    let binary = (0..<20).map { #"{"name": "b\#($0)", "choices": [0, 1]}"# }
      .joined(separator: ",")
    let last = #"{"name": "c", "choices": [1], "alive_if": [\#(conditions)]}"#
    #expect(bounded("G\(binary), \(last)]").contains("combinations"))
  }
}
