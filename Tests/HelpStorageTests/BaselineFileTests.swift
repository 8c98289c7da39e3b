import HelpBase
import HelpJSON
import HelpNumerics
import HelpPredictor
import HelpSpaces
@testable import HelpStorage
import Testing

@Suite struct BaselineFileTests {
  private func predictor(
    _ method: Method, in space: any SearchSpace = FBNet()
  ) throws -> Predictor {
    var random = RandomSource(seed: 14)
    let width = try #require(BaselineFunction.width(of: method, in: space))
    let weights = (0..<width).map { _ in random.normal() / 3 }
    return Predictor(
      space: space,
      function: try BaselineFunction(method, weights: weights, tail: 1.0 / 3),
      record: ["note": "x"])
  }

  @Test(arguments: Method.baselines)
  func whatIsWrittenIsRead(_ method: Method) throws {
    for space in [NASBench201(), FBNet(), OFAMobileNetV3()] as [any SearchSpace] {
      let written = try predictor(method, in: space)
      let bytes = try PredictorFile.write(written)
      let read = try PredictorFile.read(bytes)
      let (one, other) = (written.function as? BaselineFunction, read.function as? BaselineFunction)
      #expect(read.method == method.name)
      #expect(one?.weights == other?.weights)
      #expect(one?.tail == other?.tail)
      #expect(read.record == written.record)
      #expect(try PredictorFile.write(read) == bytes)
      var random = RandomSource(seed: 15)
      let batch = space.sample(50, using: &random)
      #expect(read.predict(batch) == written.predict(batch))
    }
  }

  private func error(
    _ method: Method, _ key: String, _ value: JSONValue?
  ) throws -> HelpError? {
    var file = try DissectedFile(try PredictorFile.write(try predictor(method)))
    try file.seal(
      description: try JSON.text(file.description.setting(key, value)),
      format: "libhelp-predictor")
    let bytes = try file.bytes()
    return #expect(throws: HelpError.self) { _ = try PredictorFile.read(bytes) }
  }

  @Test func anotherMethodsWeightsAreRefused() throws {
    #expect(try error(.ridge, "method", "proxy")?.message.contains("weights has shape") == true)
    #expect(try error(.proxy, "method", "macs")?.kind == .format)
    #expect(try error(.proxy, "method", "bayes")?.kind == .format)
  }

  @Test func damagedKeysAreRefused() throws {
    for value in [.integer(0), .integer(-1), .string("1"), nil] as [JSONValue?] {
      #expect(try error(.ridge, "tail_ms", value)?.kind == .format)
    }
    #expect(try error(.ridge, "extra", .null)?.message.contains("unknown key") == true)
  }

  @Test func costsMustBeKnown() throws {
    let space = try SampleSpace.own.space
    let reference = PredictorFile.describe(try predictor(.ridge, in: space))["space"]
    #expect(
      try error(.macs, "space", reference)?.message.contains("own does not know them") == true)
  }
}
