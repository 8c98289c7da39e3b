import CHelp
import HelpBase
import HelpJSON
import HelpNumerics
import HelpSpaces

// help.h: architectures.

@c @implementation
public func help_arch_check(
  _ space: OpaquePointer?, _ archs: UnsafePointer<Int32>?, _ n: Int, _ stride: Int,
  _ bad: UnsafeMutablePointer<Int>?
) -> help_status {
  guarded("help_arch_check") { () throws(HelpError) in
    let space = try Handles.space.object(space, "space").space
    let rows = try genes(archs, n, stride, width: space.width)
    let first = space.genes.firstBadRow(of: rows)
    bad?.pointee = first ?? n
    if first != nil { _ = try ArchitectureBatch(checking: rows, in: space) }
  }
}

@c @implementation
public func help_arch_canonicalize(
  _ space: OpaquePointer?, _ archs: UnsafeMutablePointer<Int32>?, _ n: Int, _ stride: Int
) -> help_status {
  guarded("help_arch_canonicalize") { () throws(HelpError) in
    let space = try Handles.space.object(space, "space").space
    let batch = try batch(archs.map { UnsafePointer($0) }, n, stride, in: space)
    try ArchitectureOutput(archs, rows: batch.count, stride: stride, width: space.width, "archs")
      .write(batch)
  }
}

@c @implementation
public func help_arch_parse(
  _ space: OpaquePointer?, _ text: UnsafePointer<CChar>?, _ size: Int,
  _ arch: UnsafeMutablePointer<Int32>?
) -> help_status {
  guarded("help_arch_parse") { () throws(HelpError) in
    let space = try Handles.space.object(space, "space").space
    let base = try required(text, "text")
    let length = try count(size, "size", in: 0...1_000_000)
    let out = try ArchitectureOutput(
      arch, rows: 1, stride: space.width, width: space.width, "out_arch")
    let bytes = UnsafeRawBufferPointer(start: base, count: length)
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw HelpError(.format, "text is not UTF-8")
    }
    out.write(try ArchitectureBatch(parsing: [text], in: space))
  }
}

@c @implementation
public func help_arch_format(
  _ space: OpaquePointer?, _ arch: UnsafePointer<Int32>?, _ out: UnsafeMutablePointer<help_buffer>?
) -> help_status {
  guarded("help_arch_format") { () throws(HelpError) in
    let space = try Handles.space.object(space, "space").space
    let batch = try batch(arch, 1, space.width, in: space, BatchNames(archs: "arch"))
    try write(space.format(batch[0]).utf8, to: try required(out, "out"))
  }
}

@c @implementation
public func help_arch_from_index(
  _ space: OpaquePointer?, _ indices: UnsafePointer<UInt64>?, _ n: Int,
  _ archs: UnsafeMutablePointer<Int32>?, _ stride: Int
) -> help_status {
  guarded("help_arch_from_index") { () throws(HelpError) in
    let space = try Handles.space.object(space, "space").space
    let numbering = try space.requiredNumbering()
    let rows = try count(n, "n")
    let out = try ArchitectureOutput(archs, rows: rows, stride: stride, width: space.width)
    if rows == 0 { return }
    let indices = UnsafeBufferPointer(start: try required(indices, "indices"), count: rows)
    let last = (space.count ?? 1) - 1
    for (place, index) in indices.enumerated() where index > last {
      throw HelpError(.argument, "indices[\(place)] is \(index), not 0...\(last)")
    }
    for (row, index) in indices.enumerated() {
      out.write(numbering.genes(at: Int(index)), row: row)
    }
  }
}

@c @implementation
public func help_arch_to_index(
  _ space: OpaquePointer?, _ archs: UnsafePointer<Int32>?, _ n: Int, _ stride: Int,
  _ indices: UnsafeMutablePointer<UInt64>?
) -> help_status {
  guarded("help_arch_to_index") { () throws(HelpError) in
    let space = try Handles.space.object(space, "space").space
    let numbering = try space.requiredNumbering()
    let batch = try batch(archs, n, stride, in: space)
    if batch.count == 0 { return }
    let out = try required(indices, "out_indices")
    for row in 0..<batch.count { out[row] = UInt64(numbering.index(of: batch[row])) }
  }
}

@c @implementation
public func help_arch_encode(
  _ space: OpaquePointer?, _ archs: UnsafePointer<Int32>?, _ n: Int, _ stride: Int,
  _ out: UnsafeMutablePointer<Float>?, _ outStride: Int
) -> help_status {
  guarded("help_arch_encode") { () throws(HelpError) in
    let space = try Handles.space.object(space, "space").space
    let batch = try batch(archs, n, stride, in: space)
    if batch.count == 0 { return }
    let out = try required(out, "out")
    let width = space.encoding.featureCount
    try checkStride(outStride, atLeast: width, rows: batch.count, "out_stride")
    for row in 0..<batch.count { space.encode(batch[row], into: out + row * outStride) }
  }
}

