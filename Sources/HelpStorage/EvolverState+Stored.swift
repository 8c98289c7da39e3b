import HelpBase
import HelpJSON
import HelpSearch
import HelpSpaces

/// What has changed in an evolver, in its file.
extension EvolverState {
  private static let keys = [
    "random", "generation", "idle", "evaluations", "predictions", "smallest_latency_ms",
    "slowest_ms", "least_accurate",
  ]

  var description: JSONValue {
    [
      "random": .strings(random.map { String($0) }),
      "generation": generation.map { .integer(Int64($0)) } ?? .null,
      "idle": .integer(Int64(idle)),
      "evaluations": .string(String(evaluations)), "predictions": .string(String(predictions)),
      "smallest_latency_ms": Self.value(smallestLatency), "slowest_ms": Self.value(slowest),
      "least_accurate": Self.value(leastAccurate),
    ]
  }

  func write(to tensors: inout SafeTensorsWriter, warmStart: ArchitectureBatch?, width: Int) {
    func add(_ name: String, _ rows: [[Int32]]) {
      tensors.add(name, shape: [rows.count, width], integers: rows.flatMap { $0 })
    }
    func add(_ name: String, _ items: [ScoredArchitecture]) {
      add("\(name).genes", items.map { $0.genes })
      tensors.add(
        "\(name).scores", shape: [items.count, 2],
        doubles: items.flatMap { [$0.accuracy, $0.latency] })
    }
    add("known", known)
    add("survivors", survivors)
    add("kept", kept)
    add("asked.genes", asked.genes)
    tensors.add("asked.latencies", shape: [asked.count], doubles: asked.latencies)
    tensors.add(
      "warm_start", shape: [warmStart?.count ?? 0, width], integers: warmStart?.genes ?? [])
  }

  init(
    _ stored: JSONReader, _ shapes: EvolverShapes, task: SearchTask, settings: SearchSettings
  ) throws(HelpError) {
    self.init()
    try stored.onlyKeys(Self.keys)
    random = try Self.words(stored)
    if case .null = try stored.member("generation").value {
      generation = nil
    } else {
      generation = try stored.integer("generation", in: 0...settings.generations)
    }
    idle = try stored.integer("idle", in: 0...settings.generations + 1)
    evaluations = try Self.counter(stored, "evaluations")
    predictions = try Self.counter(stored, "predictions")
    smallestLatency = try Self.number(stored, "smallest_latency_ms")
    slowest = try Self.number(stored, "slowest_ms")
    leastAccurate = try Self.number(stored, "least_accurate")
    try readRows(shapes, task.space, settings)
  }

  /// Far enough below the largest that counting on does not overflow.
  private static func counter(_ stored: JSONReader, _ key: String) throws(HelpError) -> UInt64 {
    let count = try stored.member(key).wholeNumber()
    guard count <= UInt64(Int64.max) else {
      throw HelpError(.format, "\(stored.path).\(key) is \(count), not at most \(Int64.max)")
    }
    return count
  }

  /// A host may tell infinite accuracies, which JSON's numbers cannot hold.
  private static func value(_ number: Double) -> JSONValue {
    number.isInfinite ? .string(number > 0 ? "inf" : "-inf") : .finite(number)
  }

  /// The inverse of `value`; null is NaN.
  private static func number(_ stored: JSONReader, _ key: String) throws(HelpError) -> Double {
    switch try stored.member(key).value {
    case .string("inf"): return .infinity
    case .string("-inf"): return -.infinity
    default: return try stored.optionalNumber(key) ?? .nan
    }
  }

  private static func words(_ stored: JSONReader) throws(HelpError) -> [UInt64] {
    var words: [UInt64] = []
    for word in try stored.array("random") { words.append(try word.wholeNumber()) }
    guard words.count == 4, words.contains(where: { $0 != 0 }) else {
      throw HelpError(.format, "\(stored.path).random is not four numbers that are not all 0")
    }
    return words
  }

  private mutating func readRows(
    _ shapes: EvolverShapes, _ space: any SearchSpace, _ settings: SearchSettings
  ) throws(HelpError) {
    known = try shapes.rows("known", in: space)
    survivors = try shapes.items("survivors", in: space)
    kept = try shapes.items("kept", in: space)
    let rows = try shapes.rows("asked.genes", in: space)
    let latencies = try shapes.tensors.doubles("asked.latencies", shape: [rows.count])
    for (row, latency) in zip(rows, latencies) { asked.append(row, latency: latency) }
    guard rows.count <= settings.largestBatch else {
      throw HelpError(
        .format, "\(rows.count) rows are asked, more than the \(settings.largestBatch) of a batch")
    }
    guard (generation != nil) != survivors.isEmpty else {
      throw HelpError(
        .format, "the evolver has \(survivors.count) survivors in generation \(generation ?? -1)")
    }
  }
}

/// The rows of an evolver's tensors; how many there are the file decides.
struct EvolverShapes {
  static let names = [
    "known", "survivors.genes", "survivors.scores", "kept.genes", "kept.scores", "asked.genes",
    "asked.latencies", "warm_start",
  ]

  let tensors: SafeTensors
  private let width: Int

  init(_ tensors: SafeTensors, width: Int) {
    self.tensors = tensors
    self.width = width
  }

  private func batch(_ name: String, in space: any SearchSpace) throws(HelpError)
    -> ArchitectureBatch
  {
    let count = try tensors.shape(of: name).first ?? 0
    let genes = try tensors.integers(name, shape: [count, width])
    do throws(HelpError) {
      return try ArchitectureBatch(checking: genes, in: space)
    } catch {
      throw HelpError(.format, "tensor \(name): \(error.message)")
    }
  }

  func rows(_ name: String, in space: any SearchSpace) throws(HelpError) -> [[Int32]] {
    let batch = try batch(name, in: space)
    return (0..<batch.count).map { Array(batch[$0].genes) }
  }

  func items(_ name: String, in space: any SearchSpace) throws(HelpError) -> [ScoredArchitecture] {
    let rows = try rows("\(name).genes", in: space)
    let scores = try tensors.scores("\(name).scores", shape: [rows.count, 2])
    return rows.enumerated().map { row, genes in
      ScoredArchitecture(genes: genes, accuracy: scores[2 * row], latency: scores[2 * row + 1])
    }
  }

  func warmStart(in space: any SearchSpace) throws(HelpError) -> ArchitectureBatch? {
    let rows = try batch("warm_start", in: space)
    return rows.count > 0 ? rows : nil
  }
}
