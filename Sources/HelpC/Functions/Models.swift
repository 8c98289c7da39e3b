import CHelp
import HelpBase
import HelpPredictor
import HelpSpaces
import HelpStorage

// help.h: meta-trained models.

@c @implementation
public func help_load(
  _ path: UnsafePointer<CChar>?, _ out: UnsafeMutablePointer<OpaquePointer?>?
) -> help_status {
  guarded("help_load") { () throws(HelpError) in try Handles.model.load(path, to: out) }
}

@c @implementation
public func help_load_memory(
  _ data: UnsafeRawPointer?, _ size: Int, _ out: UnsafeMutablePointer<OpaquePointer?>?
) -> help_status {
  guarded("help_load_memory") { () throws(HelpError) in try Handles.model.load(data, size, to: out)
  }
}

@c @implementation
public func help_model_from_space(
  _ space: OpaquePointer?, _ out: UnsafeMutablePointer<OpaquePointer?>?
) -> help_status {
  guarded("help_model_from_space") { () throws(HelpError) in
    let space = try Handles.space.object(space, "space").space
    let out = try required(out, "out")
    write(Handles.model, Shared(LatencyModel(describing: space)), to: out)
  }
}

@c @implementation
public func help_model_save(
  _ model: OpaquePointer?, _ path: UnsafePointer<CChar>?
) -> help_status {
  guarded("help_model_save") { () throws(HelpError) in try Handles.model.save(model, to: path) }
}

@c @implementation
public func help_model_write(
  _ model: OpaquePointer?, _ out: UnsafeMutablePointer<help_buffer>?
) -> help_status {
  guarded("help_model_write") { () throws(HelpError) in try Handles.model.write(model, to: out) }
}

@c @implementation
public func help_model_free(_ model: OpaquePointer?) { Handles.model.free(model) }

@c @implementation
public func help_model_space(
  _ model: OpaquePointer?, _ out: UnsafeMutablePointer<OpaquePointer?>?
) -> help_status {
  guarded("help_model_space") { () throws(HelpError) in try Handles.model.space(of: model, to: out)
  }
}

@c @implementation
public func help_model_describe(
  _ model: OpaquePointer?, _ out: UnsafeMutablePointer<help_buffer>?
) -> help_status {
  guarded("help_model_describe") { () throws(HelpError) in
    try Handles.model.describe(model, to: out)
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
