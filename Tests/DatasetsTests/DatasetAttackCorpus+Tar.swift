// Hand-made archives that must be refused: sound gzip files around tar archives that lie.

import Datasets

extension DatasetAttack {
  /// A tar archive in a sound gzip file; the sentence follows the file's name.
  private init(tar name: String, _ bytes: [UInt8], _ sentence: String) {
    self.init("tar: " + name, .archive(gzip(bytes)), "set.tar.gz \(sentence)")
  }

  /// A first header of which one field is changed.
  private init(
    header name: String, _ options: TestTar.Options = .init(), entry: String = "data_batch_1.bin",
    size: Int = 0, _ sentence: String
  ) {
    self.init(tar: name, TestTar.header(entry, size: size, options), sentence)
  }

  /// An archive of entries with their contents, one after the other, and its end.
  private static func tar(_ entries: [(String, [UInt8])]) -> [UInt8] {
    var tar = TestTar()
    for (name, content) in entries { tar.add(name, content) }
    tar.end()
    return tar.bytes
  }

  /// The five files of a record each, of which one is renamed or replaced.
  private static func five(_ file: Int, _ name: String? = nil, _ bytes: [UInt8]? = nil) -> [UInt8] {
    tar(
      (0..<5).map {
        let sound = (TestRecords.fileNames[$0], TestRecords.file($0, perFile: 1))
        return $0 == file ? (name ?? sound.0, bytes ?? sound.1) : sound
      })
  }

  private static func ends(_ offset: Int) -> String {
    "is cut off: its tar archive ends at inflated byte \(offset), before its last entry does"
      + Advice.again
  }

  private static func field(_ field: String) -> String {
    "has a tar header at inflated byte 0 whose field '\(field)' is invalid\(Advice.repack)"
  }

  private static func checksum(at offset: Int) -> String {
    "is damaged: the checksum of the tar header at inflated byte \(offset) is wrong\(Advice.again)"
  }

  private static func missing(_ name: String) -> String {
    "holds no \(name), but data_batch_1.bin to data_batch_5.bin are expected in it\(Advice.again)"
  }

  private static func afterEnd(_ offset: Int) -> String {
    "has a byte other than zero at inflated byte \(offset), after the end of its tar archive"
      + Advice.again
  }

  private static let zeros = [UInt8](repeating: 0, count: 512)
  private static let whole = TestTar.sound().bytes

  static let tarFraming: [DatasetAttack] = [
    .init(tar: "nothing", [], ends(0)),
    .init(tar: "a byte", [0], ends(1)),
    .init(tar: "half a block", Array(zeros.prefix(256)), ends(256)),
    .init(tar: "one block of zeros", zeros, ends(512)),
    .init(tar: "no entries", zeros + zeros, missing("data_batch_1.bin")),
    .init(tar: "a gzip file in a gzip file", gzip(whole).prefix(100) + [], ends(100)),
    .init(tar: "a text", [UInt8](repeating: 0x61, count: 600), checksum(at: 0)),
    .init(
      tar: "a header without its content", TestTar.header("data_batch_1.bin", size: 3073), ends(512)
    ),
    .init(
      tar: "content that ends early",
      Array(tar([("data_batch_1.bin", TestRecords.record(1))]).prefix(3000)),
      ends(3000)),
    .init(tar: "no end", Array(whole.dropLast(1024)), ends(whole.count - 1024)),
    .init(tar: "half an end", Array(whole.dropLast(512)), ends(whole.count - 512)),
    .init(
      tar: "an end of zeros and a byte", Array(whole.dropLast()) + [1], afterEnd(whole.count - 1)),
    .init(tar: "a byte after the end", whole + [7], afterEnd(whole.count)),
    .init(tar: "an archive after the end", whole + whole, afterEnd(whole.count)),
    .init(
      tar: "a byte long after the end", whole + zeros + zeros + [1], afterEnd(whole.count + 1024)),
  ]

