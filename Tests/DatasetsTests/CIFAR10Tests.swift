// Sound sets: what is read is what was written, from a folder, an inner folder and an archive.

import Checksums
import Foundation
import Testing

@testable import Datasets

@Suite struct CIFAR10Tests {
  @Test func recordsOfAFolderInAnyOrder() throws {
    let folder = try TemporaryFolder.sound(perFile: 300)
    let set = try CIFAR10(path: folder.path + "//")
    #expect(set.count == 1500)
    #expect(set.source == folder.path)
    let indices = [1499, 0, 299, 300, 127, 128, 1, 900, 900, 1200, 599]
    #expect(try set.records(indices) == indices.map(TestRecords.record))
    #expect(try set.records([]) == [])
  }

  @Test func everyRecordOnceInAPass() throws {
    let set = try CIFAR10(files: memoryFiles(perFile: 130), classNames: nil)
    var seen: [Int] = []
    try set.forEachRecord { index, bytes in
      seen.append(index)
      #expect(bytes.elementsEqual(TestRecords.record(index)))
    }
    #expect(seen == Array(0..<650))
  }

  @Test func innerFolderAndClassNames() throws {
    let folder = try TemporaryFolder.sound(prefix: "cifar-10-batches-bin/")
    let names = [
      "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
    ]
    try folder.write(
      "cifar-10-batches-bin/batches.meta.txt", Array((names.joined(separator: "\n") + "\n\n").utf8))
    let set = try CIFAR10(path: folder.path)
    #expect(set.classNames == names)
    try folder.remove("cifar-10-batches-bin/batches.meta.txt")
    #expect(try CIFAR10(path: folder.path).classNames == (0..<10).map { "class \($0)" })
  }

  @Test func symbolicLinksAreFollowed() throws {
    let folder = try TemporaryFolder.sound()
    let other = try TemporaryFolder()
    try FileManager.default.createSymbolicLink(
      atPath: other.path + "/data", withDestinationPath: folder.path)
    #expect(try CIFAR10(path: other.path + "/data").count == 15)
  }

  /// The archive's order of files differs from their names' order; the set must not.
  @Test func archiveEqualsFolder() throws {
    let folder = try CIFAR10(files: memoryFiles(perFile: 130), classNames: nil)
    let archive = try CIFAR10(archive: TestTar.sound(perFile: 130).source())
    #expect(archive.digest == folder.digest)
    #expect(archive.count == 650)
    let indices = [649, 131, 0, 260, 259, 300, 520]
    #expect(try archive.records(indices) == indices.map(TestRecords.record))
    var seen: Set<Int> = []
    try archive.forEachRecord { index, bytes in
      seen.insert(index)
      #expect(bytes.elementsEqual(TestRecords.record(index)))
    }
    #expect(seen == Set(0..<650))
  }

  /// What GNU tar and gzip write is read, in both of their header formats.
  @Test(arguments: ["ustar", "gnu"]) func archiveOfGNUTar(format: String) throws {
    let folder = try TemporaryFolder.sound(prefix: "cifar-10-batches-bin/")
    let archive = folder.path + "/cifar-10-binary.tar.gz"
    let tar = Process()
    tar.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    tar.arguments = [
      "tar", "--format=\(format)", "-C", folder.path, "-czf", archive, "cifar-10-batches-bin",
    ]
    try tar.run()
    tar.waitUntilExit()
    try #require(tar.terminationStatus == 0)
    let fromArchive = try CIFAR10(path: archive)
    #expect(try fromArchive.digest == CIFAR10(path: folder.path).digest)
    #expect(fromArchive.source == archive)
  }

  /// SHA-256 over the five files' digests, as documented.
  @Test func digestIsThatOfTheFiles() throws {
    let set = try CIFAR10(files: memoryFiles(), classNames: nil)
    let digests = (0..<5).map { file in
      TestRecords.file(file, perFile: 2).withUnsafeBytes { SHA256.hash($0) }
    }
    #expect(set.fileDigests.map(\.digest) == digests)
    #expect(set.fileDigests.map(\.name) == TestRecords.fileNames)
    let joined = digests.flatMap(\.bytes).withUnsafeBytes { SHA256.hash($0) }
    #expect(set.digest == joined.hex)
  }

  /// FIPS 180-4, the examples of one and of two blocks, and the empty message.
  @Test func publishedVectorsOfSHA256() {
    let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    #expect(SHA256.hash("abc").hex == abc)
    #expect(
      SHA256.hash("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq").hex
        == "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1")
    #expect(
      SHA256.hash("").hex == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    var pieces = SHA256()
    for letter in ["a", "", "b", "c"] { pieces.update(letter) }
    #expect(pieces.finalize().hex == abc)
  }

  @Test func summaryCountsAndMoments() throws {
    let set = try CIFAR10(files: memoryFiles(perFile: 6), classNames: nil)
    let summary = try DatasetSummary(set)
    #expect(summary.classCounts == [Int](repeating: 3, count: 10))
    for channel in 0..<3 {
      let values = (0..<30).flatMap { index in
        (0..<1024).map { Double(TestRecords.pixel(index, channel * 1024 + $0)) / 127.5 - 1 }
      }
      let mean = values.reduce(0, +) / Double(values.count)
      let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      let deviation = (squares / Double(values.count)).squareRoot()
      #expect(abs(summary.channelMeans[channel] - mean) < 1e-12)
      #expect(abs(summary.channelDeviations[channel] - deviation) < 1e-12)
    }
  }
}
