import HelpBase
import HelpJSON
import HelpNumerics
import HelpPredictor
import HelpSearch
import HelpSpaces
@testable import HelpStorage
import Testing

private func accuracies(_ rows: FeasibleBatch) -> [Double] {
  rows.genes.map { $0.reduce(0) { 3 * $0 + Double($1) }.truncatingRemainder(dividingBy: 101) }
}

private func sample(
  in space: any SearchSpace = NASBench201(), steps: Int, warm: Bool = false,
  _ change: (inout SearchSettings) -> Void = { _ in }
) throws -> Evolver {
  var settings = SearchSettings()
  settings.strategy = .evolve
  settings.population = 8
  settings.generations = 6
  settings.seed = .max
  if warm {
    var random = RandomSource(seed: 2)
    settings.warmStart = space.sample(3, using: &random)
  }
  change(&settings)
  let other = try SearchLimit(
    .latency(LatencyBound(samplePredictor(in: space, draws: 1), confidence: nil)), maximum: 1e9)
  let task = try SearchTask(
    latency: LatencyBound(samplePredictor(in: space), confidence: 0.5), limit: .infinity,
    limits: [other]
      + (space.name == "own" ? [] : [SearchLimit(.macs, minimum: 5, maximum: 1e12)]), topK: 4)
  var evolver = try Evolver(settings, task)
  for _ in 0..<steps { try evolver.tell(accuracies(try evolver.ask())) }
  return evolver
}

@Suite struct EvolverFileTests {
  private func expectGoesOn(_ evolver: Evolver) throws {
    let bytes = try EvolverFile.write(evolver)
    var read = try EvolverFile.read(bytes)
    #expect(try EvolverFile.write(read) == bytes)
    var straight = evolver
    while true {
      let rows = try straight.ask()
      let same = try read.ask()
      #expect(same.genes == rows.genes && same.latencies == rows.latencies)
      if rows.count == 0 { break }
      try straight.tell(accuracies(rows))
      try read.tell(accuracies(rows))
    }
    #expect(read.outcome(topK: 4).found == straight.outcome(topK: 4).found)
    #expect("\(read.outcome(topK: 4).report)" == "\(straight.outcome(topK: 4).report)")
  }

  @Test(arguments: [0, 1, 3, 7])
  func whatIsReadGoesOn(_ steps: Int) throws {
    try expectGoesOn(sample(steps: steps))
    try expectGoesOn(sample(steps: steps, warm: true) { $0.objective = .pareto })
    try expectGoesOn(sample(in: SampleSpace.own.space, steps: steps))
  }

  @Test func rowsThatWereAskedAreAskedAgain() throws {
    var evolver = try sample(steps: 2)
    let rows = try evolver.ask()
    var read = try EvolverFile.read(try EvolverFile.write(evolver))
    #expect(try read.ask().genes == rows.genes)
    try expectGoesOn(evolver)
  }

  @Test func infiniteScoresAreKept() throws {
    var evolver = try sample(steps: 0)
    let rows = try evolver.ask()
    try evolver.tell((0..<rows.count).map { $0 == 0 ? .infinity : -.infinity })
    let read = try EvolverFile.read(try EvolverFile.write(evolver))
    #expect(read.outcome(topK: 4).found == evolver.outcome(topK: 4).found)
    try expectGoesOn(evolver)
  }

  @Test func infiniteScoresOfAFrontAreKept() throws {
    var evolver = try sample(steps: 0) { $0.objective = .pareto }
    let rows = try evolver.ask()
    try evolver.tell((0..<rows.count).map { $0 == 0 ? -.infinity : Double($0) })
    #expect(evolver.outcome(topK: 4).report.referenceAccuracy == 1)
    try expectGoesOn(evolver)
  }

  @Test func everyTruncationIsRefused() throws {
    let bytes = try EvolverFile.write(sample(steps: 1))
    for count in stride(from: 0, to: bytes.count, by: 7) {
      #expect(throws: HelpError.self) { _ = try EvolverFile.read(Array(bytes[..<count])) }
    }
  }

  /// A description with one text replaced, under a checksum that fits.
  private func changed(_ bytes: [UInt8], _ old: String, _ new: String) throws -> [UInt8] {
    let file = try HelpFile(parsing: bytes, as: .evolver)
    let text = try JSON.text(file.description.value)
    #expect(text.contains(old))
    let description = text.split(separator: old, maxSplits: 1, omittingEmptySubsequences: false)
      .joined(separator: new)
    return try rewritten(bytes, description: description)
  }

  private func rewritten(_ bytes: [UInt8], description: String) throws -> [UInt8] {
    let file = try SafeTensors(parsing: bytes)
    var checksum = Checksum()
    checksum.add(Array(description.utf8)[...])
    checksum.add(file.data)
    let length = Int(bytes[0]) | Int(bytes[1]) << 8 | Int(bytes[2]) << 16
    let header = try JSON.parse(Array(bytes[8..<(8 + length)]), what: "header")
    guard case .object(let members) = header else { return [] }
    let metadata: JSONValue = [
      "format": "libhelp-evolver", "description": .string(description),
      "checksum": .string(checksum.text),
    ]
    let pairs = members.map { ($0.key, $0.key == "__metadata__" ? metadata : $0.value) }
    let newHeader = Array(try JSON.text(.object(pairs: pairs)).utf8)
    return withUnsafeBytes(of: UInt64(newHeader.count).littleEndian, Array.init) + newHeader
      + file.data
  }

  @Test(arguments: [
    ("\"population\":8", "\"population\":0"), ("\"generation\":1", "\"generation\":null"),
    ("\"generation\":1", "\"generation\":-1"), ("\"objective\":0", "\"objective\":9"),
    ("\"confidence\":0.5", "\"confidence\":1"), ("\"kind\":\"macs\"", "\"kind\":\"watts\""),
    ("\"minimum\":5", "\"minimum\":1e13"), ("\"minimum\":5", "\"minimum\":-1"),
    ("\"minimum\":5", "\"minimum\":null"),
    ("\"maximum\":null", "\"maximum\":null,\"minimum\":5"),
    ("\"kind\":\"macs\"", "\"kind\":\"latency\""), ("\"top_k\":4", "\"top_k\":0"),
    ("\"seed\":\"1", "\"seed\":\"x"), ("\"random\":[", "\"random\":[\"1\","),
    ("\"idle\":", "\"idle\":1e3,\"more\":"),
    ("\"evaluations\":\"14\"", "\"evaluations\":\"18446744073709551616\""),
    ("\"evaluations\":\"14\"", "\"evaluations\":\"18446744073709551615\""),
    ("\"evaluations\":\"14\"", "\"evaluations\":14"),
    ("\"slowest_ms\":", "\"slowest_ms\":\"nan\",\"more\":"),
  ])
  func impossibleDescriptionsAreRefused(_ old: String, _ new: String) throws {
    let bytes = try changed(EvolverFile.write(sample(steps: 2)), old, new)
    let error = #expect(throws: HelpError.self) { _ = try EvolverFile.read(bytes) }
    #expect(error?.kind == .format || error?.kind == .unsupported)
  }

  @Test func moreRowsThanABatchAreRefused() throws {
    var evolver = try sample(steps: 0)
    _ = try evolver.ask()
    let bytes = try changed(
      EvolverFile.write(evolver), "\"population\":8", "\"population\":2")
    let error = #expect(throws: HelpError.self) { _ = try EvolverFile.read(bytes) }
    #expect(error?.kind == .format)
  }
}