  static let tarHeaders: [DatasetAttack] = [
    .init(header: "a checksum of one more", .init(checksumOffset: 1), checksum(at: 0)),
    .init(header: "a checksum of one less", .init(checksumOffset: -1), checksum(at: 0)),
    .init(
      tar: "a second header with a wrong checksum",
      tar([("readme", [])]).prefix(512) + TestTar.header("x", size: 0, .init(checksumOffset: 8)),
      checksum(at: 512)),
    .init(
      tar: "a checksum of spaces",
      TestTar.header("x", size: 0).enumerated().map { (148..<156).contains($0) ? 0x20 : $1 },
      checksum(at: 0)),
    .init(
      tar: "a checksum of NULs",
      TestTar.header("x", size: 0).enumerated().map { (148..<156).contains($0) ? 0 : $1 },
      checksum(at: 0)),
    .init(
      tar: "a checksum of sevens",
      TestTar.header("x", size: 0).enumerated().map { (148..<156).contains($0) ? 0x37 : $1 },
      checksum(at: 0)),
    .init(
      header: "the format before ustar", .init(magic: [UInt8](repeating: 0, count: 8)),
      field("magic")),
    .init(header: "a later version", .init(magic: Array("ustar\u{0}01".utf8)), field("magic")),
    .init(header: "half a magic", .init(magic: Array("ustar 00".utf8)), field("magic")),
    .init(header: "a magic in capitals", .init(magic: Array("USTAR\u{0}00".utf8)), field("magic")),
    .init(header: "no name", entry: "", field("name")),
    .init(
      header: "a prefix without a name", .init(prefix: "cifar-10-batches-bin"), entry: "",
      field("name")),
  ]

  private static func size(_ name: String, _ text: String) -> DatasetAttack {
    .init(header: "a size " + name, .init(size: Array(text.utf8)), field("size"))
  }

  private static func large(_ size: Int, name: String) -> String {
    "has a tar entry '\(name)' of \(size) bytes, but at most 67108864 are allowed\(Advice.repack)"
  }

  static let tarSizes: [DatasetAttack] = [
    size("of spaces", "            "), size("of NULs", String(repeating: "\0", count: 12)),
    size("with a 9", "00000000009\0"), size("with a letter", "0000000000a\0"),
    size("below zero", "-0000000001\0"), size("with a plus", "+0000000001\0"),
    size("with a space inside", "0000 000001\0"), size("with a NUL inside", "0000\u{0}000001\0"),
    size("with a point", "000000001.0\0"), size("in hexadecimal", "0x000000C01\0"),
    size("with a letter behind", "0000000001 x"),
    .init(
      header: "a size in base 256", .init(size: [0x80] + [UInt8](repeating: 0, count: 10) + [5]),
      field("size")),
    .init(
      header: "a size below zero in base 256", .init(size: [UInt8](repeating: 0xFF, count: 12)),
      field("size")),
    .init(
      header: "a size of 2^95", .init(size: [0xBF] + [UInt8](repeating: 0xFF, count: 11)),
      field("size")),
    .init(
      header: "a folder with content",
      .init(kind: UInt8(ascii: "5"), size: Array("00000000001\0".utf8)), field("size")),
    .init(
      header: "a byte above the limit", size: 1 << 26 | 1,
      large(1 << 26 | 1, name: "data_batch_1.bin")),
    .init(
      header: "8 GiB - 1, the most of eleven digits", size: 1 << 33 - 1,
      large(1 << 33 - 1, name: "data_batch_1.bin")),
    .init(
      header: "64 GiB - 1, the most of twelve digits", .init(size: Array("777777777777".utf8)),
      large(1 << 36 - 1, name: "data_batch_1.bin")),
    .init(
      header: "an unused file above the limit", entry: "a\u{1B}[2J\n", size: 1 << 26 | 1,
      large(1 << 26 | 1, name: "a\\u{1b}[2J\\u{a}")),
  ]

  /// What only a reader that writes files would need; each could lead it outside its folder.
  static let tarKinds: [DatasetAttack] = [
    ("a hard link", "1"), ("a symbolic link", "2"), ("a character device", "3"),
    ("a block device", "4"), ("a FIFO", "6"), ("a contiguous file", "7"), ("a pax header", "x"),
    ("a global pax header", "g"), ("a GNU long name", "L"), ("a GNU long link", "K"),
    ("a GNU sparse file", "S"), ("a GNU part of a volume", "M"), ("a GNU volume's name", "V"),
    ("a GNU folder", "D"), ("a Solaris list", "A"), ("a Solaris header", "X"), ("a space", " "),
    ("a kind of 0x7F", "\u{7F}"),
  ].map { name, letter in
    let kind = Array(letter.utf8)[0]
    return .init(
      header: name, .init(kind: kind), entry: "../../etc/passwd",
      "has a tar entry '../../etc/passwd' of type \(kind) at inflated byte 0, but only files and "
        + "folders are allowed\(Advice.repack)")
  }

  private static let label: [UInt8] = [11] + TestRecords.record(0).dropFirst()

