import HelpNumerics

/// The built-in spaces by name: a new one is its own file and a line here.
package enum SpaceRegistry {
  package static let spaces: [any SearchSpace] = [
    NASBench201()
  ]

  package static func space(named name: String) throws(HelpError) -> any SearchSpace {
    if let space = spaces.first(where: { $0.name == name }) { return space }
    let names = spaces.map { "\"\($0.name)\"" }.joined(separator: ", ")
    throw HelpError(.unsupported, "no search space is named \"\(name)\"; there are \(names)")
  }
}
