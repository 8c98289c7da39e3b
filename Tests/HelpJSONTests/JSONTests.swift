import HelpBase
@testable import HelpJSON
import HelpNumerics
import Testing

@Suite struct JSONReadingTests {
  private func parse(_ text: String) throws(HelpError) -> JSONValue {
    try JSON.parse(Array(text.utf8), what: "text")
  }

  @Test func everyKindOfValue() throws {
    let value = try parse(
      #" {"a": [1, -2.5, 1e3, true, false, null, "é\u00e9\ud83d\ude00\n"], "b": {}, "": []} "#)
    #expect(
      value == [
        "a": [
          .integer(1), .number(-2.5), .number(1000), .bool(true), .bool(false), .null, "éé😀\n",
        ],
        "b": [:], "": [],
      ])
  }

  @Test(arguments: ["1", "null", "\"x\"", "[]", "-0.5e-3", "true", " 7 "])
  func valuesAtTheTop(_ text: String) throws { _ = try parse(text) }

  @Test func integersKeepTheirBits() throws {
    #expect(try parse("9223372036854775807") == .integer(.max))
    #expect(try parse("-9223372036854775808") == .integer(.min))
  }

  /// Refused texts, and where: json-c in strict mode lets some of them pass.
  @Test(arguments: [
    ("", 0), ("   ", 3), ("{'a':1}", 1), ("NaN", 0), ("[Infinity]", 1), ("[-Infinity]", 2),
    ("[1.]", 3), ("[.5]", 1), ("[+1]", 1), ("[-]", 2), ("[1e]", 3), ("[1e+]", 4), ("[01]", 1),
    ("[-00]", 2), ("[00.5]", 1), ("[01e5]", 1),
    ("\"\u{1}\"", 1), ("\"a\tb\"", 2), ("[TRUE]", 1), ("[nul]", 1), ("[truefalse]", 1),
    ("[9223372036854775808]", 1), ("[-9223372036854775809]", 1), ("\"\\x\"", 2),
    ("\"\\u12g4\"", 3), ("\"\\ud800\"", 7), ("\"\\ud800\\u0041\"", 13), ("\"\\udc00\"", 7),
    ("\"\\u0000\"", 7), ("\"abc", 4), ("\"abc\\", 5), ("// x\n1", 0), ("[1] 2", 4), ("[1,]", 3),
    ("{\"a\":1,}", 7), ("{\"a\" 1}", 5), ("{1:2}", 1), ("[1 2]", 3), ("[", 1), ("{\"a\":", 5),
    ("}", 0), ("\u{FEFF}1", 0), ("[1]\u{0}", 3), ("{\"a\":1:2}", 6),
  ])
  func malformedTextIsRefused(_ text: String, _ offset: Int) {
    let error = #expect(throws: HelpError.self) { _ = try parse(text) }
    #expect(error?.kind == .format)
    #expect(
      error?.message.hasSuffix("at byte \(offset)") == true, "\(text): \(error?.message ?? "")")
  }

  @Test(arguments: ["1e400", "[-1e999]"])
  func numbersTooLargeAreRefused(_ text: String) {
    let error = #expect(throws: HelpError.self) { _ = try parse(text) }
    #expect(error?.kind == .format)
  }

  @Test(arguments: [
    #"{"a":1,"a":2}"#, #"{"x":{"a":1,"b":{},"a":1}}"#, #"[{"a":1,"\u0061":2}]"#,
  ])
  func repeatedKeysAreRefused(_ text: String) {
    let error = #expect(throws: HelpError.self) { _ = try parse(text) }
    #expect(error?.message.contains("twice") == true)
  }

  @Test(
    arguments: [
      [0x22, 0xFF, 0x22], [0x22, 0xC0, 0x80, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22],
      [0x22, 0xC3, 0x22], [0x22, 0xF5, 0x80, 0x80, 0x80, 0x22],
      [0x7B, 0x22, 0xC0, 0x80, 0x22, 0x3A, 0x31, 0x7D],
    ] as [[UInt8]])
  func stringsThatAreNotUTF8AreRefused(_ bytes: [UInt8]) {
    let error = #expect(throws: HelpError.self) { _ = try JSON.parse(bytes, what: "text") }
    #expect(error?.kind == .format)
  }

  @Test func depthIsBounded() throws {
    func nested(_ depth: Int) -> String {
      String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    }
    _ = try parse(nested(32))
    #expect(throws: HelpError.self) { _ = try parse(nested(33)) }
    #expect(throws: HelpError.self) { _ = try parse(nested(1_000_000)) }
    #expect(throws: HelpError.self) {
      _ = try JSON.parse(Array(nested(3).utf8), depth: 2, what: "text")
    }
  }

  @Test func tooLongATextIsRefused() {
    let bytes = [UInt8](repeating: 0x20, count: JSON.maximumBytes + 1)
    #expect(throws: HelpError.self) { _ = try JSON.parse(bytes, what: "text") }
  }
}

