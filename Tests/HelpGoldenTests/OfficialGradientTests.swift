import HelpBase
import HelpJSON
import HelpNumerics
@testable import HelpPredictor
import HelpSpaces
import HelpStorage
import Testing

/// The meta-gradient of HELP's published code with its published checkpoints, second order,
/// one task a space: the loss and the recorded entries of every parameter's gradient.
@Suite(.enabled(if: OfficialTask.isPrepared, OfficialTask.howToPrepare))
struct OfficialGradientTests {
  @Test(arguments: OfficialTask.spaces)
  func lossAndGradientMatchTheOfficialCode(_ space: String) throws {
    let official = try OfficialTask(space)
    let model = official.model
    let objective = MetaObjective<Float>(
      shape: model.shape, innerSteps: 2, secondOrder: true, learnsRates: true,
      modulationScale: Float(model.modulationScale), klWeight: 0.1)
    let meta = MetaParameters(
      network: model.parameters, rates: model.rates, inference: model.inference ?? [])
    let result = objective.gradient(official.task, meta, in: Workspace())

    let loss = Double(result.queryError) + 0.1 * Double(result.divergence)
    #expect(abs(loss - official.loss) < 1e-4)
    try official.check(model.shape.network, result.gradient.network, prefix: "meta_learner.")
    try official.check(model.shape.network, result.gradient.rates, prefix: "task_lr.meta_learner.")
    try official.check(model.shape.inference, result.gradient.inference, prefix: "inference.")
  }
}

/// The recorded task, as Tests/HelpGoldenTests/prepare.py writes it to build/golden.
struct OfficialTask {
  static let howToPrepare: Comment =
    "build/golden is missing: run Tests/HelpGoldenTests/prepare.py where the published data are"

  static let spaces = ["nasbench201", "fbnet", "ofa-mbv3"]
  static var isPrepared: Bool { spaces.allSatisfy { (try? OfficialTask($0)) != nil } }

  let model: MetaNetwork
  let task: MetaTask<Float>
  let loss: Double
  private let gradient: JSONReader

  init(_ space: String) throws {
    let file = try FilePath("build/golden/\(space)-official.safetensors")
    let model = try #require(try ModelFile.load(file).help)
    let bytes = try FileAccess.read(try FilePath("build/golden/\(space)-gradient.json"))
    let record = JSONReader(try JSON.parse(bytes, what: "the gradient"), path: "record")
    func numbers(_ key: String) throws -> [Float] {
      try record.array(key).map { Float(try $0.number(in: -1e9...1e9)) }
    }
    func features(_ key: String) throws -> [Float] {
      let texts = try record.array(key).map { try $0.string() }
      return try ArchitectureBatch(parsing: texts, in: model.references.space).encoded()
    }
    self.model = model
    task = MetaTask(
      embedding: try numbers("hardware_embedding"), supportFeatures: try features("support"),
      supportLabels: try numbers("support_target"), queryFeatures: try features("query"),
      queryLabels: try numbers("query_target"), noise: try numbers("noise"))
    loss = try record.number("loss", in: 0...1e9)
    gradient = try record.member("gradient")
  }

  /// Every recorded entry within 1e-3 of the parameter's largest recorded one.
  func check(_ layout: ParameterLayout, _ values: [Float], prefix: String) throws {
    for tensor in layout.tensors {
      let record = try gradient.member(prefix + tensor.name)
      let places = try record.array("flat_index").map { try $0.integer(in: 0...10_000_000) }
      let expected = try record.array("value").map { try $0.number(in: -1e9...1e9) }
      let tolerance = 1e-3 * (expected.map(abs).max() ?? 0)
      for (place, value) in zip(places, expected) {
        let ours = Double(values[tensor.offset + place])
        #expect(abs(ours - value) <= tolerance, "\(prefix)\(tensor.name)[\(place)]")
      }
    }
  }
}
