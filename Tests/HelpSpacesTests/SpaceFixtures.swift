@testable import HelpSpaces

#if canImport(Glibc)
  import Glibc
#endif

/// Spaces for the tests: the registry's and some described in JSON.
enum SpaceFixtures {
  static let described: [String: String] = [
    "mobilenetv2": text(ofFile: "/../../examples/spaces/mobilenetv2.json"),
    "tiny": tiny, "blocks": LayerTests.blocks,
    "published/fbnet": text(ofFile: "/../../examples/spaces/published/fbnet.json"),
    "published/ofa": text(ofFile: "/../../examples/spaces/published/ofa.json"),
    "published/hat": text(ofFile: "/../../examples/spaces/published/hat.json"),
    "published/gpt": text(ofFile: "/../../examples/spaces/published/gpt.json"),
  ]

  static func space(_ name: String) throws -> any SearchSpace {
    guard let text = described[name] else { return try SpaceRegistry.space(named: name) }
    return try DescribedSpace(parsing: Array(text.utf8))
  }

  /// Conditions on conditions, labels, and choices that are not drawn.
  static let tiny = """
    {"name": "tiny",
     "genes": [
       {"name": "tail", "choices": ["x", "y", "z"],
        "alive_if": [{"gene": "body", "in": ["wide"]}]},
       {"name": "head", "choices": [0, 1, 2]},
       {"name": "body", "choices": ["narrow", "wide"], "alive_if": [{"gene": "head", "in": [1, 2]}]},
       {"name": "size", "choices": [16, 24, 32, 48], "drawn": [16, 32, 48]},
       {"name": "fixed", "choices": [7]}],
     "costs": {"macs": {"fixed": 10, "genes": {"head": [1, 2, 3], "tail": [5, 6, 7]}}}}
    """

  private static func text(ofFile path: String) -> String {
    let folder = #filePath.split(separator: "/").dropLast().joined(separator: "/")
    guard let file = fopen("/" + folder + path, "r") else { return "" }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 1 << 20)
    let count = fread(&bytes, 1, bytes.count, file)
    return String(decoding: bytes[..<count], as: UTF8.self)
  }
}