@Suite struct JSONWritingTests {
  @Test func valuesAreReadBack() throws {
    let value: JSONValue = [
      "text": "quote \" slash / back \\ é 😀 \u{1} \n", "empty": [:], "none": [], "null": .null,
      "yes": .bool(true), "many": [.integer(.min), .integer(.max), .integer(0)],
      "nested": [["a": [[["b": .number(0.1)]]]]],
    ]
    for pretty in [false, true] {
      let text = try JSON.text(value, pretty: pretty)
      #expect(try JSON.parse(Array(text.utf8), what: "text") == value)
    }
    #expect(try JSON.text(["a": [.integer(1), .number(2)]]) == #"{"a":[1,2.0]}"#)
  }

  @Test func doublesAreReadBackToTheBit() throws {
    var random = RandomSource(seed: 1)
    var values: [Double] = [
      0, -0.0, 0.1, 1 / 3, 1e22, 1e23, 5e-324, .greatestFiniteMagnitude, .leastNormalMagnitude,
      100_000, 1e16, 123_456_789_012_345_680,
    ]
    for _ in 0..<5000 {
      let value = Double(bitPattern: random.next())
      if value.isFinite { values.append(value) }
    }
    let text = try JSON.text(.array(values.map(JSONValue.number)))
    guard case .array(let back) = try JSON.parse(Array(text.utf8), what: "text") else {
      Issue.record("not an array")
      return
    }
    for (value, copy) in zip(values, back) {
      guard case .number(let number) = copy else {
        Issue.record("\(value) came back as \(copy)")
        continue
      }
      #expect(number.bitPattern == value.bitPattern)
    }
  }

  @Test(arguments: [Double.nan, .infinity, -.infinity])
  func whatJSONDoesNotHaveIsRefused(_ value: Double) {
    #expect(throws: HelpError.self) { _ = try JSON.text([.number(value)]) }
  }

  @Test func deepValuesAreRefused() throws {
    var value: JSONValue = []
    for _ in 1..<32 { value = [value] }
    _ = try JSON.text(value)
    #expect(throws: HelpError.self) { _ = try JSON.text([value]) }
  }

  @Test func aKeyTwiceIsRefused() {
    #expect(throws: HelpError.self) {
      _ = try JSON.text(.object(pairs: [("a", .null), ("a", .null)]))
    }
  }
}

@Suite struct JSONReaderTests {
  private let reader = JSONReader(
    ["name": "x", "size": .integer(7), "rate": .number(0.5), "list": [.integer(1), "two"]],
    path: "description")

  @Test func valuesByKey() throws {
    #expect(try reader.string("name") == "x")
    #expect(try reader.integer("size", in: 1...10) == 7)
    #expect(try reader.number("rate", in: 0...1) == 0.5)
    #expect(try reader.number("size", in: 0...10) == 7)
    #expect(try reader.array("list").count == 2)
    try reader.onlyKeys(["name", "size", "rate", "list", "more"])
  }

  private func message(_ body: () throws(HelpError) -> Void) -> String {
    do throws(HelpError) { try body() } catch { return error.message }
    return "no error"
  }

  @Test func errorsNameThePath() {
    #expect(
      message { () throws(HelpError) in _ = try reader.integer("size", in: 8...9) }
        == "description.size is 7, not 8...9")
    #expect(
      message { () throws(HelpError) in _ = try reader.integer("rate", in: 8...9) }
        == "description.rate is a number, not an integer")
    #expect(
      message { () throws(HelpError) in _ = try reader.array("list")[1].integer(in: 0...1) }
        == "description.list[1] is a string, not an integer")
    #expect(
      message { () throws(HelpError) in _ = try reader.string("nme") }
        == "description has no \"nme\"")
    #expect(
      message { () throws(HelpError) in try reader.onlyKeys(["name", "size", "list"]) }
        == "description has an unknown key \"rate\"; there are \"name\", \"size\", \"list\"")
    #expect(
      message { () throws(HelpError) in _ = try reader.member("list").member("x") }
        == "description.list is an array, not an object")
  }
}
