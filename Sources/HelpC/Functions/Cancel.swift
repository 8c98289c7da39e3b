import CHelp
import HelpBase

// help.h: handles, buffers, cancelling.

@c @implementation
public func help_cancel_new(_ out: UnsafeMutablePointer<OpaquePointer?>?) -> help_status {
  guarded("help_cancel_new") { () throws(HelpError) in
    let out = try required(out, "out")
    write(Handles.cancel, try CancelObject(), to: out)
  }
}

@c @implementation
public func help_cancel_request(_ cancel: OpaquePointer?) {
  Handles.cancel.object(cancel)?.request()
}

@c @implementation
public func help_cancel_free(_ cancel: OpaquePointer?) { Handles.cancel.free(cancel) }

/// A call's flag; NULL never stops it.
func cancelFlag(
  _ cancel: OpaquePointer?, _ argument: StaticString = "options.cancel"
) throws(HelpError) -> CancelObject? {
  guard let cancel else { return nil }
  return try Handles.cancel.object(cancel, argument)
}
