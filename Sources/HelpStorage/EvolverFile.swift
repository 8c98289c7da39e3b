import HelpBase
import HelpJSON
import HelpPredictor
import HelpSearch
import HelpSpaces

/// Searches as files, to be taken up again (docs/internals/file-format.md).
package enum EvolverFile: StoredFile {}

// MARK: - Writing

extension EvolverFile {
  package static func write(_ evolver: Evolver) throws(HelpError) -> [UInt8] {
    var tensors = SafeTensorsWriter()
    for (place, predictor) in evolver.task.predictors.enumerated() {
      tensors.add("predictors.\(place)", bytes: try PredictorFile.write(predictor))
    }
    let state = evolver.state
    state.write(
      to: &tensors, warmStart: evolver.settings.warmStart, width: evolver.task.space.width)
    return try HelpFile.bytes(
      .evolver, description: describe(evolver.task, evolver.settings, state), tensors: tensors)
  }

  package static func describe(_ evolver: Evolver) -> JSONValue {
    describe(evolver.task, evolver.settings, evolver.state)
  }

  private static func describe(
    _ task: SearchTask, _ settings: SearchSettings, _ state: EvolverState
  ) -> JSONValue {
    let first: JSONValue = [
      "kind": "latency", "maximum": .finite(task.limit),
      "confidence": .number(task.latency.confidence),
    ]
    return [
      "format_version": .integer(Int64(HelpFile.version)),
      "limits": .array([first] + task.limits.map(\.description)),
      "top_k": .integer(Int64(task.topK)), "settings": settings.description,
      "state": state.description,
    ]
  }
}

extension SearchTask {
  /// Of all latency limits, in their order.
  fileprivate var predictors: [Predictor] {
    [latency.predictor]
      + limits.compactMap {
        if case .latency(let bound) = $0.quantity { bound.predictor } else { nil }
      }
  }
}

extension SearchLimit {
  fileprivate var description: JSONValue {
    switch quantity {
    case .latency(let bound):
      [
        "kind": "latency", "maximum": .finite(maximum), "confidence": .number(bound.confidence),
      ]
    case .macs: ["kind": "macs", "maximum": .finite(maximum)]
    case .parameters: ["kind": "parameters", "maximum": .finite(maximum)]
    }
  }
}

// MARK: - Reading

extension EvolverFile {
  package static func read(_ bytes: [UInt8]) throws(HelpError) -> Evolver {
    do throws(HelpError) {
      return try parse(bytes)
    } catch {
      // A setting that a host could not have set, or predictors of several spaces.
      let isOfHost = error.kind == .argument || error.kind == .mismatch
      throw HelpError(isOfHost ? .format : error.kind ?? .internal, error.message)
    }
  }

  private static func parse(_ bytes: [UInt8]) throws(HelpError) -> Evolver {
    let file = try HelpFile(parsing: bytes, as: .evolver)
    let description = file.description
    try description.onlyKeys(["format_version", "limits", "top_k", "settings", "state"])
    let (task, predictors) = try task(description, file.tensors)
    let shapes = EvolverShapes(file.tensors, width: task.space.width)
    try file.tensors.checkNames(
      EvolverShapes.names + (0..<predictors).map { "predictors.\($0)" })
    var settings = try SearchSettings(try description.member("settings"))
    settings.warmStart = try shapes.warmStart(in: task.space)
    let state = try EvolverState(
      try description.member("state"), shapes, task: task, settings: settings)
    return try Evolver(settings, task, resuming: state)
  }

  /// The first limit is that of `limit_ms`.
  private static func task(
    _ description: JSONReader, _ tensors: SafeTensors
  ) throws(HelpError) -> (SearchTask, predictors: Int) {
    var predictors = 0
    var limits: [SearchLimit] = []
    let stored = try description.array("limits")
    let most = 1 + SearchTask.maximumLimits
    guard (1...most).contains(stored.count) else {
      throw HelpError(.format, "description.limits has \(stored.count) elements, not 1...\(most)")
    }
    for limit in stored {
      do throws(HelpError) {
        limits.append(try read(limit, tensors, &predictors))
      } catch {
        throw error.inside("\(limit.path).")
      }
    }
    guard case .latency(let bound) = limits[0].quantity else {
      throw HelpError(.format, "description.limits[0] is not of kind \"latency\"")
    }
    let task = try SearchTask(
      latency: bound, limit: limits[0].maximum, limits: Array(limits.dropFirst()),
      topK: try description.integer("top_k", in: 1...Int.max))
    return (task, predictors)
  }

  private static func read(
    _ limit: JSONReader, _ tensors: SafeTensors, _ predictors: inout Int
  ) throws(HelpError) -> SearchLimit {
    let kind = try limit.string("kind")
    let isLatency = kind == "latency"
    try limit.onlyKeys(["kind", "maximum"] + (isLatency ? ["confidence"] : []))
    let maximum = try limit.optionalNumber("maximum") ?? .infinity
    switch kind {
    case "latency":
      let predictor = try PredictorFile.read(try tensors.bytes("predictors.\(predictors)"))
      predictors += 1
      let bound = try LatencyBound(
        predictor, confidence: try limit.number("confidence", in: 0.5...1))
      return try SearchLimit(.latency(bound), maximum: maximum)
    case "macs": return try SearchLimit(.macs, maximum: maximum)
    case "parameters": return try SearchLimit(.parameters, maximum: maximum)
    default:
      throw HelpError(
        .format,
        "\(limit.path).kind is \"\(kind.excerpt)\", not \"latency\", \"macs\" or \"parameters\"")
    }
  }
}
