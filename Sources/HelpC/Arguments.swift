import HelpBase
import HelpSpaces

// Pointers and counts from outside become checked values here, and nowhere else.

let maximumRows = ArchitectureBatch.maximumRows

func required<Pointee>(
  _ pointer: UnsafePointer<Pointee>?, _ argument: StaticString
) throws(HelpError) -> UnsafePointer<Pointee> {
  guard let pointer else { throw HelpError(.argument, "\(argument) is NULL") }
  return pointer
}

func required<Pointee>(
  _ pointer: UnsafeMutablePointer<Pointee>?, _ argument: StaticString
) throws(HelpError) -> UnsafeMutablePointer<Pointee> {
  guard let pointer else { throw HelpError(.argument, "\(argument) is NULL") }
  return pointer
}

/// A size_t, which Swift sees as Int: huge values arrive negative.
func count(
  _ value: Int, _ argument: StaticString, in range: ClosedRange<Int> = 0...maximumRows
) throws(HelpError) -> Int {
  guard range.contains(value) else {
    throw HelpError(
      .argument,
      "\(argument) is \(UInt(bitPattern: value)), not \(range.lowerBound)...\(range.upperBound)")
  }
  return value
}

func checkStride(
  _ stride: Int, atLeast width: Int, rows: Int, _ argument: StaticString
) throws(HelpError) {
  guard stride >= width, stride <= Int.max / 16 / max(rows, 1) else {
    throw HelpError(
      .argument,
      "\(argument) is \(UInt(bitPattern: stride)); rows are \(width) elements wide, so at least "
        + "that, and small enough to address \(rows) rows")
  }
}

/// What the header calls the three parts of a batch, for messages.
struct BatchNames {
  let archs: StaticString
  var count: StaticString = "n"
  var stride: StaticString = "stride"
}

/// Reads and checks (archs, n, stride); with names where they are not these.
func batch(
  _ archs: UnsafePointer<Int32>?, _ n: Int, _ stride: Int, in space: any SearchSpace,
  _ names: BatchNames? = nil
) throws(HelpError) -> ArchitectureBatch {
  try ArchitectureBatch(
    checking: genes(archs, n, stride, width: space.width, names ?? BatchNames(archs: "archs")),
    in: space, of: names.map { "\($0.archs)" })
}

/// The genes of (archs, n, stride) without the gaps, not yet checked against a space.
func genes(
  _ archs: UnsafePointer<Int32>?, _ n: Int, _ stride: Int, width: Int,
  _ names: BatchNames = BatchNames(archs: "archs")
) throws(HelpError) -> [Int32] {
  let rows = try count(n, names.count)
  if rows == 0 { return [] }
  let base = try required(archs, names.archs)
  try checkStride(stride, atLeast: width, rows: rows, names.stride)
  try checkMemory(for: names.count, rows, bytesEach: RowMemory.genes(width))
  if stride == width { return Array(UnsafeBufferPointer(start: base, count: rows * width)) }
  return [Int32](unsafeUninitializedCapacity: rows * width) { copy, initialized in
    guard let target = copy.baseAddress else { return }
    for row in 0..<rows {
      (target + row * width).initialize(from: base + row * stride, count: width)
    }
    initialized = rows * width
  }
}

/// n doubles, copied.
func doubles(
  _ values: UnsafePointer<Double>?, _ n: Int, _ argument: StaticString
) throws(HelpError) -> [Double] {
  if n == 0 { return [] }
  let base = try required(values, argument)
  try checkMemory(for: argument, n, bytesEach: MemoryLayout<Double>.stride)
  return Array(UnsafeBufferPointer(start: base, count: n))
}

/// Where a call writes rows of genes: checked before anything is computed.
struct ArchitectureOutput {
  private let base: UnsafeMutablePointer<Int32>?
  private let stride: Int
  private let width: Int

  init(
    _ base: UnsafeMutablePointer<Int32>?, rows: Int, stride: Int, width: Int,
    _ argument: StaticString = "out_archs", strideName: StaticString = "stride"
  ) throws(HelpError) {
    if rows > 0 {
      _ = try required(base, argument)
      try checkStride(stride, atLeast: width, rows: rows, strideName)
    }
    self.base = base
    self.stride = stride
    self.width = width
  }

  func write<Genes: Sequence<Int32>>(_ genes: Genes, row: Int) {
    guard let base else { return }
    for (place, gene) in genes.enumerated() { base[row * stride + place] = gene }
  }

  func write(_ batch: ArchitectureBatch) {
    for row in 0..<batch.count { write(batch[row].genes, row: row) }
  }
}

/// C text; nothing longer than a path or a name is expected.
func text(_ pointer: UnsafePointer<CChar>?, _ argument: StaticString) throws(HelpError) -> String {
  let base = try required(pointer, argument)
  guard let text = String(validatingCString: base) else {
    throw HelpError(.argument, "\(argument) is not UTF-8")
  }
  return text
}
