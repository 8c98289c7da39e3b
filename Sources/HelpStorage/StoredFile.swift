import HelpBase
import HelpJSON

/// A kind of file that holds one value (docs/internals/file-format.md).
package protocol StoredFile {
  associatedtype Value

  static func read(_ bytes: [UInt8]) throws(HelpError) -> Value
  static func write(_ value: Value) throws(HelpError) -> [UInt8]
  /// What the file says of the value in words and numbers.
  static func describe(_ value: Value) -> JSONValue
}

extension StoredFile {
  package static func load(_ path: FilePath) throws(HelpError) -> Value {
    try FileAccess.read(path) { bytes throws(HelpError) in try read(bytes) }
  }

  package static func save(_ value: Value, to path: FilePath) throws(HelpError) {
    try FileAccess.replace(path, with: try write(value))
  }
}
