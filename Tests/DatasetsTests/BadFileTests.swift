// Files damaged in every place, missing ones, and ones that change: each gives its own error and exit code.
// Attacks made by hand, with their sentences, are in `DatasetAttackCorpus`.

import Diagnostics
import Foundation
import Testing

@testable import Datasets

@Suite struct BadFileTests {
  /// Opens a folder in which `damage` was done.
  private func open(
    perFile: Int = 3, _ damage: (TemporaryFolder) throws -> Void
  ) throws -> (error: DatasetError, folder: String) {
    let folder = try TemporaryFolder.sound(perFile: perFile)
    try damage(folder)
    let error = try #require(throws: DatasetError.self) { _ = try CIFAR10(path: folder.path) }
    return (error, folder.path)
  }

  @Test(arguments: 10...255) func everyBadLabel(label: UInt8) throws {
    let file = Int(label) % 5
    let record = Int(label) % 3
    var bytes = TestRecords.file(file, perFile: 3)
    bytes[record * 3073] = label
    let files = memoryFiles(perFile: 3, damage: (file, bytes))
    let expected = DatasetError.badLabel(
      file: "set/data_batch_\(file + 1).bin", record: record, label: label)
    #expect(throws: expected) { _ = try CIFAR10(files: files, classNames: nil) }
    #expect(expected.exitCode == .damagedInput)
  }

  /// A byte more or less, in each file; the sentence names the size that would be right.
  @Test(arguments: 0..<5, [-1, 1, -3072, 3072, -1536, 1537]) func partialRecords(
    file: Int, difference: Int
  ) throws {
    let sound = TestRecords.file(file, perFile: 3)
    let bytes = Array((sound + sound).prefix(sound.count + difference))
    let (error, folder) = try open { try $0.write(TestRecords.fileNames[file], bytes) }
    let path = folder + "/" + TestRecords.fileNames[file]
    #expect(error == .partialRecord(file: path, size: sound.count + difference))
    #expect(error.exitCode == .damagedInput)
    let records = Int((Double(bytes.count) / 3073).rounded())
    #expect(
      error.description
        == "\(path) has \(bytes.count) bytes, but a whole number of records of 3073 bytes is expected "
        + "(\(records * 3073) bytes for \(records)); copy or download it again")
  }

  /// Cut at a record's end: only the other files show that something is missing.
  @Test(arguments: 0..<5, [2, 4]) func unequalFiles(file: Int, records: Int) throws {
    let sound = TestRecords.file(file, perFile: 3)
    let bytes = Array((sound + sound).prefix(records * 3073))
    let (error, folder) = try open { try $0.write(TestRecords.fileNames[file], bytes) }
    #expect(
      error
        == .unequalSize(
          file: folder + "/" + TestRecords.fileNames[file], size: records * 3073,
          expected: 3 * 3073, reference: file == 0 ? "data_batch_2.bin" : "data_batch_1.bin"))
    #expect(error.exitCode == .damagedInput)
  }

  @Test(arguments: TestRecords.fileNames) func missingFile(name: String) throws {
    let (error, folder) = try open { try $0.remove(name) }
    #expect(error == .cannotOpen(path: folder + "/" + name, errno: ENOENT))
    #expect(error.exitCode == .missingInput)
    #expect(error.description.contains("No such file or directory"))
  }

  @Test(arguments: TestRecords.fileNames) func emptyFile(name: String) throws {
    let (error, folder) = try open { try $0.write(name, []) }
    #expect(error == .partialRecord(file: folder + "/" + name, size: 0))
  }

  @Test func pathTooLong() {
    let path = String(repeating: "x/", count: 3000)
    #expect(throws: DatasetError.cannotOpen(path: path, errno: ENAMETOOLONG)) {
      _ = try CIFAR10(path: path)
    }
  }

  /// Every byte that changes while the run goes on is noticed when its record is loaded.
  @Test func bytesThatChangeLater() throws {
    let folder = try TemporaryFolder.sound()
    let set = try CIFAR10(path: folder.path)
    for trial in 0..<200 {
      let file = trial % 5
      let name = TestRecords.fileNames[file]
      let sound = TestRecords.file(file, perFile: 3)
      let place = trial * 2_654_435_761 % sound.count
      var bytes = sound
      bytes[place] ^= UInt8(1 << (trial % 8))
      try overwrite(folder.path + "/" + name, bytes)
      let expected = DatasetError.changed(file: folder.path + "/" + name, record: place / 3073)
      #expect(throws: expected, "byte \(place) of \(name)") {
        _ = try set.records([file * 3 + place / 3073])
      }
      #expect(throws: expected) { try set.forEachRecord { _, _ in } }
      #expect(expected.exitCode == .damagedInput)
      try overwrite(folder.path + "/" + name, sound)
    }
  }

  @Test func fileThatBecomesShorter() throws {
    let folder = try TemporaryFolder.sound()
    let set = try CIFAR10(path: folder.path)
    #expect(truncate(folder.path + "/data_batch_3.bin", 5000) == 0)
    let expected = DatasetError.cannotRead(
      path: folder.path + "/data_batch_3.bin", offset: 5000, errno: 0)
    #expect(throws: expected) { _ = try set.records([8]) }
    #expect(expected.exitCode == .missingInput)
    #expect(expected.description.contains("became shorter"))
  }

  /// Writes into the same file, not a new one of the same name.
  private func overwrite(_ path: String, _ bytes: [UInt8]) throws {
    let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
    try handle.write(contentsOf: Data(bytes))
    try handle.close()
  }
}
