import CHelp
import HelpBase
import HelpPredictor
import HelpSpaces

// help.h: predicting.

@c @implementation
public func help_predict(
  _ predictor: OpaquePointer?, _ archs: UnsafePointer<Int32>?, _ n: Int, _ stride: Int,
  _ latency: UnsafeMutablePointer<Double>?, _ deviation: UnsafeMutablePointer<Double>?
) -> help_status {
  guarded("help_predict") { () throws(HelpError) in
    let predictor = try Handles.predictor.object(predictor, "predictor").value
    let batch = try batch(archs, n, stride, in: predictor.space)
    if batch.count == 0 { return }
    try checkMemory(for: "n", batch.count, bytesEach: RowMemory.prediction)
    predictor.predict(
      batch, latencies: try required(latency, "out_latency_ms"), deviations: deviation)
  }
}

@c @implementation
public func help_predict_interval(
  _ predictor: OpaquePointer?, _ archs: UnsafePointer<Int32>?, _ n: Int, _ stride: Int,
  _ level: Double, _ lower: UnsafeMutablePointer<Double>?, _ upper: UnsafeMutablePointer<Double>?
) -> help_status {
  guarded("help_predict_interval") { () throws(HelpError) in
    let predictor = try Handles.predictor.object(predictor, "predictor").value
    try predictor.checkIntervals(level: level)
    let batch = try batch(archs, n, stride, in: predictor.space)
    if batch.count == 0 { return }
    try checkMemory(for: "n", batch.count, bytesEach: RowMemory.interval)
    predictor.intervals(
      batch, level: level, lower: try required(lower, "out_lower_ms"),
      upper: try required(upper, "out_upper_ms"))
  }
}

@c @implementation
public func help_predict_compare(
  _ predictor: OpaquePointer?, _ archsA: UnsafePointer<Int32>?, _ archsB: UnsafePointer<Int32>?,
  _ n: Int, _ stride: Int, _ probability: UnsafeMutablePointer<Double>?
) -> help_status {
  guarded("help_predict_compare") { () throws(HelpError) in
    let predictor = try Handles.predictor.object(predictor, "predictor").value
    let a = try batch(archsA, n, stride, in: predictor.space, BatchNames(archs: "archs_a"))
    let b = try batch(archsB, n, stride, in: predictor.space, BatchNames(archs: "archs_b"))
    if a.count == 0 { return }
    try checkMemory(for: "n", a.count, bytesEach: RowMemory.interval)
    try predictor.writeProbabilities(
      a, fasterThan: b, to: try required(probability, "out_probability"))
  }
}
