import CHelp
import CHelpSupport
import HelpBase

/// Runs the body of an exported function: the only place where an error becomes a status
/// and a message; in every function a setting is a field of its options. Typed throws let the
/// compiler prove that nothing else gets out.
func guarded(
  _ function: StaticString, _ body: () throws(HelpError) -> Void
) -> help_status {
  do {
    try body()
    return HelpStatus.ok
  } catch {
    remember("\(function): \(error.inside("options.").message)")
    return error.code
  }
}

enum HelpStatus {
  static let ok = HELP_OK.value
}

private func remember(_ message: String) {
  var message = message
  message.withUTF8 { bytes in
    bytes.withMemoryRebound(to: CChar.self) { text in
      if let base = text.baseAddress { helpsupport_set_error(base, text.count) }
    }
  }
}
