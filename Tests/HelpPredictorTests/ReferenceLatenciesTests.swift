import HelpBase
@testable import HelpPredictor
import HelpSpaces
import Testing

@Suite struct ReferenceLatenciesTests {
  let devices = SyntheticDevices(rows: 300, seed: 7)

  private func references(
    of latencies: [Double], _ rows: Range<Int> = 0..<300
  ) throws(HelpError) -> ReferenceLatencies {
    try ReferenceLatencies(
      of: .init(name: "odd", role: .train, latencies: latencies), references: [3, 8, 11],
      rows: rows, encodings: EncodedRows(devices.architectures))
  }

  @Test func measuredReferencesStayAsTheyAre() throws {
    let latencies = devices.latencies(device: 0)
    let found = try references(of: latencies)
    #expect(found.milliseconds == [3, 8, 11].map { latencies[$0] })
    #expect(found.estimated.isEmpty)
  }

  /// The made-up latencies are linear in the encoding.
  @Test func missingReferencesAreEstimated() throws {
    let latencies = devices.latencies(device: 0)
    var lacking = latencies
    for row in [3, 11] { lacking[row] = .nan }
    let found = try references(of: lacking)
    #expect(found.estimated == [0, 2])
    #expect(found.milliseconds[1] == latencies[8])
    for (estimate, row) in zip(found.milliseconds, [3, 8, 11]) {
      #expect(abs(estimate / latencies[row] - 1) < 0.03)
    }
  }

  /// An estimate uses no row beyond those it may.
  @Test func otherRowsDoNotMatter() throws {
    var one = devices.latencies(device: 0)
    one[3] = .nan
    var other = one
    for row in 200..<300 { other[row] = 1e6 }
    #expect(
      try references(of: one, 0..<200).milliseconds
        == references(of: other, 0..<200).milliseconds)
  }

  @Test func estimatesStayInTheMeasuredRange() throws {
    let latencies = devices.latencies(device: 0)
    let order = latencies.indices.sorted { latencies[$0] < latencies[$1] }
    // References at both ends, which the regression would put beyond the others.
    let rows = [order[0], order[299]]
    var lacking = latencies
    for row in rows { lacking[row] = .nan }
    let found = try ReferenceLatencies(
      of: .init(name: "odd", role: .train, latencies: lacking), references: rows, rows: 0..<300,
      encodings: EncodedRows(devices.architectures))
    let measured = lacking.filter { !$0.isNaN }
    #expect(found.milliseconds[0] >= measured.min() ?? .nan)
    #expect(found.milliseconds[1] <= measured.max() ?? .nan)
  }

  @Test func estimatesTakeEnoughRows() throws {
    var latencies = devices.latencies(device: 0)
    latencies[8] = .nan
    #expect(throws: Never.self) { _ = try references(of: latencies, 0..<101) }
    let error = #expect(throws: HelpError.self) { _ = try references(of: latencies, 0..<100) }
    #expect(error?.message.contains("\"odd\" lacks reference 1, row 8") == true)
  }

  @Test func aModelSaysWhichReferencesWereEstimated() throws {
    var dataset = try LatencyDataset(devices.architectures)
    for number in 0..<4 {
      var latencies = devices.latencies(device: number)
      if number % 2 == 1 { latencies[number] = .nan }
      try dataset.add(
        .init(name: "d\(number)", role: number == 3 ? .valid : .train, latencies: latencies))
    }
    try dataset.setReferences([0, 1, 2, 3])
    var training = try ModelTraining(dataset, SyntheticDevices.options)
    let model = try training.run { #expect($0.loss.isFinite) }
    #expect(
      model.record["estimated_references"]
        == [["device": "d1", "places": [1]], ["device": "d3", "places": [3]]])
  }
}

@Suite struct RidgeRegressionTests {
  /// One column of ±1, a constant one, and a penalty of 0.01 n: the slope shrinks by 1.01.
  @Test func oneColumnShrinksByThePenalty() throws {
    let rows: [ArraySlice<Float>] = [[5, 1], [5, -1], [5, 1], [5, -1]]
    let regression = try #require(RidgeRegression(rows, targets: [14, 6, 12, 8]))
    #expect(abs(regression([5, 1]) - (10 + 3 / 1.01)) < 1e-12)
    #expect(abs(regression([7, -2]) - (10 - 6 / 1.01)) < 1e-12)
  }

  @Test func constantRowsGiveTheMean() throws {
    let rows: [ArraySlice<Float>] = [[5, 1], [5, 1]]
    let regression = try #require(RidgeRegression(rows, targets: [1, 3]))
    #expect(abs(regression([0, 0]) - 2) < 1e-12)
  }

  @Test func tooManyColumnsAreRefused() {
    let rows = (0..<2).map { row in
      [Float](repeating: Float(row), count: RidgeRegression.maximumColumns + 1)[...]
    }
    #expect(RidgeRegression(rows, targets: [1, 3]) == nil)
    #expect(RidgeRegression(rows.map { $0.dropLast() }, targets: [1, 3]) != nil)
  }
}
