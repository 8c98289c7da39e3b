import HelpBase
@testable import HelpStorage
import Testing

/// Files of other programs, and of another kind, where one of the library's is wanted.
@Suite struct ForeignFileTests {
  private static let foreign: [(bytes: [UInt8], name: String)] = [
    (Array("PK\u{3}\u{4}\0\0\0\0archive/data.pkl\0\0".utf8), "a PyTorch checkpoint"),
    (Array("PK\u{3}\u{4}\0\0\0\0weights.npy\0\0".utf8), "a NumPy archive"),
    (Array("PK\u{3}\u{4}\0\0\0\0[Content_Types].xml".utf8), "a ZIP archive"),
    ([0x80, 2] + Array("ccollections\nOrderedDict".utf8), "a PyTorch checkpoint or other pickle"),
    ([0x93] + Array("NUMPY\u{1}\0v\0".utf8), "a NumPy array"),
    ([0x08, 0x07, 0x12, 0x07] + Array("pytorch".utf8), "an ONNX model"),
    ([0x1C, 0, 0, 0] + Array("TFL3........".utf8), "a TensorFlow Lite model"),
    ([0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3], "a gzip archive"),
    (Array("arch,latency_ms\n|none~0|,4.5\n".utf8), "CSV text"),
    (Array("{\"name\": \"own\", \"genes\": [{\"name\": \"a\"}]}".utf8), "a search space in JSON"),
    (Array("{\"latency_ms\": [1, 2, 3]}".utf8), "JSON text"),
    (Array("<!DOCTYPE html>\n<html>".utf8), "a web page or other XML"),
    (Array("encoder-embed-dim-subtransformer: 512\n".utf8), "text"),
    (
      Array("version https://git-lfs.github.com/spec/v1\noid sha256:0".utf8),
      "a Git LFS pointer instead of the file it stands for"
    ),
  ]

  @Test(arguments: foreign.indices, HelpFile.Kind.allCases)
  func whatAFileLooksLikeIsSaid(_ index: Int, _ kind: HelpFile.Kind) {
    let (bytes, name) = Self.foreign[index]
    let error = #expect(throws: HelpError.self) { _ = try HelpFile(parsing: bytes, as: kind) }
    #expect(error?.kind == .format)
    #expect(error?.message.hasPrefix("the file is \(name); a") == true, "\(error?.message ?? "")")
    #expect(error?.message.contains("of libhelp is wanted here") == true)
  }

  @Test func ofItsOwnKindsTheReaderIsNamed() throws {
    let bytes = try HelpFile.bytes(
      .predictor, description: ["format_version": 1], tensors: SafeTensorsWriter())
    let error = #expect(throws: HelpError.self) { _ = try HelpFile(parsing: bytes, as: .model) }
    #expect(
      error?.message
        == "the file holds a predictor, not a model; help_predictor_load reads it")
  }

  /// A file of the library that was cut short or damaged is not taken for another's.
  @Test func damagedFilesKeepTheirOwnMessages() throws {
    let bytes = try HelpFile.bytes(
      .model, description: ["format_version": 1], tensors: SafeTensorsWriter())
    for count in 0..<bytes.count {
      let error = #expect(throws: HelpError.self) {
        _ = try HelpFile(parsing: Array(bytes[..<count]), as: .model)
      }
      #expect(error?.message.contains("is wanted here") == false)
    }
    for count: UInt16 in 0x280...0x580 {
      let start = [UInt8(truncatingIfNeeded: count), UInt8(count >> 8), 0, 0, 0, 0, 0, 0]
      let error = #expect(throws: HelpError.self) {
        _ = try HelpFile(parsing: start + Array("{\"__metadata__\"".utf8), as: .model)
      }
      #expect(error?.message.contains("is wanted here") == false)
    }
  }
}
