import CHelp
import HelpBase
import HelpJSON
import HelpPredictor
import HelpSearch
import HelpSpaces
import HelpStorage

// What the handles whose objects have files share: loading, saving, describing.

/// A value with a file of its own, over a space.
protocol StoredValue {
  associatedtype File: StoredFile where File.Value == Self
  var space: any SearchSpace { get }
}

extension LatencyModel: StoredValue { typealias File = ModelFile }
extension Predictor: StoredValue { typealias File = PredictorFile }
extension AccuracyModel: StoredValue { typealias File = AccuracyFile }

extension Evolver: StoredValue {
  typealias File = EvolverFile
  var space: any SearchSpace { task.space }
}

/// What a handle keeps alive for one such value.
protocol ValueObject: AnyObject {
  associatedtype Value
  var value: Value { get }
  init(_ value: Value)
}

extension Shared: ValueObject {}

extension EvolverObject: ValueObject {
  var value: Evolver { evolver }
}

extension Handle where Object: ValueObject, Object.Value: StoredValue {
  /// The value behind a handle that came from outside as the argument of that name.
  private func value(_ pointer: OpaquePointer?) throws(HelpError) -> Object.Value {
    try object(pointer, noun).value
  }

  func load(
    _ path: UnsafePointer<CChar>?, to out: UnsafeMutablePointer<OpaquePointer?>?
  ) throws(HelpError) {
    let path = try FilePath(cString: try required(path, "path"))
    let out = try required(out, "out")
    out.pointee = make(Object(try Object.Value.File.load(path)))
  }

  func load(
    _ data: UnsafeRawPointer?, _ size: Int, to out: UnsafeMutablePointer<OpaquePointer?>?
  ) throws(HelpError) {
    let bytes = try fileBytes(data, size)
    let out = try required(out, "out")
    out.pointee = make(Object(try Object.Value.File.read(bytes)))
  }

  func save(
    _ pointer: OpaquePointer?, to path: UnsafePointer<CChar>?
  ) throws(HelpError) {
    let value = try value(pointer)
    try Object.Value.File.save(value, to: try FilePath(cString: try required(path, "path")))
  }

  func write(
    _ pointer: OpaquePointer?, to out: UnsafeMutablePointer<help_buffer>?
  ) throws(HelpError) {
    let value = try value(pointer)
    let out = try required(out, "out")
    try HelpC.write(Object.Value.File.write(value), to: out)
  }

  func describe(
    _ pointer: OpaquePointer?, to out: UnsafeMutablePointer<help_buffer>?
  ) throws(HelpError) {
    let value = try value(pointer)
    let out = try required(out, "out")
    try HelpC.write(JSON.text(Object.Value.File.describe(value), pretty: true).utf8, to: out)
  }

  /// A new handle of the value's space.
  func space(
    of pointer: OpaquePointer?, to out: UnsafeMutablePointer<OpaquePointer?>?
  ) throws(HelpError) {
    let value = try value(pointer)
    HelpC.write(Handles.space, SpaceObject(value.space), to: try required(out, "out"))
  }
}

/// A file's bytes given in memory.
private func fileBytes(_ data: UnsafeRawPointer?, _ size: Int) throws(HelpError) -> [UInt8] {
  guard let data else { throw HelpError(.argument, "data is NULL") }
  let length = try count(size, "size", in: 1...FileAccess.maximumBytes)
  try checkMemory(for: "size", length, bytesEach: FileAccess.memoryFactor)
  return Array(UnsafeRawBufferPointer(start: data, count: length))
}
