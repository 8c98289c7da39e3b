@testable import HelpBase
import Testing

@Suite struct ListedNamesTests {
  @Test func fewNamesAreAllListedInTheirOrder() {
    #expect(listed(["fpga", "pixel3"], like: "pixel2") == "\"fpga\", \"pixel3\"")
    #expect(listed([], like: "pixel2").isEmpty)
  }

  @Test func ofManyTheMostAlikeComeFirst() {
    let names = (0..<100).map { "gpu_\($0)" } + ["pixel3", "pixelbook", "pine"]
    let text = listed(names, like: "pixel2")
    #expect(text.hasPrefix("\"pixel3\", \"pixelbook\", \"pine\", \"gpu_0\", \"gpu_1\""))
    #expect((500...620).contains(text.count))
    let shown = text.split(separator: "\"").count { $0.contains("_") || $0.hasPrefix("pi") }
    #expect(text.hasSuffix(" and \(103 - shown) more"))
  }

  @Test func longNamesAreCut() {
    let text = listed([String(repeating: "x", count: 5000)], like: "y")
    #expect(text == "\"\(String(repeating: "x", count: 57))...\"")
  }
}
