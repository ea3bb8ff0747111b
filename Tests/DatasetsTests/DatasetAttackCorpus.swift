// Hand-made data sets that must be refused, each with the exact sentence that a user sees.
// Here: gzip files, and what lies at a path.  Not here: the tar archives inside.

import Datasets
import Foundation
import Testing

/// A data set that must be refused, and what is said of it.
struct DatasetAttack: Sendable, CustomTestStringConvertible {
  enum Place: Sendable {
    /// The bytes of set.tar.gz.
    case archive([UInt8])
    /// The bytes of the five files set/data_batch_N.bin, and of set/batches.meta.txt.
    case files([[UInt8]], classNames: [UInt8]?)
    /// A path below a folder DIR, with a sound set in it that a closure has damaged.
    case disk(path: String, @Sendable (TemporaryFolder) throws -> Void)
  }

  let name: String
  let place: Place
  let sentence: String

  var testDescription: String { name }

  init(_ name: String, _ place: Place, _ sentence: String) {
    (self.name, self.place, self.sentence) = (name, place, sentence)
  }

  /// A gzip file of any bytes; the sentence follows its name.
  init(gzip name: String, _ bytes: [UInt8], _ sentence: String) {
    self.init(name, .archive(bytes), "set.tar.gz \(sentence)")
  }

  /// Something other than a regular file, or nothing, in place of data_batch_3.bin.
  init(
    third name: String, _ sentence: String,
    _ replace: @escaping @Sendable (_ path: String, TemporaryFolder) throws -> Void
  ) {
    let damage: @Sendable (TemporaryFolder) throws -> Void = { folder in
      try folder.remove("data_batch_3.bin")
      try replace(folder.path + "/data_batch_3.bin", folder)
    }
    self.init(name, .disk(path: "", damage), "DIR/data_batch_3.bin \(sentence)\(Advice.point)")
  }
}

/// What a user is told to do.
enum Advice {
  static let again = "; copy or download it again"
  static let repack =
    "; use the published archive, or pack the files again with tar --format=ustar"
  static let point =
    "; set data.path to a folder with data_batch_1.bin to data_batch_5.bin or to "
    + "cifar-10-binary.tar.gz"
}

extension DatasetAttack {
  static let all =
    notGzip + gzipStreams + paths + files + tarFraming + tarHeaders + tarSizes + tarKinds
    + tarContents

  private static let notGzip: [DatasetAttack] = [
    ("an empty file", []), ("one byte", [0x1F]), ("a ZIP file", Array("PK\u{3}\u{4}".utf8)),
    ("a bzip2 file", Array("BZh9".utf8)), ("an xz file", [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0]),
    ("a zstd file", [0x28, 0xB5, 0x2F, 0xFD]), ("a file of compress", [0x1F, 0x9D, 0x90]),
    ("a bare zlib stream", [0x78, 0x9C, 3, 0, 0, 0, 0, 1]),
    ("a tar archive without gzip", TestTar.sound().bytes),
    ("an error page", Array("<!DOCTYPE html><title>404</title>".utf8)),
    ("the magic backwards", [0x8B, 0x1F, 8, 0]), ("two NULs", [0, 0]),
  ].map { name, bytes in
    .init(
      gzip: name, bytes,
      "does not start like a gzip file; set data.path to cifar-10-binary.tar.gz or to the folder of "
        + "its unpacked files")
  }

  private static let whole = gzip(TestTar.sound().bytes)

  /// A gzip file (RFC 1952) with the given deflate blocks (RFC 1951) and trailer.
  private static func member(
    _ rest: [UInt8], method: UInt8 = 8, flags: UInt8 = 0
  ) -> [UInt8] {
    [0x1F, 0x8B, method, flags, 0, 0, 0, 0, 0, 3] + rest
  }

  private static func cut(_ size: Int) -> String {
    "is cut off: it ends after \(size) bytes, before its compressed data does\(Advice.again)"
  }

  private static func corrupt(before offset: Int) -> String {
    "is damaged: the compressed data before byte \(offset) is invalid\(Advice.again)"
  }

  private static func trailing(_ count: Int) -> String {
    "has \(count) bytes after the end of its compressed data at byte \(whole.count), where the file "
      + "should end\(Advice.again)"
  }

