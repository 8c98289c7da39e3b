import HelpBase

// The struct_size rule of help.h: a shorter struct has defaults for what it lacks, a
// longer one is accepted while the bytes unknown here are zero.

/// Larger than any options struct will be.
private let maximumStructSize = 4096

/// Reads an options struct; NULL is all defaults. Its first field is struct_size.
func readOptions<Options>(
  _ pointer: UnsafePointer<Options>?, defaults: Options, _ argument: String = "options"
) throws(HelpError) -> Options {
  guard let pointer else { return defaults }
  let bytes = UnsafeRawPointer(pointer)
  let size = bytes.loadUnaligned(as: Int.self)
  try checkStructSize(size)
  let known = min(size, MemoryLayout<Options>.stride)
  for place in known..<size where bytes.load(fromByteOffset: place, as: UInt8.self) != 0 {
    throw HelpError(
      .abi,
      "\(argument).struct_size is \(size), this library knows \(known) bytes, and byte \(place) "
        + "is not zero: the option set there needs a newer library")
  }
  var options = defaults
  withUnsafeMutableBytes(of: &options) { target in
    target.copyMemory(from: UnsafeRawBufferPointer(start: bytes, count: known))
  }
  return options
}

/// Writes defaults to a struct of `structSize` bytes, and its size to its first field.
func initializeOptions<Options>(
  _ pointer: UnsafeMutablePointer<Options>?, _ structSize: Int, defaults: Options
) throws(HelpError) {
  let target = UnsafeMutableRawPointer(try required(pointer, "options"))
  try checkStructSize(structSize)
  let known = min(structSize, MemoryLayout<Options>.stride)
  withUnsafeBytes(of: defaults) { source in
    if let base = source.baseAddress { target.copyMemory(from: base, byteCount: known) }
  }
  (target + known).initializeMemory(as: UInt8.self, repeating: 0, count: structSize - known)
  target.storeBytes(of: structSize, as: Int.self)
}

/// The size a caller gave of a struct the library fills.
func resultSize<Result>(
  _ pointer: UnsafeMutablePointer<Result>
) throws(HelpError) -> Int {
  let size = UnsafeRawPointer(pointer).loadUnaligned(as: Int.self)
  try checkStructSize(size)
  return size
}

/// Fills a result struct as far as the caller's reaches, and zeroes what is beyond.
func writeResult<Result>(_ value: Result, to pointer: UnsafeMutablePointer<Result>, size: Int) {
  let target = UnsafeMutableRawPointer(pointer)
  let known = min(size, MemoryLayout<Result>.stride)
  withUnsafeBytes(of: value) { source in
    if let base = source.baseAddress { target.copyMemory(from: base, byteCount: known) }
  }
  (target + known).initializeMemory(as: UInt8.self, repeating: 0, count: size - known)
  target.storeBytes(of: size, as: Int.self)
}

private func checkStructSize(_ size: Int) throws(HelpError) {
  let smallest = MemoryLayout<Int>.size
  guard (smallest...maximumStructSize).contains(size) else {
    throw HelpError(
      .abi,
      "struct_size is \(UInt(bitPattern: size)), not \(smallest)...\(maximumStructSize); set it "
        + "with the _init function, or to sizeof the struct")
  }
}

/// The constants of the header's enums, as the options hold them.
extension RawRepresentable<UInt32> {
  var value: Int32 { Int32(bitPattern: rawValue) }
}
