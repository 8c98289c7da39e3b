import HelpBase
@testable import HelpSpaces
import Testing

/// What is particular to FBNet, OFA-MobileNetV3 and HAT.
@Suite struct PublishedSpaceTests {
  private func batch(_ space: String, _ texts: [String]) throws -> ArchitectureBatch {
    try ArchitectureBatch(parsing: texts, in: SpaceRegistry.space(named: space))
  }

  private static func ofa(_ value: (ks: Int, e: Int, d: Int), _ resolution: String) -> String {
    let list = { (value: Int, count: Int) in Array(repeating: value, count: count) }
    return #"{"wid": null, "ks": \#(list(value.ks, 20)), "e": \#(list(value.e, 20)), "#
      + #""d": \#(list(value.d, 5)), "r": \#(resolution)}"#
  }

  @Test func fbnetReadsNumbersAndNames() throws {
    let numbers = (0..<22).map { $0 % 9 }
    let names = numbers.map { FBNet.operations[$0] }
    let batch = try batch("fbnet", ["\(numbers)", "\(names)"])
    #expect(batch[0].genes == batch[1].genes)
    #expect(batch.space.format(batch[0]) == "\(numbers)")
  }

  @Test func fbnetEncodesKernelThenBlock() throws {
    let batch = try batch("fbnet", ["\([0, 7, 8] + Array(repeating: 5, count: 19))"])
    let features = batch.encoded()
    #expect(Array(features[0..<6]) == [1, 0, 1, 0, 0, 0])
    #expect(Array(features[6..<12]) == [0, 1, 0, 0, 0, 1])
    #expect(Array(features[12..<18]) == [0, 0, 0, 0, 0, 0])
    #expect(Array(features[18..<24]) == [0, 1, 0, 1, 0, 0])
  }

  /// The first layer keeps 16 channels of 32 by 32 pixels; skipping it costs nothing.
  @Test func fbnetMacsOfOneLayer() throws {
    let rest = Array(repeating: 8, count: 21)
    let macs = try #require(try batch("fbnet", ["\([8] + rest)", "\([3] + rest)"]).macs())
    let expected = 1024 * (16 * 96 + 96 * 9 + 96 * 16)
    #expect(macs[1] - macs[0] == Double(expected))
  }

  @Test func ofaBlocksBeyondTheDepthAreDead() throws {
    let shallow = try batch("ofa-mbv3", [Self.ofa((7, 6, 2), "224"), Self.ofa((7, 6, 4), "[224]")])
    #expect(Array(shallow[0].genes.prefix(4)) == [7, 7, 3, 3])
    #expect(Array(shallow[1].genes.prefix(4)) == [7, 7, 7, 7])
    let features = shallow.rows([0]).encoded()
    let ones = features.indices.filter { features[$0] == 1 }
    #expect(ones.count == 21 && features.allSatisfy { $0 == 0 || $0 == 1 })
    #expect(ones.first == 2 && ones[10] == 62 && ones.last == 144)
    #expect(Array(features[6..<12]) == [0, 0, 0, 0, 0, 0])
  }

  /// MobileNetV3-Large (Howard et al., 2019) is this network but for its kernels and
  /// expansions: about 219 million multiply-accumulates. All 7 and 6 is about four times that.
  @Test func ofaMacsAreOfTheRightSize() throws {
    let macs = try #require(
      try batch("ofa-mbv3", [Self.ofa((3, 3, 2), "224"), Self.ofa((7, 6, 4), "224")]).macs())
    #expect((1.1e8...1.8e8).contains(macs[0]))
    #expect((5e8...1e9).contains(macs[1]))
  }

  @Test func ofaRefusesWhatItCannotRead() {
    for text in [
      Self.ofa((3, 3, 2), "223"), Self.ofa((3, 3, 2), "[224, 224]"), Self.ofa((4, 3, 2), "224"),
      Self.ofa((3, 3, 2), "224").replacing("null", with: "1.2"), "[]",
    ] {
      #expect(throws: HelpError.self) { _ = try batch("ofa-mbv3", [text]) }
    }
  }

  private static let subtransformer = """
    {"encoder-embed-dim-subtransformer": 512, "decoder-embed-dim-subtransformer": 640,
     "encoder-ffn-embed-dim-all-subtransformer": [3072, 3072, 3072, 2048, 3072, 3072],
     "decoder-ffn-embed-dim-all-subtransformer": [3072, 1024],
     "encoder-layer-num-subtransformer": 6, "decoder-layer-num-subtransformer": 2,
     "encoder-self-attention-heads-all-subtransformer": [8, 8, 4, 8, 8, 8],
     "decoder-self-attention-heads-all-subtransformer": [8, 4],
     "decoder-ende-attention-heads-all-subtransformer": [8, 8],
     "decoder-arbitrary-ende-attn-all-subtransformer": [-1, 2]}
    """

  @Test func hatReadsFilesAndConfigurations() throws {
    let configuration = """
      {"encoder": {"encoder_embed_dim": 512, "encoder_layer_num": 6,
        "encoder_ffn_embed_dim": [3072, 3072, 3072, 2048, 3072, 3072],
        "encoder_self_attention_heads": [8, 8, 4, 8, 8, 8]},
       "decoder": {"decoder_embed_dim": 640, "decoder_layer_num": 2,
        "decoder_ffn_embed_dim": [3072, 1024, 2048, 2048, 2048, 2048],
        "decoder_self_attention_heads": [8, 4], "decoder_ende_attention_heads": [8, 8],
        "decoder_arbitrary_ende_attn": [-1, 2]}}
      """
    let batch = try batch("hat-wmt14-en-de", [Self.subtransformer, configuration])
    #expect(batch[0].genes == batch[1].genes)
    #expect(
      Array(batch[0].genes[14..<28])
        == [640, 2, 3072, 1024, 3072, 3072, 3072, 3072, 8, 4, 8, 8, 8, 8])
    #expect(Array(batch[0].genes[34..<40]) == [-1, 2, -1, -1, -1, -1])
  }

  /// Means over the layers that are there, divided by HAT's constants.
  @Test func hatFeaturesAreScaledMeans() throws {
    let features = try batch("hat-wmt14-en-de", [Self.subtransformer]).encoded()
    let expected: [Double] = [
      512 / 640, 1, (5 * 3072 + 2048) / 6 / 2048, (5 * 8 + 4) / 6.0 / 6, 1, 2 / 6.0, 2048 / 2048,
      6 / 6, 8 / 6.0, (1 + 3) / 2 / 2,
    ]
    for (feature, value) in zip(features, expected) {
      #expect(abs(Double(feature) - value) < 1e-6)
    }
  }

  @Test func hatAllowsMoreThanItsSearchDraws() throws {
    let wide = Self.subtransformer.replacing("[3072, 1024]", with: "[512, 512]")
    #expect(try batch("hat-wmt14-en-de", [wide]).count == 1)
    let gene = try SpaceRegistry.space(named: "hat-wmt14-en-de").genes[16]
    #expect(gene.drawn == [3072, 2048, 1024])
  }

  @Test func hatNeedsAsManyValuesAsLayers() {
    let short = Self.subtransformer.replacing("[8, 4]", with: "[8]")
    let error = #expect(throws: HelpError.self) { _ = try batch("hat-wmt14-en-de", [short]) }
    #expect(error?.message.contains("1 values for 2 layers") == true)
  }
}