@c @implementation
public func help_arch_macs(
  _ space: OpaquePointer?, _ archs: UnsafePointer<Int32>?, _ n: Int, _ stride: Int,
  _ macs: UnsafeMutablePointer<Double>?
) -> help_status {
  guarded("help_arch_macs") { () throws(HelpError) in
    let space = try Handles.space.object(space, "space").space
    let batch = try batch(archs, n, stride, in: space)
    if batch.count == 0 { return }
    let out = try required(macs, "out_macs")
    try checkMemory(for: "n", batch.count, bytesEach: RowMemory.costs)
    guard let costs = batch.macs() else {
      throw HelpError(
        .unsupported, "\(space.name) does not tell multiply-accumulates: it has no cost \"macs\"")
    }
    out.update(from: costs, count: costs.count)
  }
}

@c @implementation
public func help_arch_costs(
  _ space: OpaquePointer?, _ archs: UnsafePointer<Int32>?, _ n: Int, _ stride: Int,
  _ cost: UnsafePointer<CChar>?, _ costs: UnsafeMutablePointer<Double>?
) -> help_status {
  guarded("help_arch_costs") { () throws(HelpError) in
    let space = try Handles.space.object(space, "space").space
    let place = try space.place(ofCost: try text(cost, "cost"))
    let batch = try batch(archs, n, stride, in: space)
    if batch.count == 0 { return }
    let out = try required(costs, "out_costs")
    for row in 0..<batch.count { out[row] = space.cost(place, batch[row]) }
  }
}

@c @implementation
public func help_arch_layers(
  _ space: OpaquePointer?, _ arch: UnsafePointer<Int32>?, _ out: UnsafeMutablePointer<help_buffer>?
) -> help_status {
  guarded("help_arch_layers") { () throws(HelpError) in
    let space = try Handles.space.object(space, "space").space
    let batch = try batch(arch, 1, space.width, in: space, BatchNames(archs: "arch"))
    let out = try required(out, "out")
    guard let layers = space.layers(batch[0]) else {
      throw HelpError(.unsupported, "\(space.name) is not described by layers")
    }
    try write(JSON.text(.array(layers)).utf8, to: out)
  }
}

@c @implementation
public func help_arch_mutate(
  _ space: OpaquePointer?, _ archs: UnsafePointer<Int32>?, _ n: Int, _ stride: Int,
  _ probability: Double, _ seed: UInt64, _ out: UnsafeMutablePointer<Int32>?, _ outStride: Int
) -> help_status {
  guarded("help_arch_mutate") { () throws(HelpError) in
    let space = try Handles.space.object(space, "space").space
    guard (0...1).contains(probability) else {
      throw HelpError(.argument, "probability is \(probability.outside(0...1))")
    }
    let batch = try batch(archs, n, stride, in: space)
    let out = try ArchitectureOutput(
      out, rows: batch.count, stride: outStride, width: space.width, strideName: "out_stride")
    var random = RandomSource(seed: seed)
    for row in 0..<batch.count {
      let child = space.mutated(batch[row].genes, probability: probability, using: &random)
      out.write(child, row: row)
    }
  }
}

@c @implementation
public func help_arch_crossover(
  _ space: OpaquePointer?, _ parentsA: UnsafePointer<Int32>?, _ parentsB: UnsafePointer<Int32>?,
  _ n: Int, _ stride: Int, _ seed: UInt64, _ out: UnsafeMutablePointer<Int32>?, _ outStride: Int
) -> help_status {
  guarded("help_arch_crossover") { () throws(HelpError) in
    let space = try Handles.space.object(space, "space").space
    let parentsA = try batch(parentsA, n, stride, in: space, BatchNames(archs: "parents_a"))
    let parentsB = try batch(parentsB, n, stride, in: space, BatchNames(archs: "parents_b"))
    let out = try ArchitectureOutput(
      out, rows: parentsA.count, stride: outStride, width: space.width, strideName: "out_stride")
    var random = RandomSource(seed: seed)
    for row in 0..<parentsA.count {
      let child = space.crossover(parentsA[row].genes, parentsB[row].genes, using: &random)
      out.write(child, row: row)
    }
  }
}

extension SearchSpace {
  /// The place of a cost among `costNames`.
  fileprivate func place(ofCost name: String) throws(HelpError) -> Int {
    if let place = costNames.firstIndex(of: name) { return place }
    let names = costNames.isEmpty ? "it has none" : "it has " + costNames.joined(separator: ", ")
    throw HelpError(
      .unsupported, "cost is \"\(name.excerpt)\", which \(self.name) does not have; \(names)")
  }

  fileprivate func requiredNumbering() throws(HelpError) -> any ArchitectureNumbering {
    guard let numbering else {
      throw HelpError(.unsupported, "\(name) has no numbering of its architectures")
    }
    return numbering
  }
}
