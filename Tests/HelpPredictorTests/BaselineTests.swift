import HelpBase
import HelpNumerics
@testable import HelpPredictor
import HelpSpaces
import Testing

/// Made-up training devices, linear in the regressors, and a model that knows nothing else.
private struct Pool {
  let model: LatencyModel
  let prior: BayesPrior
  let architectures: ArchitectureBatch
  /// z of every row.
  let rows: [[Double]]

  init(_ space: any SearchSpace = NASBench201(), devices: Int = 4, seed: UInt64 = 3) throws {
    var random = RandomSource(seed: seed)
    architectures = space.sample(400, using: &random)
    let regressors = ScaledRegressors(over: architectures)
    let width = 1 + regressors.regressorCount
    let devices = (0..<devices).map { number in
      BayesPrior.Device(
        name: "device\(number)",
        weights: [1] + (1..<width).map { _ in 0.25 * random.normal() })
    }
    prior = BayesPrior(
      regressors: regressors, hyperparameters: .init(defaultFor: space.regressorGroups.count),
      devices: devices, record: [:])
    let scaled = regressors.scaled(architectures)
    rows = (0..<architectures.count).map { row in
      Array(scaled[(row * regressors.count)..<(row * regressors.count + width)])
    }
    model = Self.model(in: space, prior)
  }

  static func model(in space: any SearchSpace, _ prior: BayesPrior?) -> LatencyModel {
    LatencyModel(space: space, bayes: prior, help: nil, record: [:])
  }

  func latencies(_ weights: [Double]) -> [Double] {
    rows.map { zip($0, weights).reduce(0) { $0 + $1.0 * $1.1 } }
  }

  /// Of the first rows.
  func measured(_ latencies: [Double], _ count: Int) throws -> Measurements {
    try Measurements(
      architectures.rows(Array(0..<count)), latencies: Array(latencies[..<count]))
  }

  /// Rows that are positive on a device.
  func positive(_ latencies: [Double]) -> [Double] { latencies.map { max($0, 0.05) } }
}

private func largestError(_ predicted: [Double], _ truth: [Double]) -> Double {
  zip(predicted, truth).map { abs($0 / $1 - 1) }.max() ?? .nan
}

@Suite struct BaselineTests {
  private static let spaces: [any SearchSpace] = [
    NASBench201(), FBNet(), OFAMobileNetV3(),
    HAT("hat-wmt14-en-de", ffn: [3072, 2048, 1024], heads: [8, 4]),
  ]

  @Test(arguments: spaces.indices, [Method.macs, .parameters])
  func aCostIsAFactor(_ number: Int, _ method: Method) throws {
    let space = Self.spaces[number]
    let devices = SyntheticDevices(space, rows: 50, seed: 4)
    let rows = devices.architectures
    let latencies = (0..<rows.count).compactMap { space.costs(rows[$0]) }
      .map { 3e-7 * (method == .macs ? $0.macs : $0.parameters) }
    let predictor = try Pool.model(in: space, nil).adaptedBaseline(
      method, to: Measurements(rows.rows([0, 1]), latencies: Array(latencies[..<2])))
    #expect(predictor.method == method.name)
    #expect(largestError(predictor.predict(rows), latencies) < 1e-12)
  }

  /// Linear in the counts of operations: 60 rows show it, whatever the space.
  @Test(arguments: spaces.indices)
  func ridgeFindsCountedOperations(_ number: Int) throws {
    let space = Self.spaces[number]
    let rows = SyntheticDevices(space, rows: 300, seed: 5).architectures
    let counts = ChoiceCounts(space)
    var random = RandomSource(seed: 6)
    let moments = BaselineInputs(.choices, in: space).values(rows)
    let slopes = (0..<counts.count).map { place in
      let column = stride(from: place + 1, to: moments.count, by: counts.count + 1)
        .map { moments[$0] }
      let deviation = Moments(column, count: column.count).deviation
      return deviation > 0 ? random.uniform(in: 0...1) / deviation : 0
    }
    let latencies = (0..<rows.count).map { row in
      slopes.indices.reduce(20) { $0 + slopes[$1] * moments[row * (counts.count + 1) + 1 + $1] }
    }
    let predictor = try Pool.model(in: space, nil).adaptedBaseline(
      .ridge, to: Measurements(rows.rows(Array(0..<60)), latencies: Array(latencies[..<60])))
    #expect(largestError(predictor.predict(rows), latencies) < 0.01)
    #expect(spearman(predictor.predict(rows), latencies) > 0.999)
  }

  @Test(arguments: spaces.indices)
  func nearestFindsTheDevice(_ number: Int) throws {
    let pool = try Pool(Self.spaces[number])
    let latencies = pool.latencies(pool.prior.devices[2].weights).map { 7 * $0 + 40 }
    let predictor = try pool.model.adaptedBaseline(.nearest, to: pool.measured(latencies, 12))
    #expect(predictor.record["settings"]?["proxy"] == "device2")
    #expect(predictor.record["settings"]?["proxy_spearman"] == .number(1))
    #expect(largestError(predictor.predict(pool.architectures), latencies) < 1e-9)
  }

