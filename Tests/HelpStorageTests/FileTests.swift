import Glibc
import HelpBase
@testable import HelpStorage
import Testing

@Suite struct ChecksumTests {
  @Test(arguments: [
    ("", "crc32:00000000"), ("123456789", "crc32:cbf43926"), ("a", "crc32:e8b7be43"),
    ("The quick brown fox jumps over the lazy dog", "crc32:414fa339"),
  ])
  func isZlibs(_ text: String, _ expected: String) {
    var checksum = Checksum()
    checksum.add(Array(text.utf8)[...])
    #expect(checksum.text == expected)
  }

  /// A piece of each length begins and ends at other places of the eight bytes that are taken at
  /// a time.
  @Test(arguments: 0...17) func piecesGiveTheSame(length: Int) {
    let text = Array("The quick brown fox jumps over the lazy dog".utf8)
    var checksum = Checksum()
    checksum.add(text[..<length])
    checksum.add([])
    checksum.add(text[length..<(2 * length)])
    checksum.add(text[(2 * length)...])
    #expect(checksum.text == "crc32:414fa339")
  }
}

@Suite struct FileAccessTests {
  private let scratch = Scratch()

  @Test(arguments: [0, 1, 4096, 300_001])
  func whatIsWrittenIsRead(_ size: Int) throws {
    let path = try scratch.file("data")
    let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    try FileAccess.replace(path, with: bytes)
    #expect(try FileAccess.read(path) == bytes)
    #expect(scratch.names == ["data"])
  }

  @Test func aFileIsReplacedAsAWhole() throws {
    let path = try scratch.file("data")
    try FileAccess.replace(path, with: [1, 2, 3])
    try FileAccess.replace(path, with: [4])
    #expect(try FileAccess.read(path) == [4])
    #expect(scratch.names == ["data"])
  }

  @Test func newFilesHaveTheUsualPermissions() throws {
    let path = try scratch.file("data")
    try FileAccess.replace(path, with: [1])
    var status = stat()
    #expect(stat(path.bytes, &status) == 0)
    let mask = umask(0o022)
    _ = umask(mask)
    #expect(status.st_mode & 0o777 == 0o666 & ~mask)
  }

  @Test func aMissingFileIsNamedWithTheReason() throws {
    let path = try scratch.file("absent")
    let error = #expect(throws: HelpError.self) { _ = try FileAccess.read(path) }
    #expect(error?.kind == .io)
    #expect(error?.message.contains("absent") == true)
    #expect(error?.message.contains("No such file") == true)
  }

  @Test func onlyRegularFilesAreRead() throws {
    let pipe = try scratch.file("pipe")
    #expect(mkfifo(pipe.bytes, 0o600) == 0)
    for path in [pipe, try FilePath(scratch.path), try FilePath("/dev/zero")] {
      let error = #expect(throws: HelpError.self) { _ = try FileAccess.read(path) }
      #expect(error?.kind == .io)
    }
  }

  @Test func onlyRegularFilesAreReplaced() throws {
    for path in [try FilePath("/dev/null"), try FilePath(scratch.path)] {
      let error = #expect(throws: HelpError.self) { try FileAccess.replace(path, with: [1]) }
      #expect(error?.kind == .io)
    }
    var status = stat()
    #expect(stat("/dev/null", &status) == 0 && status.st_mode & S_IFMT == S_IFCHR)
  }

  @Test func aMissingDirectoryIsAnError() throws {
    let error = #expect(throws: HelpError.self) {
      try FileAccess.replace(try scratch.file("no/such"), with: [1])
    }
    #expect(error?.kind == .io)
    #expect(scratch.names.isEmpty)
  }

  /// A write that runs into the size limit: the target must stay, and nothing else appear.
  /// The limit is the process's, so it is one that no other test reaches.
  @Test func aFailedWriteLeavesTheTarget() throws {
    let path = try scratch.file("data")
    try FileAccess.replace(path, with: [7])
    var old = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &old)
    let handler = signal(SIGXFSZ, SIG_IGN)
    var small = rlimit(rlim_cur: 4 << 20, rlim_max: old.rlim_max)
    setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &small)
    let error = #expect(throws: HelpError.self) {
      try FileAccess.replace(path, with: [UInt8](repeating: 1, count: 5 << 20))
    }
    setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &old)
    signal(SIGXFSZ, handler)
    #expect(error?.kind == .io)
    #expect(error?.message.contains("too large") == true)
    #expect(try FileAccess.read(path) == [7])
    #expect(scratch.names == ["data"])
  }

  @Test func namesNeedNotBeUTF8() throws {
    let bytes = Array("\(scratch.path)/".utf8CString.dropLast()) + [-1, 0]
    let path = try FilePath(cString: bytes)
    try FileAccess.replace(path, with: [9])
    #expect(try FileAccess.read(path) == [9])
    unlink(path.bytes)
  }

  @Test(arguments: ["", "a\u{0}b"])
  func impossibleNamesAreRefused(_ name: String) {
    let error = #expect(throws: HelpError.self) { _ = try FilePath(name) }
    #expect(error?.kind == .argument)
  }
}
