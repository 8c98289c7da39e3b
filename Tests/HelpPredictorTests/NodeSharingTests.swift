@testable import HelpPredictor
import HelpSpaces
import Testing

@Suite struct NodeSharingTests {
  let graph: ArchitectureGraph

  init() throws { graph = try #require(NASBench201().encoding.graph) }

  @Test func nodesWithFewCombinationsAreShared() {
    let sharing = NodeSharing(graph, convolutions: 4)
    #expect(sharing.layers.count == 4)
    #expect(sharing.layers[0].own.isEmpty)
    #expect(sharing.layers[0].rows == 3 + 6 * 5)
    for layer in sharing.layers.dropFirst() {
      #expect(layer.own == [6, 7, 8])
      #expect(layer.rows == 1 + 3 * 5 + 2 * 25)
    }
  }

  @Test func combinationsAreNumberedOnceEach() throws {
    let sharing = NodeSharing(graph, convolutions: 4)
    let node = try #require(sharing.layers[2].shared[5])
    var states = [Int](repeating: 0, count: 9)
    let rows = (0..<node.combinations).map { combination in
      node.write(combination: combination, to: &states)
      return node.row(states)
    }
    #expect(rows == Array(node.firstRow..<(node.firstRow + 25)))
  }
}
