import CHelpSupport
import HelpBase

/// The name of a file: the bytes the system sees, which need not be UTF-8.
package struct FilePath: Sendable {
  /// NUL-terminated.
  let bytes: [CChar]

  package init(_ text: String) throws(HelpError) {
    guard !text.isEmpty, !text.utf8.contains(0) else {
      throw HelpError(.argument, "path \"\(text.excerpt)\" is empty or has a NUL in it")
    }
    bytes = Array(text.utf8CString)
  }

  /// Copies a C string.
  package init(cString: UnsafePointer<CChar>) throws(HelpError) {
    bytes = Array(UnsafeBufferPointer(start: cString, count: strlen(cString) + 1))
    if bytes.count == 1 { throw HelpError(.argument, "path is empty") }
  }

  private init(bytes: [CChar]) { self.bytes = bytes }

  func appending(_ suffix: String) -> FilePath {
    FilePath(bytes: bytes.dropLast() + Array(suffix.utf8CString))
  }

  /// For messages.
  var text: String {
    String(decoding: bytes.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}

/// Whole files, read and replaced.
package enum FileAccess {
  /// Largest file that is read.
  package static let maximumBytes = 1 << 30

  /// What reading a file holds at most, in sizes of the file: its bytes, its tensors, and those
  /// packed for the kernels.
  package static let memoryFactor = 6

  /// The contents of a regular file.
  package static func read(_ path: FilePath) throws(HelpError) -> [UInt8] {
    let descriptor = helpsupport_open_to_read(path.bytes)
    guard descriptor >= 0 else { throw systemFailure("cannot open", path) }
    defer { close(descriptor) }
    let size = try regularSize(descriptor, path)
    var bytes = [UInt8](repeating: 0, count: size)
    var filled = 0
    while filled < size {
      let count = bytes.withUnsafeMutableBytes { buffer in
        let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
        return retrying { CHelpSupport.read(descriptor, rest.baseAddress, rest.count) }
      }
      guard count >= 0 else { throw systemFailure("cannot read", path) }
      guard count > 0 else {
        throw HelpError(.io, "\(path.text) was cut short while it was read")
      }
      filled += count
    }
    return bytes
  }

  /// What `parse` makes of a file's contents; its errors get the file's name.
  static func read<Value>(
    _ path: FilePath, parse: ([UInt8]) throws(HelpError) -> Value
  ) throws(HelpError) -> Value {
    let bytes = try read(path)
    do throws(HelpError) {
      return try parse(bytes)
    } catch {
      throw HelpError(error.kind ?? .internal, "\(path.text): \(error.message)")
    }
  }

  private static func regularSize(
    _ descriptor: Int32, _ path: FilePath
  ) throws(HelpError) -> Int {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw systemFailure("cannot examine", path) }
    guard status.isRegular else { throw HelpError(.io, "\(path.text) is not a regular file") }
    guard status.st_size <= maximumBytes else {
      throw HelpError(
        .format, "\(path.text) has \(status.st_size) bytes, more than \(maximumBytes)")
    }
    let size = Int(status.st_size)
    try checkMemory(for: "the file's size", size, bytesEach: memoryFactor)
    return size
  }

  /// Writes a new file beside the target and renames it; on failure the target stays as it was.
  package static func replace(_ path: FilePath, with bytes: [UInt8]) throws(HelpError) {
    var status = stat()
    // As root a rename would replace even a device such as /dev/null.
    if stat(path.bytes, &status) == 0, !status.isRegular {
      throw HelpError(.io, "\(path.text) exists and is not a regular file")
    }
    let (descriptor, temporary) = try createTemporary(beside: path)
    do throws(HelpError) {
      try fill(descriptor, with: bytes, temporary)
      guard rename(temporary.bytes, path.bytes) == 0 else {
        throw systemFailure("cannot replace", path)
      }
    } catch {
      unlink(temporary.bytes)
      throw error
    }
  }

  private static func createTemporary(
    beside path: FilePath
  ) throws(HelpError) -> (Int32, FilePath) {
    for _ in 0..<100 {
      let temporary = path.appending(".\(String(UInt32.random(in: .min ... .max), radix: 36)).tmp")
      let descriptor = helpsupport_create(temporary.bytes)
      if descriptor >= 0 { return (descriptor, temporary) }
      if helpsupport_is_taken(helpsupport_errno()) == 0 {
        throw systemFailure("cannot create", temporary)
      }
    }
    throw HelpError(.io, "cannot find a free temporary name beside \(path.text)")
  }

  /// Writes everything to the disk and closes the file, whatever happens.
  private static func fill(
    _ descriptor: Int32, with bytes: [UInt8], _ path: FilePath
  ) throws(HelpError) {
    do throws(HelpError) {
      try write(bytes, to: descriptor, path)
      if retrying({ Int(fsync(descriptor)) }) != 0 { throw systemFailure("cannot write", path) }
    } catch {
      close(descriptor)
      throw error
    }
    // On Linux the descriptor is closed even when a signal interrupts.
    if close(descriptor) != 0, helpsupport_is_interrupted(helpsupport_errno()) == 0 {
      throw systemFailure("cannot close", path)
    }
  }

  private static func write(
    _ bytes: [UInt8], to descriptor: Int32, _ path: FilePath
  ) throws(HelpError) {
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes { buffer in
        let rest = UnsafeRawBufferPointer(rebasing: buffer[written...])
        return retrying { CHelpSupport.write(descriptor, rest.baseAddress, rest.count) }
      }
      guard count > 0 else { throw systemFailure("cannot write", path) }
      written += count
    }
  }
}

// MARK: - The system's conventions

extension FileAccess {
  /// The result of a call that a signal did not interrupt.
  private static func retrying(_ call: () -> Int) -> Int {
    while true {
      let result = call()
      if result != -1 || helpsupport_is_interrupted(helpsupport_errno()) == 0 { return result }
    }
  }

  private static func systemFailure(_ action: String, _ path: FilePath) -> HelpError {
    let number = helpsupport_errno()
    var buffer = [CChar](repeating: 0, count: 256)
    _ = strerror_r(number, &buffer, buffer.count)
    let reason = buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:))
    return HelpError(
      .io, "\(action) \(path.text): \(String(decoding: reason, as: UTF8.self)) (errno \(number))")
  }
}

extension stat {
  fileprivate var isRegular: Bool { helpsupport_is_regular(st_mode) != 0 }
}
