import HelpBase
import HelpNumerics
@testable import HelpPredictor
import HelpSpaces
import Testing

/// The additive table is the predictor, for every space and every linear method.
@Suite struct AdditiveTableTests {
  static let spaces = ["nasbench201", "fbnet", "ofa-mbv3", "hat-wmt14-en-de", "hat-iwslt14-de-en"]

  private func adapted(_ name: String, _ method: Method) throws -> (Predictor, ArchitectureBatch) {
    let space = try SpaceRegistry.space(named: name)
    var random = RandomSource(seed: 3)
    let rows = space.sample(60, using: &random)
    let latencies = (0..<14).map { row in
      (space.macs(rows[row]) ?? 0) * random.uniform(in: 0.9...1.1) / 1e7 + 3
    }
    let measurements = try Measurements(rows.rows(Array(0..<14)), latencies: latencies)
    let predictor = try LatencyModel(describing: space).adapted(by: method, to: measurements)
    return (predictor, rows)
  }

  private func total(_ table: AdditiveTable, _ row: ArchitectureRow, _ genes: GeneList) -> Double {
    table.terms.reduce(table.constant) { sum, term in
      let place = term.genes.reduce(0) { place, gene in
        let choices = genes[gene].choices
        return place * choices.count + (choices.firstIndex(of: row[gene]) ?? 0)
      }
      return sum + term.latencies[place]
    }
  }

  @Test(arguments: spaces, [Method.bayes, .ridge, .macs, .parameters])
  func theTableIsThePredictor(_ name: String, _ method: Method) throws {
    let (predictor, rows) = try adapted(name, method)
    let table = try predictor.additiveTable()
    for (row, latency) in predictor.predict(rows).enumerated() {
      let sum = total(table, rows[row], rows.space.genes)
      #expect(abs(sum - latency) <= 1e-9 * abs(latency))
    }
  }

  /// An entry of genes that no other term shares is the difference from the anchor, and its
  /// deviation that of the difference, without noise.
  @Test func deviationsAreThoseOfDifferences() throws {
    let (predictor, rows) = try adapted("fbnet", .bayes)
    let table = try predictor.additiveTable()
    #expect(table.terms.allSatisfy { $0.deviations.count == $0.latencies.count })
    #expect(table.terms.allSatisfy { $0.deviations[0] == 0 && $0.latencies[0] == 0 })
    let function = try #require(predictor.function as? BayesPredictor)
    var other = [Int32](repeating: 0, count: 22)
    other[5] = 3
    let anchor = ArchitectureBatch(
      checked: [Int32](repeating: 0, count: 22), in: rows.space)
    var whole = [0.0]
    function.writeDifferenceDeviations(
      ArchitectureBatch(checked: other, in: rows.space), anchor, to: &whole)
    let entry = try #require(table.terms.first { $0.genes == [5] }).deviations[3]
    #expect(entry > 0 && entry < whole[0])
  }

  @Test func helpsNetworkHasNone() throws {
    let (network, devices) = try SyntheticDevices.model()
    let latencies = devices.latencies(device: 50)
    let predictor = try network.adapted(
      to: Measurements(
        devices.architectures.rows(Array(0..<6)), latencies: Array(latencies[..<6])),
      HelpSettings())
    let error = #expect(throws: HelpError.self) { _ = try predictor.additiveTable() }
    #expect(error?.kind == .unsupported)
  }
}
