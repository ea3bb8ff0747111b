// Damaged and hostile archives: a typed error each, no trap, no hang, bounded memory.

import Diagnostics
import Foundation
import Testing

@testable import Datasets

@Suite struct BadArchiveTests {
  private func expect(
    _ fault: ArchiveFault, _ source: MemoryByteSource,
    _ location: SourceLocation = #_sourceLocation
  ) {
    let expected = DatasetError.badArchive(path: source.path, fault: fault)
    #expect(throws: expected, sourceLocation: location) { _ = try CIFAR10(archive: source) }
    #expect(expected.exitCode == .damagedInput)
    #expect(expected.description.hasPrefix(source.path + " "))
  }

  private func source(_ tar: [UInt8]) -> MemoryByteSource {
    MemoryByteSource(path: "set.tar.gz", gzip(tar))
  }

  @Test(arguments: [[], [0x1F], [0x1F, 0x8C, 8], Array("PK\u{3}\u{4}".utf8), [0, 0]])
  func notGzip(bytes: [UInt8]) {
    expect(.notGzip, MemoryByteSource(path: "set.tar.gz", bytes))
  }

  /// Cut after every byte.
  @Test func everyTruncation() {
    let whole = gzip(TestTar.sound().bytes, level: 9)
    for length in 2..<whole.count {
      expect(
        .gzipTruncated(size: length),
        MemoryByteSource(path: "set.tar.gz", Array(whole.prefix(length))))
    }
  }

  /// A flipped bit is an error, or changes nothing: the gzip header's time, or the distance of a copy out
  /// of a long run of zeros.
  @Test func everyFlippedBit() throws {
    let whole = gzip(TestTar.sound().bytes, level: 9)
    let digest = try CIFAR10(archive: MemoryByteSource(path: "set.tar.gz", whole)).digest
    var refused = 0
    for bit in 0..<whole.count * 8 {
      var damaged = whole
      damaged[bit / 8] ^= 1 << (bit % 8)
      do {
        let set = try CIFAR10(archive: MemoryByteSource(path: "set.tar.gz", damaged))
        #expect(set.digest == digest, "bit \(bit)")
      } catch {
        #expect(error is DatasetError, "bit \(bit): \(error)")
        refused += 1
      }
    }
    #expect(refused > whole.count * 7)
  }

  @Test func trailingBytes() {
    let whole = gzip(TestTar.sound().bytes)
    for extra in [[0], [0x1F, 0x8B], whole] as [[UInt8]] {
      expect(
        .gzipTrailingBytes(offset: whole.count, size: whole.count + extra.count),
        MemoryByteSource(path: "set.tar.gz", whole + extra))
    }
  }

  @Test func bytesAfterTheEndOfTheTar() {
    let tar = TestTar.sound().bytes
    for place in [-512, -1, 0, 1, 511, 512, 4000] {
      let bytes = (tar + [UInt8](repeating: 0, count: max(place, 0)))
      var damaged = bytes + (place >= 0 ? [7] : [])
      let offset = tar.count + place
      damaged[offset] = 7
      expect(.bytesAfterEnd(offset: offset), source(damaged))
    }
  }

  @Test func zerosAfterTheEndAreAllowed() throws {
    for zeros in [0, 1, 511, 9 * 512] {
      let tar = TestTar.sound().bytes + [UInt8](repeating: 0, count: zeros)
      #expect(try CIFAR10(archive: source(tar)).count == 5)
    }
  }

  /// A sound gzip file around a tar that ends early.
  @Test func everyShortTar() {
    let tar = TestTar.sound().bytes
    for length in stride(from: 0, to: tar.count, by: 37) {
      expect(.tarTruncated(offset: length), source(Array(tar.prefix(length))))
    }
  }

  @Test func headerChecksums() {
    for offset in [1, -1, 1000] {
      var tar = TestTar()
      tar.add("data_batch_1.bin", [1, 2, 3], .init(checksumOffset: offset))
      tar.end()
      expect(.headerChecksum(offset: 0), source(tar.bytes))
    }
    for place in 0..<512 {
      var bytes = TestTar.sound().bytes
      bytes[512 + place] ^= 0x40
      expect(.headerChecksum(offset: 512), source(bytes))
    }
  }

  @Test func headerFields() {
    func expectField(_ field: String, name: String = "x", _ options: TestTar.Options) {
      expect(
        .headerField(field, offset: 0), source(TestTar.header(name, size: 0, options)))
    }
    expectField("magic", .init(magic: Array("ustar\u{0}01".utf8)))
    expectField("magic", .init(magic: [UInt8](repeating: 0, count: 8)))
    expectField("name", name: "", .init())
    expectField("size", .init(size: Array("            ".utf8)))
    expectField("size", .init(size: Array("00000000009\u{0}".utf8)))
    expectField("size", .init(size: Array("-0000000001\u{0}".utf8)))
    expectField("size", .init(size: Array("0000 000001\u{0}".utf8)))
    // GNU's base-256 form, for sizes that octal digits cannot say.
    expectField("size", .init(size: [0x80] + [UInt8](repeating: 0xFF, count: 11)))
    expectField("size", .init(kind: UInt8(ascii: "5"), size: Array("00000000001\u{0}".utf8)))
  }

  /// Links, devices, pax and GNU extensions.
  @Test(arguments: Array("123467xgLKSVA".utf8)) func kindsOfEntries(kind: UInt8) {
    expect(
      .entryKind(kind, name: "../../etc/passwd", offset: 0),
      source(TestTar.header("../../etc/passwd", size: 0, .init(kind: kind))))
  }

