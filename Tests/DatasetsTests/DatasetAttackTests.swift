// Hostile and damaged data sets: each is refused with its exact sentence, in one line, at once.

import Diagnostics
import Foundation
import TestSupport
import Testing

@testable import Datasets

struct DatasetAttackTests {
  @Test func theCorpusIsLargeAndWithoutRepetition() {
    #expect(DatasetAttack.all.count >= 100)
    #expect(Set(DatasetAttack.all.map(\.name)).count == DatasetAttack.all.count)
  }

  @Test(arguments: DatasetAttack.all)
  func isRefusedWithItsSentence(attack: DatasetAttack) throws {
    let folder = try TemporaryFolder.sound()
    let error = #expect(throws: DatasetError.self) { try open(attack.place, in: folder) }
    let text = "\(error?.description ?? "accepted")"
    let shown = text.replacingOccurrences(of: folder.path, with: "DIR")
    #expect(shown == attack.sentence)
    #expect(error?.exitCode == .damagedInput || error?.exitCode == .missingInput)
    #expect(text.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control })
  }

  private func open(_ place: DatasetAttack.Place, in folder: TemporaryFolder) throws {
    switch place {
    case .archive(let bytes):
      _ = try CIFAR10(archive: MemoryByteSource(path: "set.tar.gz", bytes))
    case .files(let files, let names):
      let sources = zip(TestRecords.fileNames, files).map { name, bytes in
        MemoryByteSource(path: "set/" + name, bytes)
      }
      _ = try CIFAR10(
        files: sources,
        classNames: names.map { MemoryByteSource(path: "set/batches.meta.txt", $0) })
    case .disk(let path, let damage):
      try damage(folder)
      _ = try CIFAR10(path: folder.path + path)
    }
  }

  /// The seeds of `launch/fuzz` for archives: gzip files, and the tar archives that it stores itself.
  @Test(.enabled(if: fuzzSeedFolder != nil)) func fuzzSeeds() throws {
    let small = TestTar.sound(folder: "").bytes
    var seeds = [
      ("sound", small), ("sound gzip", gzip(small)), ("sound with a folder", TestTar.sound().bytes),
    ]
    for attack in DatasetAttack.all {
      guard case .archive(let bytes) = attack.place else { continue }
      seeds.append((attack.name, inflated(bytes) ?? bytes))
    }
    let bomb = gzip(small + [UInt8](repeating: 0, count: 600 << 20), level: 1)
    try writeFuzzSeeds("archive", longest: 24064, seeds + [("600 MiB of zeros", bomb)])
  }

  /// The seeds for folders: six sizes, then the bytes of which the files are made.
  @Test(.enabled(if: fuzzSeedFolder != nil)) func fuzzSeedsOfFolders() throws {
    func seed(_ sizes: [Int], _ pattern: [UInt8]) -> [UInt8] {
      sizes.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] } + pattern
    }
    let names = Array((0..<10).map { "\($0)\n" }.joined().utf8)
    let seeds: [(String, [UInt8])] = [
      ("sound", seed([3073, 3073, 3073, 3073, 3073, 0], [7])),
      ("two records", seed([6146, 6146, 6146, 6146, 6146, 0], [3])),
      ("names", seed([3073, 3073, 3073, 3073, 3073, 20], names)),
      ("empty", seed([0, 0, 0, 0, 0, 0], [0])),
      ("partial", seed([3073, 3072, 3073, 3073, 3073, 0], [1])),
      ("unequal", seed([3073, 6146, 3073, 3073, 3073, 0], [1])),
      ("labels", seed([3073, 3073, 3073, 3073, 3073, 0], [9, 10])),
    ]
    try writeFuzzSeeds("cifar10", longest: 512, seeds)
  }

  /// The bytes in a sound gzip file.
  private func inflated(_ bytes: [UInt8]) -> [UInt8]? {
    let source = MemoryByteSource(path: "", bytes)
    guard let stream = try? GzipStream(source, limit: 1 << 20) else { return nil }
    var result = [UInt8](repeating: 0, count: 1 << 20)
    guard let count = try? result.withUnsafeMutableBytes({ try stream.read(into: $0) }) else {
      return nil
    }
    return Array(result.prefix(count))
  }
}