  /// Two devices rank the rows alike; only one fits.
  @Test func ofEqualRanksTheBetterFitIsNearest() throws {
    let pool = try Pool()
    let latencies = pool.latencies(pool.prior.devices[1].weights).map { $0 + 9 }
    let two = try pool.measured(latencies, 3)
    let comparison = DeviceComparison(
      pool.prior, rows: pool.prior.regressors.scaled(two.architectures), latencies: two.latencies)
    let nearest = try comparison.nearest()
    for match in comparison.matches where match.spearman == nearest.spearman {
      #expect(match.error >= nearest.error)
    }
    #expect(nearest.spearman == comparison.matches.map(\.spearman).max())
    #expect(nearest.device.name == "device1")
  }

  @Test(arguments: [nil, "device0"])
  func aProxyOnALineNeedsNoOtherWeights(_ name: String?) throws {
    let pool = try Pool()
    let latencies = pool.latencies(pool.prior.devices[0].weights).map { 5 * $0 + 30 }
    let predictor = try pool.model.adaptedBaseline(
      .proxy, to: pool.measured(latencies, 10), proxy: name)
    #expect(predictor.record["settings"]?["proxy"] == "device0")
    #expect(largestError(predictor.predict(pool.architectures), latencies) < 1e-9)
  }

  /// Devices whose weights are the proxy's times factors about 1.
  @Test func twentyRowsBeatTheProxyAndRidge() throws {
    var scores = [Method: Double]()
    var raw = 0.0
    for seed in 0..<12 {
      let pool = try Pool(seed: UInt64(100 + seed))
      var random = RandomSource(seed: UInt64(seed))
      let proxy = pool.prior.devices[0].weights
      let weights = proxy.map { $0 * (1 + 0.7 * random.normal()) }
      let latencies = pool.latencies(weights).map { $0 + 10 }
      for method in [Method.proxy, .ridge] {
        let predictor = try pool.model.adaptedBaseline(
          method, to: pool.measured(latencies, 20), proxy: method == .proxy ? "device0" : nil)
        scores[method, default: 0] += spearman(predictor.predict(pool.architectures), latencies)
      }
      raw += spearman(pool.latencies(proxy), latencies)
    }
    let adapted = try #require(scores[.proxy])
    #expect(adapted > raw + 0.2)
    #expect(adapted > (scores[.ridge] ?? .nan) + 0.2)
  }

  /// Lines far below 0, as three rows of a steep device make them.
  @Test(arguments: Method.baselines)
  func predictionsStayAboveZero(_ method: Method) throws {
    let pool = try Pool()
    let latencies = pool.latencies(pool.prior.devices[3].weights)
    let order = latencies.indices.sorted { latencies[$0] > latencies[$1] }
    let rows = Array(order[..<6])
    let highest = latencies[order[6]]
    let predictor = try pool.model.adaptedBaseline(
      method,
      to: Measurements(
        pool.architectures.rows(rows), latencies: rows.map { latencies[$0] - highest + 0.001 }))
    var random = RandomSource(seed: 8)
    let predicted = predictor.predict(NASBench201().sample(2000, using: &random))
    #expect(predicted.allSatisfy { $0 > 0 && $0.isFinite })
  }

  @Test(arguments: Method.baselines)
  func otherUnitsGiveTheSame(_ method: Method) throws {
    let pool = try Pool()
    let latencies = pool.positive(
      zip(
        pool.latencies(pool.prior.devices[0].weights),
        pool.latencies(pool.prior.devices[1].weights)
      ).map { 3 * $0 + $1 })
    let one = try pool.model.adaptedBaseline(method, to: pool.measured(latencies, 15))
    for factor in [1e-6, 4096, 3e5] {
      let other = try pool.model.adaptedBaseline(
        method, to: pool.measured(latencies.map { factor * $0 }, 15))
      let expected = one.predict(pool.architectures).map { factor * $0 }
      #expect(largestError(other.predict(pool.architectures), expected) < 1e-8)
    }
  }

  @Test func thereAreNoDeviations() throws {
    let pool = try Pool()
    let predictor = try pool.model.adaptedBaseline(
      .macs, to: pool.measured(pool.positive(pool.latencies(pool.prior.devices[0].weights)), 3))
    var latencies = [0.0, 0]
    var deviations = [0.0, 0]
    predictor.predict(
      pool.architectures.rows([0, 1]), latencies: &latencies, deviations: &deviations)
    #expect(deviations.allSatisfy { $0.isNaN })
    #expect(latencies == Array(predictor.predict(pool.architectures)[..<2]))
  }
}

