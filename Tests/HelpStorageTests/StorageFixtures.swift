import Glibc
import HelpBase
import HelpJSON
import HelpNumerics
import HelpPredictor
import HelpSpaces
@testable import HelpStorage
import Testing

/// A small model with random weights.
func sampleModel(
  in space: any SearchSpace = NASBench201(), hidden: Int = 3, references: Int = 4,
  modulated: Bool = true, record: JSONValue = ["note": "x"]
) -> LatencyModel {
  var random = RandomSource(seed: 11)
  let shape = NetworkShape(encoding: space.encoding, hidden: hidden, references: references)
  func values(_ count: Int) -> [Float] { (0..<count).map { _ in Float(random.normal()) } }
  let network = MetaNetwork(
    references: space.sample(references, using: &random), shape: shape,
    parameters: values(shape.network.count), rates: values(shape.network.count),
    inference: modulated ? values(shape.inference.count) : nil, innerSteps: 2,
    modulationScale: 0.01)
  return LatencyModel(space: space, bayes: nil, help: network, record: record)
}

extension LatencyModel {
  /// The network of a sample, which has one.
  var required: MetaNetwork {
    get throws { try #require(help) }
  }
}

func samplePredictor(
  in space: any SearchSpace = NASBench201(), draws: Int = 3
) -> Predictor {
  var random = RandomSource(seed: 12)
  let shape = NetworkShape(encoding: space.encoding, hidden: 3, references: 4)
  let network = AdaptedNetwork(
    shape: shape, embedding: [0, 0.25, 1, 0.125],
    weights: (0..<draws).map { _ in
      (0..<shape.network.count).map { _ in Float(random.normal()) / 4 }
    },
    scale: LabelScale(minimum: 1.5, maximum: 0.1 + 20))
  return Predictor(
    space: space, function: network, record: ["draws": .integer(Int64(draws))])
}

extension Predictor {
  var network: AdaptedNetwork { get throws { try #require(function as? AdaptedNetwork) } }
}

/// One space of each kind of network and of reference in a file.
enum SampleSpace: CaseIterable {
  case graph, features, own

  var space: any SearchSpace {
    get throws {
      switch self {
      case .graph: NASBench201()
      case .features: FBNet()
      case .own: try DescribedSpace(parsing: Array(Self.description.utf8))
      }
    }
  }

  private static let description = """
    {"name": "own", "genes": [
      {"name": "depth", "choices": [1, 2]},
      {"name": "op", "choices": ["a", "b", "c"]},
      {"name": "width", "choices": [8, 16, 24, 32, 48, 64, 96, 128]},
      {"name": "last", "choices": [3, 5, 7], "alive_if": [{"gene": "depth", "in": [2]}]}]}
    """
}

/// A directory that is removed with everything in it.
final class Scratch {
  let path: String

  init() {
    var template = Array("/tmp/helpstorage-XXXXXX".utf8CString)
    path = mkdtemp(&template).map { String(cString: $0) } ?? "/tmp"
  }

  func file(_ name: String) throws(HelpError) -> FilePath { try FilePath("\(path)/\(name)") }

  /// Names in the directory, sorted.
  var names: [String] {
    var names: [String] = []
    guard let directory = opendir(path) else { return [] }
    defer { closedir(directory) }
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) {
        String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  deinit {
    for name in names { remove("\(path)/\(name)") }
    rmdir(path)
  }
}

/// The pieces of a file, to put together again after a change.
struct DissectedFile {
  var header: JSONValue
  var data: [UInt8]

  init(_ bytes: [UInt8]) throws {
    let length = bytes[..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
    header = try JSON.parse(Array(bytes[8..<(8 + length)]), what: "header")
    data = Array(bytes[(8 + length)...])
  }

  static func container(header: String, data: [UInt8]) -> [UInt8] {
    withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian, Array.init) + header.utf8 + data
  }

  func bytes() throws -> [UInt8] { Self.container(header: try JSON.text(header), data: data) }

  var description: JSONValue {
    get throws {
      guard case .string(let text)? = header["__metadata__"]?["description"] else { return .null }
      return try JSON.parse(Array(text.utf8), what: "description")
    }
  }

  /// Puts in another description, or other data, with the checksum that belongs to it.
  mutating func seal(description text: String? = nil, format: String = "libhelp-model") throws {
    let text = try text ?? JSON.text(description)
    var checksum = Checksum()
    checksum.add(Array(text.utf8)[...])
    checksum.add(data[...])
    header = header.setting(
      "__metadata__",
      ["format": .string(format), "description": .string(text), "checksum": .string(checksum.text)])
  }
}

extension JSONValue {
  /// The same object with another value of `key`; nil removes it.
  func setting(_ key: String, _ value: JSONValue?) -> JSONValue {
    guard case .object(let members) = self else { return self }
    var pairs = members.map { ($0.key, $0.value) }
    let place = pairs.firstIndex { $0.0 == key }
    switch (place, value) {
    case (let place?, let value?): pairs[place].1 = value
    case (let place?, nil): pairs.remove(at: place)
    case (nil, let value?): pairs.append((key, value))
    case (nil, nil): break
    }
    return .object(pairs: pairs)
  }
}
