import CHelp
import HelpNumerics
import Testing

@testable import HelpC

@Suite struct StatusTests {
  /// The kinds below the boundary are the header's codes.
  @Test(arguments: HelpError.Kind.allCases)
  func everyKindHasAName(kind: HelpError.Kind) {
    let name = help_status_name(kind.rawValue).map { String(cString: $0) }
    #expect(name?.hasPrefix("HELP_ERR_") == true && name != "HELP_ERR_UNKNOWN")
  }
}