@Suite struct BaselineErrorTests {
  private func error(
    _ method: Method, _ latencies: [Double], proxy: String? = nil,
    in model: LatencyModel? = nil
  ) throws -> String {
    let pool = try Pool()
    let error = #expect(throws: HelpError.self) {
      _ = try (model ?? pool.model).adaptedBaseline(
        method, to: pool.measured(latencies, latencies.count), proxy: proxy)
    }
    return error?.message ?? ""
  }

  @Test(arguments: Method.baselines)
  func oneRowIsTooFew(_ method: Method) throws {
    let message = try error(method, [3])
    #expect(message == "1 rows are measured; method \"\(method)\" needs at least 2")
  }

  @Test(arguments: Method.allCases)
  func equalLatenciesSayNothing(_ method: Method) throws {
    for latencies in [[3.0, 3, 3, 3], [3, 3 + 1e-12, 3, 3]] {
      #expect(
        try error(method, latencies).hasPrefix(
          "the 4 measured latencies are all 3 ms, which tells no architecture from another"))
    }
  }

  @Test func aProxyIsATrainingDevice() throws {
    #expect(
      try error(.proxy, [1, 2, 3], proxy: "pixel9")
        .hasPrefix("proxy is \"pixel9\"; the model learnt from \"device0\", \"device1\""))
    #expect(
      try error(.ridge, [1, 2, 3], proxy: "device0") == "proxy is given; method \"ridge\" has none")
  }

  @Test(arguments: [Method.nearest, .proxy])
  func aModelWithoutDevicesHasNone(_ method: Method) throws {
    let model = Pool.model(in: NASBench201(), nil)
    #expect(try error(method, [1, 2, 3], in: model).contains("needs the training devices"))
  }

  /// On cells that differ only where nothing reaches the output, devices that look at live
  /// operations alone are constant.
  @Test func rowsThatLookTheSameAreRefused() throws {
    let space = NASBench201()
    let all = try Pool(space).prior
    let flat = BayesPrior(
      regressors: all.regressors, hyperparameters: all.hyperparameters,
      devices: [
        .init(
          name: "flat", weights: all.devices[0].weights.enumerated().map { $0.offset == 0 ? 1 : 0 })
      ],
      record: [:])
    for name in [nil, "flat"] {
      #expect(
        try error(.proxy, [1, 2, 3], proxy: name, in: Pool.model(in: space, flat))
          .contains("measure others"))
    }
    let rows = try ArchitectureBatch(checking: [3, 1, 0, 0, 0, 0, 1, 3, 0, 0, 0, 0], in: space)
    let error = #expect(throws: HelpError.self) {
      _ = try Pool.model(in: space, nil).adaptedBaseline(
        .ridge, to: Measurements(rows, latencies: [1, 2]))
    }
    #expect(error?.message.contains("the same operations") == true)
  }

  @Test func spacesWithoutCostsHaveNoMacs() throws {
    let space = try DescribedSpace(
      parsing: Array(
        #"{"name": "own", "genes": [{"name": "a", "choices": [1, 2, 3]}]}"#.utf8))
    let rows = try ArchitectureBatch(checking: [1, 2], in: space)
    let error = #expect(throws: HelpError.self) {
      _ = try Pool.model(in: NASBench201(), nil).adaptedBaseline(
        .macs, to: Measurements(rows, latencies: [1, 2]))
    }
    #expect(error?.kind == .unsupported)
    #expect(BaselineFunction.width(of: .parameters, in: space) == nil)
    #expect(BaselineFunction.width(of: .ridge, in: space) == 3)
  }
}

@Suite struct ChoiceCountsTests {
  private func counts(_ genes: [Int32], _ space: any SearchSpace) throws -> [Double] {
    let batch = try ArchitectureBatch(checking: genes, in: space)
    return Array(BaselineInputs(.choices, in: space).values(batch).dropFirst())
  }

  @Test func operationsAreCountedOverAllEdges() throws {
    #expect(try counts([3, 1, 3, 0, 4, 3], NASBench201()) == [1, 1, 0, 3, 1])
    #expect(ChoiceCounts(FBNet()).count == 9)
  }

  /// Three kernels, three expansions and three depths; the resolution and its square.
  @Test func deadBlocksDoNotCount() throws {
    let space = OFAMobileNetV3()
    var genes = space.genes.map(\.idle)
    #expect(try counts(genes, space) == [10, 0, 0, 10, 0, 0, 5, 0, 0, 160, 25600])
    genes[space.width - 1] = 224
    genes[0] = 7
    #expect(try counts(genes, space) == [9, 0, 1, 10, 0, 0, 5, 0, 0, 224, 50176])
  }
}

extension LatencyModel {
  fileprivate func adaptedBaseline(
    _ method: Method, to measurements: Measurements, proxy: String? = nil
  ) throws(HelpError) -> Predictor {
    var settings = AdaptationSettings()
    settings.proxy = proxy
    return try adapted(by: method, to: measurements, settings)
  }
}
