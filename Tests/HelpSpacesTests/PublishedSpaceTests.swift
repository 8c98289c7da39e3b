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

  private func parameters(_ space: String, _ texts: [String]) throws -> [Double] {
    let batch = try batch(space, texts)
    return try (0..<batch.count).map { try #require(batch.space.parameters(batch[$0])) }
  }

  /// In the benchmark's table, in millions: .802426, and .073306 without a convolution.
  @Test func nasBenchParametersAreThoseOfTheTable() throws {
    let texts = [
      "|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|skip_connect~0|avg_pool_3x3~1|none~2|",
      "|none~0|+|none~0|none~1|+|skip_connect~0|avg_pool_3x3~1|none~2|",
    ]
    #expect(try parameters("nasbench201", texts) == [802_426, 73_306])
  }

  private typealias Transformer = (encoder: Int, ffn: [Int], decoder: Int, decoderFFN: [Int])

  private static func text(_ network: Transformer) -> String {
    let heads = [Int](repeating: 8, count: 6)
    return #"{"encoder": {"encoder_embed_dim": \#(network.encoder), "encoder_layer_num": 6, "#
      + #""encoder_ffn_embed_dim": \#(network.ffn), "encoder_self_attention_heads": \#(heads)}, "#
      + #""decoder": {"decoder_embed_dim": \#(network.decoder), "#
      + #""decoder_layer_num": \#(network.decoderFFN.count), "#
      + #""decoder_ffn_embed_dim": \#(network.decoderFFN), "#
      + #""decoder_self_attention_heads": \#(heads), "decoder_ende_attention_heads": \#(heads), "#
      + #""decoder_arbitrary_ende_attn": \#([Int](repeating: -1, count: 6))}}"#
  }

  /// The table of HAT's README, in millions with two decimals: raspberrypi@3.5s, titanxp@208.1ms,
  /// xeon@442.0ms, titanxp@55.7ms and titanxp@45.6ms of the tasks.
  @Test func hatParametersAreThoseOfItsTable() throws {
    let wide = [Int](repeating: 3072, count: 6)
    let published: [(task: String, network: Transformer, millions: Double)] = [
      ("wmt14-en-de", (512, [1024, 3072, 3072, 2048, 2048, 2048], 512, [3072]), 25.22),
      ("wmt14-en-de", (512, wide, 512, [2048, 2048, 3072, 3072, 3072]), 49.38),
      ("wmt14-en-fr", (512, wide, 512, wide), 56.73),
      ("wmt19-en-de", (640, wide, 512, [3072]), 36.89),
      ("iwslt14-de-en", (512, [Int](repeating: 1024, count: 6), 512, [2048]), 16.82),
    ]
    for (task, network, millions) in published {
      let count = try parameters("hat-\(task)", [Self.text(network)])[0]
      #expect((count / 1e4).rounded() / 100 == millions)
    }
  }

  /// A convolution has no bias but batch normalization after it; squeezing 72 channels leaves 24.
  @Test func aBlocksParametersAreAllOfItsNumbers() throws {
    let rest = Array(repeating: 8, count: 21)
    let fbnet = try parameters("fbnet", ["\([8] + rest)", "\([1] + rest)"])
    #expect(fbnet[1] - fbnet[0] == Double(2 * 16 * 16 / 2 + 9 * 16 + 2 * 3 * 16))
    let ofa = try parameters("ofa-mbv3", [3, 4].map { Self.ofa((3, $0, 2), "224") })
    func block(_ inputs: Int, _ outputs: Int, _ expansion: Int, squeezed: [Int]? = nil) -> Int {
      let inner = inputs * expansion
      let weights = (inputs + outputs) * inner + 9 * inner + 2 * (2 * inner + outputs)
      guard let squeezed = squeezed?[expansion - 3] else { return weights }
      return weights + 2 * inner * squeezed + inner + squeezed
    }
    func all(_ expansion: Int) -> Int {
      block(16, 24, expansion) + block(24, 24, expansion)
        + block(24, 40, expansion, squeezed: [24, 24])
        + block(40, 40, expansion, squeezed: [32, 40])
        + block(40, 80, expansion) + block(80, 80, expansion)
        + block(80, 112, expansion, squeezed: [64, 80])
        + block(112, 112, expansion, squeezed: [88, 112])
        + block(112, 160, expansion, squeezed: [88, 112])
        + block(160, 160, expansion, squeezed: [120, 160])
    }
    #expect(ofa[1] - ofa[0] == Double(all(4) - all(3)))
  }

  /// In a text that cannot be read, and in one that is outside the space.
  @Test func theBadTextOfSeveralIsNamed() throws {
    let good = Self.ofa((3, 3, 2), "224")
    for (bad, reason) in [
      ("[]", "row 1: "), (Self.ofa((3, 3, 5), "224"), "row 1: the architecture"),
    ] {
      let error = #expect(throws: HelpError.self) { _ = try batch("ofa-mbv3", [good, bad, bad]) }
      #expect(error?.message.hasPrefix(reason) == true, "\(error?.message ?? "")")
      let alone = #expect(throws: HelpError.self) { _ = try batch("ofa-mbv3", [bad]) }
      #expect(alone?.message.contains("row") == false)
    }
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