  private static let gzipStreams: [DatasetAttack] = [
    .init(gzip: "the magic alone", [0x1F, 0x8B], cut(2)),
    .init(gzip: "a header alone", member([]), cut(10)),
    .init(gzip: "an unknown method", member([], method: 7), corrupt(before: 4)),
    .init(gzip: "reserved flags", member([], flags: 0xE0), corrupt(before: 4)),
    .init(
      gzip: "a name without an end", member([UInt8](repeating: 0x61, count: 5000), flags: 8),
      cut(5010)),
    .init(gzip: "a wrong checksum of the header", member([1, 2], flags: 2), corrupt(before: 12)),
    .init(
      gzip: "extra bytes beyond the file", member([0xFF, 0xFF, 1], flags: 4), cut(13)),
    .init(gzip: "a block of type 3", member([7]), corrupt(before: 11)),
    .init(
      gzip: "a stored block whose lengths differ", member([1, 4, 0, 4, 0]), corrupt(before: 15)),
    .init(gzip: "a stored block cut off", member([1, 4, 0, 0xFB, 0xFF, 9]), cut(16)),
    .init(
      gzip: "a copy from before the beginning", member([0x4B, 4, 0x61, 0]), corrupt(before: 13)),
    .init(
      gzip: "a wrong CRC", Array(whole.dropLast(8)) + [1, 2, 3, 4] + whole.suffix(4),
      corrupt(before: whole.count - 4)),
    .init(
      gzip: "a wrong length", Array(whole.dropLast(4)) + [0, 0, 0, 0x7F],
      corrupt(before: whole.count)),
    .init(gzip: "the last byte missing", Array(whole.dropLast()), cut(whole.count - 1)),
    .init(gzip: "no trailer", Array(whole.dropLast(8)), cut(whole.count - 8)),
    .init(gzip: "half of it", Array(whole.prefix(whole.count / 2)), cut(whole.count / 2)),
    .init(gzip: "a NUL after it", whole + [0], trailing(1)),
    .init(gzip: "a newline after it", whole + [0x0A], trailing(1)),
    .init(gzip: "two members", whole + whole, trailing(whole.count)),
    .init(gzip: "an empty second member", whole + gzip([]), trailing(gzip([]).count)),
    .init(gzip: "a script after it", whole + Array("#!/bin/sh".utf8), trailing(9)),
  ]

