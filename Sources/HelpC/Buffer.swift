import CHelp
import HelpBase

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Gives the caller bytes of its own, with a NUL after them.
func write<Bytes: Collection<UInt8>>(
  _ bytes: Bytes, to out: UnsafeMutablePointer<help_buffer>
) throws(HelpError) {
  guard let memory = malloc(bytes.count + 1) else {
    throw HelpError(.memory, "no memory for \(bytes.count) bytes of output")
  }
  let data = memory.assumingMemoryBound(to: UInt8.self)
  var place = 0
  for byte in bytes {
    data[place] = byte
    place += 1
  }
  data[place] = 0
  out.pointee = help_buffer(
    data: memory.assumingMemoryBound(to: CChar.self), size: bytes.count)
}

@c @implementation
public func help_buffer_free(_ buffer: UnsafeMutablePointer<help_buffer>?) {
  guard let buffer else { return }
  free(buffer.pointee.data)
  buffer.pointee = help_buffer(data: nil, size: 0)
}

/// A copy of the text as C has it, which lives until it is deallocated.
func allocatedCString(_ text: String) -> UnsafePointer<CChar> {
  let bytes = Array(text.utf8CString)
  let copy = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count)
  copy.initialize(from: bytes, count: bytes.count)
  return UnsafePointer(copy)
}
