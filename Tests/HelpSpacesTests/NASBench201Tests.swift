import HelpBase
@testable import HelpSpaces
import Testing

@Suite struct NASBench201Tests {
  private let space = NASBench201()

  private func row(_ genes: [Int32]) throws -> ArchitectureRow {
    try ArchitectureBatch(checking: genes, in: space)[0]
  }

  /// Rows of the benchmark's own table.
  @Test(arguments: [
    (
      0,
      "|avg_pool_3x3~0|+|nor_conv_1x1~0|skip_connect~1|+|nor_conv_1x1~0|skip_connect~1|skip_connect~2|"
    ),
    (
      1,
      "|nor_conv_3x3~0|+|nor_conv_3x3~0|avg_pool_3x3~1|+|skip_connect~0|nor_conv_3x3~1|skip_connect~2|"
    ),
    (9, "|avg_pool_3x3~0|+|none~0|none~1|+|skip_connect~0|none~1|nor_conv_3x3~2|"),
  ])
  func numberingIsTheBenchmarks(_ index: Int, _ text: String) throws {
    let numbering = try #require(space.numbering)
    let genes = try space.parse(text)
    #expect(numbering.genes(at: index) == genes)
    #expect(numbering.index(of: try row(genes)) == index)
  }

  @Test func numberingIsABijection() throws {
    let numbering = try #require(space.numbering)
    var seen: Set<[Int32]> = []
    for index in 0..<15_625 {
      let genes = numbering.genes(at: index)
      #expect(seen.insert(genes).inserted)
      #expect(numbering.index(of: try row(genes)) == index)
    }
    #expect(seen.count == 15_625)
  }

  @Test func textFollowsTheBenchmark() throws {
    let text = "|nor_conv_3x3~0|+|none~0|skip_connect~1|+|nor_conv_1x1~0|none~1|avg_pool_3x3~2|"
    #expect(try space.parse(text) == [3, 0, 1, 2, 0, 4])
    #expect(space.format(try row([3, 0, 1, 2, 0, 4])) == text)
  }

  @Test(arguments: [
    "|none~0|+|none~0|none~1|", "|none~1|+|none~0|none~1|+|none~0|none~1|none~2|",
    "|conv~0|+|none~0|none~1|+|none~0|none~1|none~2|",
    "|none~0|+|none~0|none~1|+|none~0|none~1|none~2|+|none~0|", "none~0+none~0|none~1",
    "|none~0|+|none~0|+|none~0|none~1|none~2|", "|~0|+|none~0|none~1|+|none~0|none~1|none~2|",
    "|none~0 |+|none~0|none~1|+|none~0|none~1|none~2|",
  ])
  func malformedTextIsRefused(_ text: String) {
    let error = #expect(throws: HelpError.self) { _ = try space.parse(text) }
    #expect(error?.kind == .format)
  }

  @Test func aNulInTextIsRefused() {
    #expect(throws: HelpError.self) {
      _ = try space.parse("|none~0|+|none~0|none~1|+|none~0|none~1|none~2|\u{0}")
    }
  }

  @Test func encodingIsOneHotByNode() throws {
    let encoded = try ArchitectureBatch(checking: [0, 1, 2, 3, 4, 0], in: space).encoded()
    let columns = (0..<9).map { node in
      (0..<8).filter { encoded[8 * node + $0] == 1 }
    }
    #expect(columns == [[0], [4], [5], [2], [3], [1], [4], [6], [7]])
    #expect(encoded.reduce(0, +) == 9)
  }

  /// The benchmark lists 220.12 M for the cell of six 3x3 convolutions on CIFAR-10, and
  /// the cell without operations costs the stem, the reductions and the classifier.
  @Test func costs() throws {
    func macs(_ genes: [Int32]) throws -> Double { try #require(space.macs(try row(genes))) }
    #expect(abs(try macs([3, 3, 3, 3, 3, 3]) / 1e6 - 220.1) < 0.2)
    let empty = try macs([0, 0, 0, 0, 0, 0])
    #expect((7.7e6...7.9e6).contains(empty))
    #expect(try macs([0, 1, 4, 0, 1, 4]) == empty)
    let pointwise = try macs([2, 0, 0, 0, 0, 0]) - empty
    #expect(pointwise == 3_932_160)  // 15 cells, 16 by 16 channels, 32 by 32 pixels
  }

  @Test func countIsFiveToTheSixth() { #expect(space.count == 15_625) }
}
