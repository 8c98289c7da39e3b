import HelpBase
import HelpJSON
import HelpPredictor

/// What the kinds of files share: a description in JSON, tensors, and a
/// checksum over both, in a safetensors container (docs/internals/file-format.md).
struct HelpFile {
  enum Kind: String, CaseIterable {
    case model = "libhelp-model"
    case predictor = "libhelp-predictor"
    case accuracy = "libhelp-accuracy"
    case evolver = "libhelp-evolver"

    fileprivate var noun: String {
      switch self {
      case .model: "model"
      case .predictor: "predictor"
      case .accuracy: "accuracy model"
      case .evolver: "evolver"
      }
    }

    /// The function of the C interface that reads it.
    fileprivate var loader: String {
      switch self {
      case .model: "help_load"
      case .predictor: "help_predictor_load"
      case .accuracy: "help_accuracy_load"
      case .evolver: "help_evolver_load"
      }
    }

    /// Where one comes from, for who has something else.
    fileprivate var advice: String {
      switch self {
      case .model:
        ": helpnas.import_checkpoint makes one of HELP's checkpoints, help_meta_train of latencies, "
          + "and help_space_from_json reads a space"
      case .predictor:
        ": helpnas.import_hat_predictor makes one of HAT's checkpoints, help_adapt of measurements"
      case .accuracy: ": helpnas.import_accuracy_model makes one of once-for-all's checkpoints"
      case .evolver: ": help_evolver_save writes one"
      }
    }

    fileprivate var withArticle: String {
      switch self {
      case .model, .predictor: "a \(noun)"
      case .accuracy, .evolver: "an \(noun)"
      }
    }
  }

  /// The greatest `format_version` that is read, and the one that is written.
  static let version = 1

  let description: JSONReader
  let tensors: SafeTensors

  init(parsing bytes: [UInt8], as kind: Kind) throws(HelpError) {
    tensors = try Self.container(bytes, kind)
    let metadata = tensors.metadata
    try Self.check(format: try metadata.string("format"), is: kind)
    let text = Array(try metadata.string("description").utf8)
    description = JSONReader(
      try JSON.parse(text, what: "the \(kind.noun)'s description"), path: "description")
    try checkVersion(kind)
    try metadata.onlyKeys(["format", "description", "checksum"])
    let checksum = Self.checksum(text, tensors.data)
    let stored = try metadata.string("checksum")
    guard stored == checksum else {
      throw HelpError(
        .format, "the file is damaged: its checksum is \(checksum), not \(stored.excerpt)")
    }
  }

  /// Says what a file that is none of the library's looks like.
  private static func container(_ bytes: [UInt8], _ kind: Kind) throws(HelpError) -> SafeTensors {
    do throws(HelpError) {
      return try SafeTensors(parsing: bytes)
    } catch {
      guard let other = ForeignFile.name(of: bytes) else { throw error }
      throw HelpError(
        .format, "the file is \(other); \(kind.withArticle) of libhelp is wanted here\(kind.advice)"
      )
    }
  }

  private static func check(format: String, is kind: Kind) throws(HelpError) {
    if format == kind.rawValue { return }
    if let other = Kind(rawValue: format) {
      throw HelpError(
        .format,
        "the file holds \(other.withArticle), not \(kind.withArticle); \(other.loader) reads it")
    }
    throw HelpError(.format, "the file's format is \"\(format.excerpt)\", not \"\(kind.rawValue)\"")
  }

  private func checkVersion(_ kind: Kind) throws(HelpError) {
    let version = try description.integer("format_version", in: 1...Int.max)
    guard version <= Self.version else {
      throw HelpError(
        .version,
        "the \(kind.noun) has format version \(version); this library reads up to \(Self.version)")
    }
  }

  private static func checksum(_ description: [UInt8], _ data: ArraySlice<UInt8>) -> String {
    var checksum = Checksum()
    checksum.add(description[...])
    checksum.add(data)
    return checksum.text
  }
}

// MARK: - Keys that models and predictors share

extension JSONReader {
  /// Width of the network's layers.
  func hidden() throws(HelpError) -> Int { try integer("hidden", in: NetworkShape.hiddenLimits) }
}

// MARK: - Writing

extension HelpFile {
  static func bytes(
    _ kind: Kind, description: JSONValue, tensors: SafeTensorsWriter
  ) throws(HelpError) -> [UInt8] {
    guard tensors.data.count <= FileAccess.maximumBytes - SafeTensors.maximumHeader - 8 else {
      throw HelpError(
        .argument,
        "the \(kind.noun) has \(tensors.data.count) bytes of tensors, too many for one file")
    }
    let text = try JSON.text(description)
    return try tensors.bytes(metadata: [
      "format": .string(kind.rawValue),
      "description": .string(text),
      "checksum": .string(checksum(Array(text.utf8), tensors.data[...])),
    ])
  }
}
