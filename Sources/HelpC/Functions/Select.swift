import CHelp
import HelpBase
import HelpPredictor
import HelpSpaces

// help.h: choosing what to measure.

@c @implementation
public func help_select(
  _ model: OpaquePointer?, _ pool: UnsafePointer<Int32>?, _ n: Int, _ stride: Int,
  _ measured: UnsafePointer<Int32>?, _ measuredCount: Int, _ measuredStride: Int, _ want: Int,
  _ rows: UnsafeMutablePointer<Int>?
) -> help_status {
  guarded("help_select") { () throws(HelpError) in
    let model = try Handles.model.object(model, "model").value
    let measured = try batch(
      measured, measuredCount, measuredStride, in: model.space,
      BatchNames(archs: "measured", count: "measured_count", stride: "measured_stride"))
    try writeSelected(pool, n, stride, want, of: model, given: measured, to: rows)
  }
}

@c @implementation
public func help_predictor_select(
  _ predictor: OpaquePointer?, _ pool: UnsafePointer<Int32>?, _ n: Int, _ stride: Int,
  _ want: Int, _ rows: UnsafeMutablePointer<Int>?
) -> help_status {
  guarded("help_predictor_select") { () throws(HelpError) in
    let fitting = try Handles.predictor.object(predictor, "predictor").value.kept()
    try writeSelected(
      pool, n, stride, want, of: fitting.model, given: fitting.measurements.architectures,
      to: rows)
  }
}

/// Writes the rows of the pool to measure next.
private func writeSelected(
  _ pool: UnsafePointer<Int32>?, _ n: Int, _ stride: Int, _ want: Int, of model: LatencyModel,
  given measured: ArchitectureBatch, to rows: UnsafeMutablePointer<Int>?
) throws(HelpError) {
  let pool = try batch(pool, n, stride, in: model.space, BatchNames(archs: "pool"))
  let want = try count(want, "want", in: 0...min(pool.count, SelectionSettings.maximumCount))
  if want == 0 { return }
  let out = try required(rows, "out_rows")
  try checkMemory(for: "n", pool.count + measured.count, bytesEach: RowMemory.selection)
  let chosen = try model.selected(from: pool, count: want, given: measured)
  for (place, row) in chosen.enumerated() { out[place] = row }
}