  @Test func tooLargeEntries() {
    for size in [64 << 20 | 1, 1 << 33 - 1] {
      expect(
        .entryTooLarge(name: "data_batch_1.bin", size: size, limit: 64 << 20),
        source(TestTar.header("data_batch_1.bin", size: size)))
    }
    expect(
      .entryTooLarge(name: "x", size: 1 << 36 - 1, limit: 64 << 20),
      source(TestTar.header("x", size: 0, .init(size: Array("777777777777".utf8)))))
  }

  @Test func tooManyEntries() {
    var tar = TestTar()
    for index in 0..<65 { tar.add("file\(index)", []) }
    expect(.tooManyEntries(limit: 64), source(tar.bytes))
  }

  @Test func duplicateEntries() {
    var tar = TestTar()
    tar.add("data_batch_1.bin", TestRecords.record(0))
    tar.add("./cifar-10-batches-bin/data_batch_1.bin", TestRecords.record(0))
    expect(
      .duplicateEntry(name: "./cifar-10-batches-bin/data_batch_1.bin"), source(tar.bytes))
  }

  /// 600 MiB of zeros after the end, in 600 KiB: refused at the limit, without holding them.
  @Test func bombIsBounded() {
    let bomb = gzip(
      TestTar.sound(folder: "").bytes + [UInt8](repeating: 0, count: 600 << 20), level: 1)
    expect(.inflatesTooFar(limit: 512 << 20), MemoryByteSource(path: "bomb.tar.gz", bomb))
  }

  @Test(arguments: 0..<5) func missingEntries(file: Int) {
    var tar = TestTar()
    for other in 0..<5 where other != file {
      tar.add(TestRecords.fileNames[other], TestRecords.file(other, perFile: 1))
    }
    // In a folder that is not the published one, it is another file.
    tar.add("old/" + TestRecords.fileNames[file], TestRecords.file(file, perFile: 1))
    tar.end()
    let expected = DatasetError.missingEntry(
      path: "set.tar.gz", entry: TestRecords.fileNames[file])
    #expect(throws: expected) { _ = try CIFAR10(archive: source(tar.bytes)) }
    #expect(expected.exitCode == .missingInput)
  }

  @Test func unequalFilesInAnArchive() {
    var tar = TestTar()
    for file in 0..<5 {
      tar.add(TestRecords.fileNames[file], TestRecords.file(file, perFile: file == 2 ? 3 : 2))
    }
    tar.end()
    let expected = DatasetError.unequalSize(
      file: "set.tar.gz:data_batch_3.bin", size: 9219, expected: 6146,
      reference: "data_batch_1.bin")
    #expect(throws: expected) { _ = try CIFAR10(archive: source(tar.bytes)) }
  }

  @Test func classNamesInAnArchive() throws {
    let names = (0..<10).map { "name \($0)" }
    var tar = TestTar()
    tar.add("batches.meta.txt", Array(names.joined(separator: "\r\n").utf8))
    let sound = TestTar.sound().bytes
    #expect(try CIFAR10(archive: source(tar.bytes + sound)).classNames == names)
    for (bytes, reason) in [
      ([0x61], "it has 1 names"), ([UInt8](repeating: 0x61, count: 5000), "it has 5000 bytes"),
    ] {
      var bad = TestTar()
      bad.add("batches.meta.txt", bytes)
      #expect(
        throws: DatasetError.badClassNames(file: "set.tar.gz:batches.meta.txt", reason: reason)
      ) { _ = try CIFAR10(archive: source(bad.bytes + sound)) }
    }
  }

  /// An archive that is replaced by a sound one with other or fewer records, in the same number of bytes.
  @Test func archiveThatIsReplaced() throws {
    let folder = try TemporaryFolder()
    func stored(_ perFile: Int, from first: Int) -> [UInt8] {
      var tar = TestTar()
      for file in 0..<5 {
        let records = (0..<perFile).flatMap { TestRecords.record(first + file * perFile + $0) }
        tar.add(TestRecords.fileNames[file], records)
      }
      tar.add("filler", [UInt8](repeating: 0, count: 5 * 3584 * (2 - perFile)))
      tar.end()
      return gzip(tar.bytes, level: 0)
    }
    let two = stored(2, from: 0)
    try folder.write("set.tar.gz", two)
    let path = folder.path + "/set.tar.gz"
    let set = try CIFAR10(path: path)
    for other in [stored(1, from: 0), stored(2, from: 1)] {
      let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
      try handle.write(contentsOf: Data(other.prefix(two.count)))
      try handle.close()
      #expect(throws: DatasetError.self) { _ = try set.records([1]) }
      #expect(throws: DatasetError.self) { _ = try set.records([9]) }
    }
  }

  @Test func recordFaultsInAnArchive() {
    var tar = TestTar()
    var record = TestRecords.record(0)
    record[0] = 11
    tar.add("data_batch_1.bin", TestRecords.record(1) + record)
    #expect(
      throws: DatasetError.badLabel(file: "set.tar.gz:data_batch_1.bin", record: 1, label: 11)
    ) { _ = try CIFAR10(archive: source(tar.bytes)) }
    var short = TestTar()
    short.add("data_batch_3.bin", Array(TestRecords.record(1).dropLast()))
    #expect(
      throws: DatasetError.partialRecord(file: "set.tar.gz:data_batch_3.bin", size: 3072)
    ) { _ = try CIFAR10(archive: source(short.bytes)) }
  }

  @Test func namesFromTheArchiveAreEscaped() {
    let fault = ArchiveFault.entryKind(0x32, name: "a\u{1B}]0;x\u{7}\n", offset: 512)
    let error = DatasetError.badArchive(path: "set.tar.gz", fault: fault)
    #expect(error.description.contains("'a\\u{1b}]0;x\\u{7}\\u{a}' of type 50"))
  }
}
