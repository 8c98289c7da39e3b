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
public func help_version_string() -> UnsafePointer<CChar>? { versionText }

/// Made once, and never freed.
nonisolated(unsafe) private let versionText = allocatedCString(
  "libhelp \(HELP_VERSION_MAJOR).\(HELP_VERSION_MINOR).\(HELP_VERSION_PATCH)")

@c @implementation
public func help_last_error() -> UnsafePointer<CChar>? { helpsupport_error() }

@c @implementation
public func help_status_name(_ status: help_status) -> UnsafePointer<CChar>? {
  switch status {
  case HELP_OK.value: cString("HELP_OK")
  case HELP_ERR_ARGUMENT.value: cString("HELP_ERR_ARGUMENT")
  case HELP_ERR_HANDLE.value: cString("HELP_ERR_HANDLE")
  case HELP_ERR_ABI.value: cString("HELP_ERR_ABI")
  case HELP_ERR_ARCHITECTURE.value: cString("HELP_ERR_ARCHITECTURE")
  case HELP_ERR_IO.value: cString("HELP_ERR_IO")
  case HELP_ERR_FORMAT.value: cString("HELP_ERR_FORMAT")
  case HELP_ERR_VERSION.value: cString("HELP_ERR_VERSION")
  case HELP_ERR_MISMATCH.value: cString("HELP_ERR_MISMATCH")
  case HELP_ERR_MEASUREMENTS.value: cString("HELP_ERR_MEASUREMENTS")
  case HELP_ERR_INFEASIBLE.value: cString("HELP_ERR_INFEASIBLE")
  case HELP_ERR_CALLBACK.value: cString("HELP_ERR_CALLBACK")
  case HELP_ERR_CANCELLED.value: cString("HELP_ERR_CANCELLED")
  case HELP_ERR_DIVERGED.value: cString("HELP_ERR_DIVERGED")
  case HELP_ERR_UNSUPPORTED.value: cString("HELP_ERR_UNSUPPORTED")
  case HELP_ERR_MEMORY.value: cString("HELP_ERR_MEMORY")
  case HELP_ERR_INTERNAL.value: cString("HELP_ERR_INTERNAL")
  default: cString("HELP_ERR_UNKNOWN")
  }
}

/// A literal's bytes, which end with a NUL and live as long as the library.
private func cString(_ text: StaticString) -> UnsafePointer<CChar>? {
  UnsafeRawPointer(text.utf8Start).assumingMemoryBound(to: CChar.self)
}
