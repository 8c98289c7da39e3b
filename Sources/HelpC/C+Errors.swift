import CHelp
import CHelpSupport

// help.h: version and errors.

@c @implementation
public func help_version() -> UInt32 {
  UInt32(HELP_VERSION_MAJOR * 1_000_000 + HELP_VERSION_MINOR * 1000 + HELP_VERSION_PATCH)
}

@c @implementation
public func help_abi_version() -> UInt32 { UInt32(HELP_ABI_VERSION) }

@c @implementation
public func help_version_string() -> UnsafePointer<CChar>? { cString("libhelp 1.0.0") }

@c @implementation
public func help_last_error() -> UnsafePointer<CChar>? { helpsupport_error() }

@c @implementation
public func help_status_name(_ status: help_status) -> UnsafePointer<CChar>? {
  switch Int(status) {
  case Int(HELP_OK): cString("HELP_OK")
  case Int(HELP_ERR_ARGUMENT): cString("HELP_ERR_ARGUMENT")
  case Int(HELP_ERR_HANDLE): cString("HELP_ERR_HANDLE")
  case Int(HELP_ERR_ABI): cString("HELP_ERR_ABI")
  case Int(HELP_ERR_ARCHITECTURE): cString("HELP_ERR_ARCHITECTURE")
  case Int(HELP_ERR_IO): cString("HELP_ERR_IO")
  case Int(HELP_ERR_FORMAT): cString("HELP_ERR_FORMAT")
  case Int(HELP_ERR_VERSION): cString("HELP_ERR_VERSION")
  case Int(HELP_ERR_MISMATCH): cString("HELP_ERR_MISMATCH")
  case Int(HELP_ERR_MEASUREMENTS): cString("HELP_ERR_MEASUREMENTS")
  case Int(HELP_ERR_INFEASIBLE): cString("HELP_ERR_INFEASIBLE")
  case Int(HELP_ERR_CALLBACK): cString("HELP_ERR_CALLBACK")
  case Int(HELP_ERR_CANCELLED): cString("HELP_ERR_CANCELLED")
  case Int(HELP_ERR_DIVERGED): cString("HELP_ERR_DIVERGED")
  case Int(HELP_ERR_UNSUPPORTED): cString("HELP_ERR_UNSUPPORTED")
  case Int(HELP_ERR_MEMORY): cString("HELP_ERR_MEMORY")
  case Int(HELP_ERR_INTERNAL): cString("HELP_ERR_INTERNAL")
  default: cString("HELP_ERR_UNKNOWN")
  }
}

/// A literal's bytes, which end with a NUL and live as long as the library.
private func cString(_ text: StaticString) -> UnsafePointer<CChar>? {
  UnsafeRawPointer(text.utf8Start).assumingMemoryBound(to: CChar.self)
}
