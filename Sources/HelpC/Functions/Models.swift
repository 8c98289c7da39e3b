import CHelp
import HelpBase
import HelpJSON
import HelpPredictor
import HelpSpaces
import HelpStorage

// help.h: meta-trained models.

@c @implementation
public func help_load(
  _ path: UnsafePointer<CChar>?, _ out: UnsafeMutablePointer<OpaquePointer?>?
) -> help_status {
  guarded("help_load") { () throws(HelpError) in
    let path = try FilePath(cString: try required(path, "path"))
    let out = try required(out, "out")
    write(Handles.model, Shared(try ModelFile.load(path)), to: out)
  }
}

@c @implementation
public func help_load_memory(
  _ data: UnsafeRawPointer?, _ size: Int, _ out: UnsafeMutablePointer<OpaquePointer?>?
) -> help_status {
  guarded("help_load_memory") { () throws(HelpError) in
    let bytes = try fileBytes(data, size)
    let out = try required(out, "out")
    write(Handles.model, Shared(try ModelFile.read(bytes)), to: out)
  }
}

@c @implementation
public func help_model_save(
  _ model: OpaquePointer?, _ path: UnsafePointer<CChar>?
) -> help_status {
  guarded("help_model_save") { () throws(HelpError) in
    let model = try Handles.model.object(model, "model").value
    try ModelFile.save(model, to: try FilePath(cString: try required(path, "path")))
  }
}

@c @implementation
public func help_model_write(
  _ model: OpaquePointer?, _ out: UnsafeMutablePointer<help_buffer>?
) -> help_status {
  guarded("help_model_write") { () throws(HelpError) in
    let model = try Handles.model.object(model, "model").value
    let out = try required(out, "out")
    try write(ModelFile.write(model), to: out)
  }
}

@c @implementation
public func help_model_free(_ model: OpaquePointer?) { Handles.model.free(model) }

@c @implementation
public func help_model_space(
  _ model: OpaquePointer?, _ out: UnsafeMutablePointer<OpaquePointer?>?
) -> help_status {
  guarded("help_model_space") { () throws(HelpError) in
    let model = try Handles.model.object(model, "model").value
    write(Handles.space, SpaceObject(model.space), to: try required(out, "out"))
  }
}

@c @implementation
public func help_model_describe(
  _ model: OpaquePointer?, _ out: UnsafeMutablePointer<help_buffer>?
) -> help_status {
  guarded("help_model_describe") { () throws(HelpError) in
    let model = try Handles.model.object(model, "model").value
    let out = try required(out, "out")
    try write(JSON.text(ModelFile.describe(model), pretty: true).utf8, to: out)
  }
}

@c @implementation
public func help_model_reference_count(_ model: OpaquePointer?) -> Int {
  Handles.model.object(model)?.value.help?.references.count ?? 0
}

@c @implementation
public func help_model_references(
  _ model: OpaquePointer?, _ archs: UnsafeMutablePointer<Int32>?, _ stride: Int
) -> help_status {
  guarded("help_model_references") { () throws(HelpError) in
    let model = try Handles.model.object(model, "model").value
    guard let references = model.help?.references else { return }
    let out = try ArchitectureOutput(
      archs, rows: references.count, stride: stride, width: model.space.width)
    out.write(references)
  }
}

@c @implementation
public func help_model_noise_count(_ model: OpaquePointer?) -> Int {
  guard let network = Handles.model.object(model)?.value.help, network.inference != nil
  else { return 0 }
  return network.shape.modulations
}

/// A file's bytes given in memory.
func fileBytes(_ data: UnsafeRawPointer?, _ size: Int) throws(HelpError) -> [UInt8] {
  guard let data else { throw HelpError(.argument, "data is NULL") }
  let length = try count(size, "size", in: 1...FileAccess.maximumBytes)
  return Array(UnsafeRawBufferPointer(start: data, count: length))
}