  static let paths: [DatasetAttack] = [
    .init(
      third: "a missing file", "cannot be opened (No such file or directory)"
    ) { _, _ in },
    .init(third: "a folder in place of a file", "is a directory, but a regular file is expected") {
      _, folder in
      try folder.write("data_batch_3.bin/inside", [1])
    },
    .init(third: "a FIFO", "is a FIFO, but a regular file is expected") { path, _ in
      try #require(mkfifo(path, 0o600) == 0)
    },
    .init(third: "a link to a device", "is a device, but a regular file is expected") { path, _ in
      try #require(symlink("/dev/zero", path) == 0)
    },
    .init(third: "a link to a folder", "is a directory, but a regular file is expected") {
      path, _ in
      try #require(symlink("/", path) == 0)
    },
    .init(
      third: "a link to itself", "cannot be opened (Too many levels of symbolic links)"
    ) { path, _ in try #require(symlink(path, path) == 0) },
    .init(
      third: "two links to each other", "cannot be opened (Too many levels of symbolic links)"
    ) { path, _ in
      try #require(symlink(path + "2", path) == 0 && symlink(path, path + "2") == 0)
    },
    .init(third: "a link to nothing", "cannot be opened (No such file or directory)") { path, _ in
      try #require(symlink(path + "2", path) == 0)
    },
    .init(third: "a socket", "cannot be opened (No such device or address)") { path, _ in
      let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
      var address = sockaddr_un()
      address.sun_family = sa_family_t(AF_UNIX)
      let bytes = Array(path.utf8)
      try #require(bytes.count < 108)
      withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
      let size = socklen_t(MemoryLayout<sockaddr_un>.size)
      let status = withUnsafePointer(to: address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, size) }
      }
      close(descriptor)
      try #require(status == 0)
    },
    .init(
      "no such path", .disk(path: "/none", { _ in }),
      "DIR/none cannot be opened (No such file or directory)\(Advice.point)"),
    .init(
      "a path through a file", .disk(path: "/data_batch_1.bin/x", { _ in }),
      "DIR/data_batch_1.bin/x cannot be opened (Not a directory)\(Advice.point)"),
    .init(
      "one of the files as the set", .disk(path: "/data_batch_1.bin", { _ in }),
      "DIR/data_batch_1.bin does not start like a gzip file; set data.path to "
        + "cifar-10-binary.tar.gz or to the folder of its unpacked files"),
    .init(
      "an escape sequence in a path", .disk(path: "/\u{1B}[2J\n", { _ in }),
      "DIR/\\u{1b}[2J\\u{a} cannot be opened (No such file or directory)\(Advice.point)"),
    .init(
      "a FIFO in place of the archive",
      .disk(path: "/pipe", { try #require(mkfifo($0.path + "/pipe", 0o600) == 0) }),
      "DIR/pipe is a FIFO, but a regular file is expected\(Advice.point)"),
    .init(
      "a folder in place of the class names",
      .disk(path: "", { try $0.write("batches.meta.txt/inside", []) }),
      "DIR/batches.meta.txt is a directory, but a regular file is expected\(Advice.point)"),
  ]

  /// Five files of two records, of which one is replaced.
  private static func two(
    _ name: String, _ file: Int, _ bytes: [UInt8], _ sentence: String
  ) -> DatasetAttack {
    var files = (0..<5).map { TestRecords.file($0, perFile: 2) }
    files[file] = bytes
    return .init(
      name, .files(files, classNames: nil), "set/data_batch_\(file + 1).bin \(sentence)")
  }

  private static func partial(_ size: Int, _ records: Int) -> String {
    "has \(size) bytes, but a whole number of records of 3073 bytes is expected "
      + "(\(records * 3073) bytes for \(records))\(Advice.again)"
  }

  private static func names(
    _ name: String, _ text: String, _ reason: String
  ) -> DatasetAttack {
    names(name, Array(text.utf8), reason)
  }

  private static func names(
    _ name: String, _ bytes: [UInt8], _ reason: String
  ) -> DatasetAttack {
    .init(
      "class names: " + name,
      .files((0..<5).map { TestRecords.file($0, perFile: 1) }, classNames: bytes),
      "set/batches.meta.txt is not a list of ten different class names, a line each: \(reason); "
        + "correct or delete it")
  }

  private static let sound = TestRecords.file(0, perFile: 2)
  private static let nine = (0..<9).map { "name \($0)\n" }.joined()

  static let files: [DatasetAttack] = [
    two("an empty file of five", 1, [], partial(0, 1)),
    two("a label alone", 2, [3], partial(1, 1)),
    two("a byte too few", 0, Array(sound.dropLast()), partial(6145, 2)),
    two("a byte too many", 4, sound + [0], partial(6147, 2)),
    two("no labels, as of CIFAR's pictures alone", 3, Array(sound.prefix(6144)), partial(6144, 2)),
    two("two labels a record, as of CIFAR-100", 0, sound + [0, 0], partial(6148, 2)),
    two(
      "a record too few", 3, Array(sound.prefix(3073)),
      "has 3073 bytes (1 records), but 6146 bytes (2 records) are expected, as in "
        + "data_batch_1.bin\(Advice.again)"),
    two(
      "a record too many in the first", 0, sound + TestRecords.record(9),
      "has 9219 bytes (3 records), but 6146 bytes (2 records) are expected, as in "
        + "data_batch_2.bin\(Advice.again)"),
    two(
      "label 10", 0, [10] + sound.dropFirst(),
      "has the label 10 in record 0 (byte 0), but labels are 0 to 9\(Advice.again)"),
    two(
      "label 255 in the second record", 4,
      Array(sound.prefix(3073)) + [255] + sound.suffix(3072),
      "has the label 255 in record 1 (byte 3073), but labels are 0 to 9\(Advice.again)"),
    two(
      "shifted by a byte", 2, Array(sound.dropFirst()) + [0],
      "has the label 131 in record 1 (byte 3073), but labels are 0 to 9\(Advice.again)"),
    two(
      "a text", 1, [UInt8](repeating: 0x61, count: 6146),
      "has the label 97 in record 0 (byte 0), but labels are 0 to 9\(Advice.again)"),
    names("an empty list", "", "it has 0 names"),
    names("empty lines alone", "\n\n\n", "it has 0 names"),
    names("nine", nine, "it has 9 names"),
    names("eleven", nine + "a\nb\n", "it has 11 names"),
    names("one twice", nine + "name 4\n", "a name occurs twice"),
    names(
      "one of 65 letters", nine + String(repeating: "x", count: 65),
      "a name has more than 64 characters"),
    names(
      "a letter of 65 marks", nine + "e" + String(repeating: "\u{301}", count: 65),
      "a name has more than 64 characters"),
    names("Latin-1", Array(nine.utf8) + [0xE9, 0x0A], "it is not UTF-8 text"),
    names("a surrogate", Array(nine.utf8) + [0xED, 0xA0, 0x80], "it is not UTF-8 text"),
    names("4097 bytes", [UInt8](repeating: 0x61, count: 4097), "it has 4097 bytes"),
    names("an escape sequence", nine + "\u{1B}[2J\n", "a name has an invisible character"),
    names("a NUL", nine + "a\u{0}b\n", "a name has an invisible character"),
    names("a right-to-left override", nine + "\u{202E}x\n", "a name has an invisible character"),
    names("a name of spaces", nine + "   \n", "a name is blank"),
  ]
}