  static let tarContents: [DatasetAttack] =
    (0..<5).map { file in
      .init(
        tar: "without file \(file + 1)", five(file, "readme.html"),
        missing("data_batch_\(file + 1).bin"))
    } + [
      .init(
        tar: "a file above the folder", five(1, "../data_batch_2.bin"), missing("data_batch_2.bin")),
      .init(tar: "an absolute name", five(1, "/data_batch_2.bin"), missing("data_batch_2.bin")),
      .init(tar: "another folder", five(1, "old/data_batch_2.bin"), missing("data_batch_2.bin")),
      .init(tar: "a way round", five(1, "x/../data_batch_2.bin"), missing("data_batch_2.bin")),
      .init(tar: "a name in capitals", five(1, "DATA_BATCH_2.BIN"), missing("data_batch_2.bin")),
      .init(
        tar: "a space behind a name", five(1, "data_batch_2.bin "), missing("data_batch_2.bin")),
      .init(
        tar: "an escape sequence in a name", five(1, "\u{1B}]0;x\u{7}"), missing("data_batch_2.bin")
      ),
      .init(
        tar: "a folder in place of a file",
        TestTar.header("data_batch_1.bin", size: 0, .init(kind: UInt8(ascii: "5")))
          + five(0, "readme"),
        missing("data_batch_1.bin")),
      .init(
        tar: "a file twice",
        tar([
          ("data_batch_1.bin", TestRecords.record(0)), ("data_batch_1.bin", TestRecords.record(0)),
        ]),
        "has the tar entry 'data_batch_1.bin' twice\(Advice.repack)"),
      .init(
        tar: "a file twice, once with a dot",
        tar([
          ("data_batch_1.bin", TestRecords.record(0)),
          ("./data_batch_1.bin", TestRecords.record(0)),
        ]),
        "has the tar entry './data_batch_1.bin' twice\(Advice.repack)"),
      .init(
        tar: "a file twice, once in the folder",
        tar([
          ("data_batch_1.bin", TestRecords.record(0)),
          ("cifar-10-batches-bin/data_batch_1.bin", TestRecords.record(0)),
        ]),
        "has the tar entry 'cifar-10-batches-bin/data_batch_1.bin' twice\(Advice.repack)"),
      .init(
        tar: "a file twice, once with a NUL in its name",
        tar([
          ("data_batch_1.bin", TestRecords.record(0)),
          ("data_batch_1.bin\0x", TestRecords.record(0)),
        ]),
        "has the tar entry 'data_batch_1.bin' twice\(Advice.repack)"),
      .init(
        tar: "the class names twice", tar([("batches.meta.txt", []), ("batches.meta.txt", [])]),
        "has the tar entry 'batches.meta.txt' twice\(Advice.repack)"),
      .init(
        tar: "65 entries", tar((0..<65).map { ("file \($0)", []) }),
        "has more than 64 tar entries\(Advice.repack)"),
      .init(
        "tar: an empty file of five", .archive(gzip(five(2, nil, []))),
        "set.tar.gz:data_batch_3.bin has 0 bytes, but a whole number of records of 3073 bytes is "
          + "expected (3073 bytes for 1)\(Advice.again)"),
      .init(
        "tar: a byte too few in a file",
        .archive(gzip(five(2, nil, Array(TestRecords.record(0).dropLast())))),
        "set.tar.gz:data_batch_3.bin has 3072 bytes, but a whole number of records of 3073 bytes is "
          + "expected (3073 bytes for 1)\(Advice.again)"),
      .init(
        "tar: a record too many in a file",
        .archive(gzip(five(2, nil, TestRecords.file(0, perFile: 2)))),
        "set.tar.gz:data_batch_3.bin has 6146 bytes (2 records), but 3073 bytes (1 records) are "
          + "expected, as in data_batch_1.bin\(Advice.again)"),
      .init(
        "tar: label 11", .archive(gzip(five(4, nil, label))),
        "set.tar.gz:data_batch_5.bin has the label 11 in record 0 (byte 0), but labels are 0 to 9"
          + Advice.again),
      .init(
        "tar: one class name",
        .archive(gzip(five(-1).dropLast(1024) + tar([("batches.meta.txt", [0x61])]))),
        "set.tar.gz:batches.meta.txt is not a list of ten different class names, a line each: it has "
          + "1 names; correct or delete it"),
      .init(
        "tar: class names of 5000 bytes",
        .archive(gzip(tar([("batches.meta.txt", [UInt8](repeating: 0x61, count: 5000))]))),
        "set.tar.gz:batches.meta.txt is not a list of ten different class names, a line each: it has "
          + "5000 bytes; correct or delete it"),
    ]
}
