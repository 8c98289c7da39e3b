import CHelp
import HelpBase
import HelpJSON
import HelpNumerics
import HelpSpaces

// help.h: search spaces.

@c @implementation
public func help_space_open(
  _ name: UnsafePointer<CChar>?, _ out: UnsafeMutablePointer<OpaquePointer?>?
) -> help_status {
  guarded("help_space_open") { () throws(HelpError) in
    let name = try text(name, "name")
    let out = try required(out, "out")
    write(Handles.space, SpaceObject(try SpaceRegistry.space(named: name)), to: out)
  }
}

@c @implementation
public func help_space_from_json(
  _ json: UnsafePointer<CChar>?, _ size: Int, _ out: UnsafeMutablePointer<OpaquePointer?>?
) -> help_status {
  guarded("help_space_from_json") { () throws(HelpError) in
    let base = try required(json, "json")
    let length = try count(size, "size", in: 1...JSON.maximumBytes)
    let out = try required(out, "out")
    let text = Array(UnsafeRawBufferPointer(start: base, count: length))
    write(Handles.space, SpaceObject(try describedSpace(text)), to: out)
  }
}

/// Says what text that is no JSON looks like.
private func describedSpace(_ text: [UInt8]) throws(HelpError) -> DescribedSpace {
  do throws(HelpError) {
    return try DescribedSpace(parsing: text)
  } catch {
    let isJSON = text.first { $0 > UInt8(ascii: " ") } == UInt8(ascii: "{")
    guard !isJSON, let other = ForeignFile.name(of: text) else { throw error }
    throw HelpError(.format, "json is \(other); the description of a space is wanted here")
  }
}

@c @implementation
public func help_space_free(_ space: OpaquePointer?) { Handles.space.free(space) }

@c @implementation
public func help_space_name(_ space: OpaquePointer?) -> UnsafePointer<CChar>? {
  Handles.space.object(space)?.name
}

@c @implementation
public func help_space_width(_ space: OpaquePointer?) -> Int {
  Handles.space.object(space)?.space.width ?? 0
}

@c @implementation
public func help_space_feature_count(_ space: OpaquePointer?) -> Int {
  Handles.space.object(space)?.space.encoding.featureCount ?? 0
}

@c @implementation
public func help_space_count(_ space: OpaquePointer?) -> UInt64 {
  Handles.space.object(space).map { $0.space.count ?? .max } ?? 0
}

@c @implementation
public func help_space_describe(
  _ space: OpaquePointer?, _ out: UnsafeMutablePointer<help_buffer>?
) -> help_status {
  guarded("help_space_describe") { () throws(HelpError) in
    let space = try Handles.space.object(space, "space").space
    let out = try required(out, "out")
    try write(JSON.text(space.description, pretty: true).utf8, to: out)
  }
}

@c @implementation
public func help_space_sample(
  _ space: OpaquePointer?, _ seed: UInt64, _ archs: UnsafeMutablePointer<Int32>?, _ n: Int,
  _ stride: Int
) -> help_status {
  guarded("help_space_sample") { () throws(HelpError) in
    let space = try Handles.space.object(space, "space").space
    let limit = min(space.count ?? .max, UInt64(maximumRows))
    let rows = try count(n, "n", in: 0...Int(limit))
    let out = try ArchitectureOutput(archs, rows: rows, stride: stride, width: space.width)
    try checkMemory(for: "n", rows, bytesEach: RowMemory.sample(space.width))
    var random = RandomSource(seed: seed)
    out.write(space.sample(rows, using: &random))
  }
}
