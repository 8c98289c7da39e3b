import HelpBase
import HelpJSON
import HelpSpaces

extension JSONReader {
  /// The space that a `SearchSpace.reference` stands for: the name of a built-in one, or
  /// the description of another.
  func space() throws(HelpError) -> any SearchSpace {
    if case .object = value { return try DescribedSpace(self) }
    return try SpaceRegistry.space(named: try string())
  }
}
