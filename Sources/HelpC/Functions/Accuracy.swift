import CHelp
import HelpBase
import HelpPredictor
import HelpSpaces
import HelpStorage

// help.h: accuracy models.

@c @implementation
public func help_accuracy_load(
  _ path: UnsafePointer<CChar>?, _ out: UnsafeMutablePointer<OpaquePointer?>?
) -> help_status {
  guarded("help_accuracy_load") { () throws(HelpError) in try Handles.accuracy.load(path, to: out) }
}

@c @implementation
public func help_accuracy_load_memory(
  _ data: UnsafeRawPointer?, _ size: Int, _ out: UnsafeMutablePointer<OpaquePointer?>?
) -> help_status {
  guarded("help_accuracy_load_memory") { () throws(HelpError) in
    try Handles.accuracy.load(data, size, to: out)
  }
}

@c @implementation
public func help_accuracy_save(
  _ accuracy: OpaquePointer?, _ path: UnsafePointer<CChar>?
) -> help_status {
  guarded("help_accuracy_save") { () throws(HelpError) in
    try Handles.accuracy.save(accuracy, to: path)
  }
}

@c @implementation
public func help_accuracy_write(
  _ accuracy: OpaquePointer?, _ out: UnsafeMutablePointer<help_buffer>?
) -> help_status {
  guarded("help_accuracy_write") { () throws(HelpError) in
    try Handles.accuracy.write(accuracy, to: out)
  }
}

@c @implementation
public func help_accuracy_free(_ accuracy: OpaquePointer?) { Handles.accuracy.free(accuracy) }

@c @implementation
public func help_accuracy_space(
  _ accuracy: OpaquePointer?, _ out: UnsafeMutablePointer<OpaquePointer?>?
) -> help_status {
  guarded("help_accuracy_space") { () throws(HelpError) in
    try Handles.accuracy.space(of: accuracy, to: out)
  }
}

@c @implementation
public func help_accuracy_describe(
  _ accuracy: OpaquePointer?, _ out: UnsafeMutablePointer<help_buffer>?
) -> help_status {
  guarded("help_accuracy_describe") { () throws(HelpError) in
    try Handles.accuracy.describe(accuracy, to: out)
  }
}

@c @implementation
public func help_accuracy_predict(
  _ accuracy: OpaquePointer?, _ archs: UnsafePointer<Int32>?, _ n: Int, _ stride: Int,
  _ out: UnsafeMutablePointer<Double>?
) -> help_status {
  guarded("help_accuracy_predict") { () throws(HelpError) in
    try predict(accuracy, archs, n, stride, out)
  }
}

@c @implementation
public func help_accuracy_score(
  _ accuracy: UnsafeMutableRawPointer?, _ archs: UnsafePointer<Int32>?, _ n: Int,
  _ stride: Int, _ out: UnsafeMutablePointer<Double>?
) -> help_status {
  guarded("help_accuracy_score") { () throws(HelpError) in
    try predict(accuracy.map { OpaquePointer($0) }, archs, n, stride, out)
  }
}

private func predict(
  _ accuracy: OpaquePointer?, _ archs: UnsafePointer<Int32>?, _ n: Int, _ stride: Int,
  _ out: UnsafeMutablePointer<Double>?
) throws(HelpError) {
  let model = try Handles.accuracy.object(accuracy, "accuracy").value
  let batch = try batch(archs, n, stride, in: model.space)
  if batch.count == 0 { return }
  let out = try required(out, "out_accuracy")
  try checkMemory(for: "n", batch.count, bytesEach: RowMemory.accuracy)
  for (row, value) in model.predict(batch).enumerated() { out[row] = value }
}
