import HelpBase
@testable import HelpStorage
import Testing

@Suite struct SafeTensorsTests {
  private static func entry(_ shape: String, _ begin: Int, _ end: Int) -> String {
    #"{"dtype":"F32","shape":\#(shape),"data_offsets":[\#(begin),\#(end)]}"#
  }

  private func parse(_ header: String, data: Int = 0) throws(HelpError) -> SafeTensors {
    let bytes = (0..<data).map { _ in UInt8(0) }
    return try SafeTensors(parsing: DissectedFile.container(header: header, data: bytes))
  }

  @Test func tensorsAreFoundByName() throws {
    var writer = SafeTensorsWriter()
    writer.add("b", shape: [2, 3], [1, 2, 3, 4, 5, 6])
    writer.add("a", shape: [], [7])
    writer.add("none", shape: [0], [])
    let bytes = try writer.bytes(metadata: ["k": "v"])
    let file = try SafeTensors(parsing: bytes)
    var values: [Float] = [0]
    try file.append("b", shape: [2, 3], to: &values)
    try file.append("a", shape: [], to: &values)
    #expect(values == [0, 1, 2, 3, 4, 5, 6, 7])
    #expect(try file.metadata.string("k") == "v")
    #expect((bytes.count - 28) % 8 == 0)
  }

  @Test func anyOrderInTheHeaderIsRead() throws {
    let e = Self.entry
    _ = try parse(
      #"{"b":\#(e("[2]", 4, 12)),"__metadata__":{},"a":\#(e("[1]", 0, 4))}"#, data: 12)
  }

  @Test(arguments: [
    (#"{}"#, 0, "__metadata__"),
    (#"[]"#, 0, "{"),
    (#" {}"#, 0, "{"),
    (#"{"__metadata__":{},"a":3}"#, 0, "not an object"),
    (#"{"__metadata__":{},"a":{"dtype":"F32","shape":[]}}"#, 0, "data_offsets"),
    (#"{"__metadata__":{},"a":{"dtype":"F16","shape":[2],"data_offsets":[0,4]}}"#, 4, "F16"),
    (
      #"{"__metadata__":{},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":1}}"#, 4, "\"x\""
    ),
    (#"{"__metadata__":{},"a":\#(entry("[1]", 0, 4))}"#, 0, "0...0"),
    (#"{"__metadata__":{},"a":\#(entry("[1]", 0, 4))}"#, 8, "end at byte 4"),
    (#"{"__metadata__":{},"a":\#(entry("[1]", 4, 8))}"#, 8, "not 0"),
    (#"{"__metadata__":{},"a":\#(entry("[2]", 0, 4))}"#, 4, "shape [2] has 4 bytes"),
    (#"{"__metadata__":{},"a":\#(entry("[1]", 4, 0))}"#, 4, "4...4"),
    (#"{"__metadata__":{},"a":\#(entry("[1]", -4, 0))}"#, 4, "0...4"),
    (#"{"__metadata__":{},"a":\#(entry("[-1]", 0, 4))}"#, 4, "-1"),
    (#"{"__metadata__":{},"a":\#(entry("[1.0]", 0, 4))}"#, 4, "not an integer"),
    (#"{"__metadata__":{},"a":\#(entry("[1]", 0, 4)),"b":\#(entry("[1]", 0, 4))}"#, 4, "not 4"),
    (#"{"__metadata__":{},"a":\#(entry("[2]", 0, 8)),"b":\#(entry("[2]", 4, 12))}"#, 12, "not 8"),
    (#"{"__metadata__":{},"a":\#(entry("[1]", 0, 4)),"b":\#(entry("[1]", 8, 12))}"#, 12, "not 4"),
    (#"{"__metadata__":{},"a":\#(entry("[1]", 0, 4)),"a":\#(entry("[1]", 0, 4))}"#, 4, "twice"),
    (
      #"{"__metadata__":{},"a":\#(entry("[2147483647,2147483647,2147483647]", 0, 4))}"#, 4, "shape"
    ),
    (#"{"__metadata__":{},"a":\#(entry("[1,1,1,1,1,1,1,1,1]", 0, 4))}"#, 4, "9 dimensions"),
  ])
  func malformedHeadersAreRefused(_ header: String, _ data: Int, _ reason: String) {
    let error = #expect(throws: HelpError.self) { _ = try parse(header, data: data) }
    #expect(error?.kind == .format)
    #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
  }

  @Test(
    arguments: [
      [], [1, 2, 3], [0, 0, 0, 0, 0, 0, 0, 0], [2, 0, 0, 0, 0, 0, 0, 0, 0x7B],
      [255, 255, 255, 255, 255, 255, 255, 255, 0x7B, 0x7D],
      [255, 255, 255, 255, 255, 255, 255, 127, 0x7B, 0x7D],
    ] as [[UInt8]])
  func impossibleLengthsAreRefused(_ bytes: [UInt8]) {
    let error = #expect(throws: HelpError.self) { _ = try SafeTensors(parsing: bytes) }
    #expect(error?.kind == .format)
  }

  @Test func aLongHeaderIsRefusedBeforeItIsRead() {
    let header = "{" + String(repeating: " ", count: SafeTensors.maximumHeader) + "}"
    #expect(throws: HelpError.self) { _ = try parse(header) }
  }

  @Test(arguments: [Float.nan, .infinity, -.infinity])
  func valuesAreFinite(_ value: Float) throws {
    var writer = SafeTensorsWriter()
    writer.add("a", shape: [3], [0, value, 1])
    let file = try SafeTensors(parsing: try writer.bytes(metadata: [:]))
    var values: [Float] = []
    let error = #expect(throws: HelpError.self) { try file.append("a", shape: [3], to: &values) }
    #expect(error?.message.contains("value 1 of tensor a") == true)
  }
}
