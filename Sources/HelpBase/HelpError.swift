/// Why a call failed: what kind of failure, and a sentence that names the
/// argument, its value, and what is allowed.
///
/// The raw values of `Kind` are the `HELP_ERR_` codes of help.h.
package struct HelpError: Error, Equatable {
  package enum Kind: Int32, CaseIterable {
    case argument = 1
    case handle = 2
    case abi = 3
    case architecture = 4
    case io = 5
    case format = 6
    case version = 7
    case mismatch = 8
    case measurements = 9
    case infeasible = 10
    case callback = 11
    case cancelled = 12
    case diverged = 13
    case unsupported = 14
    case memory = 15
    case `internal` = 99
  }

  /// A library code, or the negative code a host's callback returned.
  package let code: Int32
  package private(set) var message: String
  /// Whether the message begins with the name of a setting, which hosts know by a longer path.
  private var isOfSetting = false

  package init(_ kind: Kind, _ message: String) {
    self.code = kind.rawValue
    self.message = message
  }

  /// A setting that cannot be used: "tasks", "is 0, not 1...1000".
  package init(_ kind: Kind = .argument, setting: String, _ complaint: String) {
    self.init(kind, "\(setting) \(complaint)")
    isOfSetting = true
  }

  /// A host's callback stopped the call with a code of its own.
  package init(hostCode: Int32, _ message: String) {
    self.code = hostCode
    self.message = message
  }

  /// Nil for a code the host chose.
  package var kind: Kind? { Kind(rawValue: code) }

  /// The same with a setting's name made longer: `path` is "options." or "limits[2].".
  package func inside(_ path: String) -> HelpError {
    guard isOfSetting else { return self }
    var error = self
    error.message = path + message
    return error
  }
}

/// Refuses a setting outside what it may be: "tasks is 0, not 1...1000".
package func check(
  setting name: String, _ value: Int, in range: ClosedRange<Int>
) throws(HelpError) {
  guard range.contains(value) else {
    throw HelpError(
      setting: name, "is \(value), not \(range.lowerBound)...\(range.upperBound)")
  }
}

/// The same for fractions, NaN included: "trim is 0.5, not 0...0.45".
package func check(
  setting name: String, _ value: Double, in range: ClosedRange<Double>
) throws(HelpError) {
  guard range.contains(value) else {
    throw HelpError(setting: name, "is \(value.outside(range))")
  }
}
