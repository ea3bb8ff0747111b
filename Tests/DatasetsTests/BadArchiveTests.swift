// Archives damaged in every place: a typed error each, no trap, no hang, bounded memory.  Attacks made by
// hand, with their sentences, are in `DatasetAttackCorpus`.

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

  /// 600 MiB of zeros after the end, in 600 KiB: refused at the limit, without holding them.
  @Test func bombIsBounded() {
    let bomb = gzip(
      TestTar.sound(folder: "").bytes + [UInt8](repeating: 0, count: 600 << 20), level: 1)
    expect(.inflatesTooFar(limit: 384 << 20), MemoryByteSource(path: "bomb.tar.gz", bomb))
  }

  @Test func classNamesInAnArchive() throws {
    let names = (0..<10).map { "name \($0)" }
    var tar = TestTar()
    tar.add("batches.meta.txt", Array(names.joined(separator: "\r\n").utf8))
    let sound = TestTar.sound().bytes
    #expect(try CIFAR10(archive: source(tar.bytes + sound)).classNames == names)
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
}
