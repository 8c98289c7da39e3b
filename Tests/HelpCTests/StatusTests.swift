import CHelp
import HelpBase
@testable import HelpC
import HelpSpaces
import Testing

@Suite struct StatusTests {
  /// The kinds below the boundary are the header's codes, by number and by name.
  @Test(arguments: HelpError.Kind.allCases)
  func everyKindIsAStatus(kind: HelpError.Kind) {
    let name = help_status_name(kind.rawValue).map { String(cString: $0) }
    #expect(name == "HELP_ERR_\(kind)".uppercased())
  }

  @Test func failuresLeaveAMessageAndTheirCode() {
    let status = guarded("help_test") { () throws(HelpError) in
      throw HelpError(.io, "disk \(7)")
    }
    #expect(status == HELP_ERR_IO.value)
    #expect(help_last_error().map { String(cString: $0) } == "help_test: disk 7")
  }

  @Test func longMessagesAreCutBetweenCharacters() {
    let long = String(repeating: "é", count: 2000)
    _ = guarded("help_test") { () throws(HelpError) in throw HelpError(.format, long) }
    let message = help_last_error().flatMap { String(validatingCString: $0) }
    #expect(message.map { $0.hasSuffix("é") && $0.utf8.count > 1000 } == true)
  }

  @Test func handlesOfAnotherTypeAreRefused() throws {
    let space = Handles.space.make(SpaceObject(NASBench201()))
    #expect(throws: HelpError.self) { _ = try Handles.model.object(space, "model") }
    #expect(Handles.model.object(space) == nil)
    Handles.model.free(space)
    #expect(Handles.space.object(space) != nil)
    Handles.space.free(space)
  }
}
