import CHelp
import HelpBase
import HelpPredictor
import HelpSearch
import HelpSpaces

// help.h: searching step by step.

@c @implementation
public func help_evolver_new(
  _ predictor: OpaquePointer?, _ limit: Double, _ options: UnsafePointer<help_search_options>?,
  _ topK: Int, _ out: UnsafeMutablePointer<OpaquePointer?>?
) -> help_status {
  guarded("help_evolver_new") { () throws(HelpError) in
    let predictor = try Handles.predictor.object(predictor, "predictor").value
    let out = try required(out, "out")
    write(Handles.evolver, try evolver(predictor, limit, options, topK: topK), to: out)
  }
}

@c @implementation
public func help_evolver_free(_ evolver: OpaquePointer?) { Handles.evolver.free(evolver) }

@c @implementation
public func help_evolver_set_cancel(
  _ evolver: OpaquePointer?, _ cancel: OpaquePointer?
) -> help_status {
  guarded("help_evolver_set_cancel") { () throws(HelpError) in
    let object = try Handles.evolver.object(evolver, "evolver")
    object.cancel = try cancelFlag(cancel, "cancel")
  }
}

@c @implementation
public func help_evolver_batch(_ evolver: OpaquePointer?) -> Int {
  Handles.evolver.object(evolver)?.evolver.settings.largestBatch ?? 0
}

@c @implementation
public func help_evolver_ask(
  _ evolver: OpaquePointer?, _ archs: UnsafeMutablePointer<Int32>?, _ capacity: Int,
  _ stride: Int, _ latency: UnsafeMutablePointer<Double>?, _ outCount: UnsafeMutablePointer<Int>?
) -> help_status {
  guarded("help_evolver_ask") { () throws(HelpError) in
    let object = try Handles.evolver.object(evolver, "evolver")
    let rows = try count(
      capacity, "capacity", in: object.evolver.settings.largestBatch...maximumRows)
    let archs = try ArchitectureOutput(
      archs, rows: rows, stride: stride, width: object.evolver.task.space.width)
    let outCount = try required(outCount, "out_count")
    let asked = try object.evolver.ask { object.cancel?.isRequested ?? false }
    for (row, genes) in asked.genes.enumerated() {
      archs.write(genes, row: row)
      latency?[row] = asked.latencies[row]
    }
    outCount.pointee = asked.count
  }
}

@c @implementation
public func help_evolver_tell(
  _ evolver: OpaquePointer?, _ accuracy: UnsafePointer<Double>?, _ n: Int
) -> help_status {
  guarded("help_evolver_tell") { () throws(HelpError) in
    let object = try Handles.evolver.object(evolver, "evolver")
    let awaited = object.evolver.awaited
    // Before anything is read: the host's array may be as short as n is wrong.
    guard n == awaited || awaited == 0 else {
      throw HelpError(
        .callback, "n is \(UInt(bitPattern: n)), but \(awaited) architectures were asked")
    }
    try object.evolver.tell(doubles(accuracy, awaited, "accuracy"))
  }
}

@c @implementation
public func help_evolver_results(
  _ evolver: OpaquePointer?, _ topK: Int, _ archs: UnsafeMutablePointer<Int32>?, _ stride: Int,
  _ outAccuracy: UnsafeMutablePointer<Double>?, _ latency: UnsafeMutablePointer<Double>?,
  _ outCount: UnsafeMutablePointer<Int>?, _ report: UnsafeMutablePointer<help_search_report>?
) -> help_status {
  guarded("help_evolver_results") { () throws(HelpError) in
    let evolver = try Handles.evolver.object(evolver, "evolver").evolver
    let topK = try count(topK, "top_k", in: 1...evolver.task.topK)
    let results = try SearchResults(
      topK: topK, archs: archs, stride: stride, accuracy: outAccuracy, latency: latency,
      count: outCount, report: report, space: evolver.task.space)
    try results.write(evolver.outcome(topK: topK))
  }
}

@c @implementation
public func help_evolver_space(
  _ evolver: OpaquePointer?, _ out: UnsafeMutablePointer<OpaquePointer?>?
) -> help_status {
  guarded("help_evolver_space") { () throws(HelpError) in
    try Handles.evolver.space(of: evolver, to: out)
  }
}

@c @implementation
public func help_evolver_predictor(
  _ evolver: OpaquePointer?, _ out: UnsafeMutablePointer<OpaquePointer?>?
) -> help_status {
  guarded("help_evolver_predictor") { () throws(HelpError) in
    let evolver = try Handles.evolver.object(evolver, "evolver").evolver
    let out = try required(out, "out")
    write(Handles.predictor, Shared(evolver.task.latency.predictor), to: out)
  }
}

@c @implementation
public func help_evolver_describe(
  _ evolver: OpaquePointer?, _ out: UnsafeMutablePointer<help_buffer>?
) -> help_status {
  guarded("help_evolver_describe") { () throws(HelpError) in
    try Handles.evolver.describe(evolver, to: out)
  }
}

@c @implementation
public func help_evolver_save(
  _ evolver: OpaquePointer?, _ path: UnsafePointer<CChar>?
) -> help_status {
  guarded("help_evolver_save") { () throws(HelpError) in try Handles.evolver.save(evolver, to: path)
  }
}

@c @implementation
public func help_evolver_write(
  _ evolver: OpaquePointer?, _ out: UnsafeMutablePointer<help_buffer>?
) -> help_status {
  guarded("help_evolver_write") { () throws(HelpError) in
    try Handles.evolver.write(evolver, to: out)
  }
}

@c @implementation
public func help_evolver_load(
  _ path: UnsafePointer<CChar>?, _ out: UnsafeMutablePointer<OpaquePointer?>?
) -> help_status {
  guarded("help_evolver_load") { () throws(HelpError) in try Handles.evolver.load(path, to: out) }
}

@c @implementation
public func help_evolver_load_memory(
  _ data: UnsafeRawPointer?, _ size: Int, _ out: UnsafeMutablePointer<OpaquePointer?>?
) -> help_status {
  guarded("help_evolver_load_memory") { () throws(HelpError) in
    try Handles.evolver.load(data, size, to: out)
  }
}
