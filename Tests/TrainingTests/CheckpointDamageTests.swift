// Damaged checkpoints: every truncation, every flipped bit is found, the tensor is named, and the next
// older checkpoint is taken.

import Diagnostics
import Tensors
import Testing

@testable import Training

struct CheckpointDamageTests {
  private func expectFallback(_ bytes: [UInt8], _ what: String) throws {
    let fileSystem = MemoryFileSystem()
    fileSystem.put(CheckpointExample.path(100), try CheckpointExample.bytes(images: 100))
    fileSystem.put(CheckpointExample.path(200), bytes)
    let warnings = CollectedWarnings()
    let latest = try CheckpointExample.store(fileSystem, warnings: warnings).latest()
    #expect(latest?.state.images == 100, "\(what)")
    #expect(warnings.all.count == 1, "\(what): \(warnings.all)")
    #expect(warnings.all.first?.contains(CheckpointName.file(images: 200)) == true, "\(what)")
  }

  @Test func everyTruncationFallsBack() throws {
    let good = try CheckpointExample.bytes(images: 200)
    for length in 0..<good.count { try expectFallback(Array(good[..<length]), "length \(length)") }
    try expectFallback(good + [0], "one byte more")
  }

  @Test func everyFlippedBitIsFoundAndItsTensorNamed() throws {
    let good = try CheckpointExample.bytes(images: 200)
    let file = try SafetensorsFile(bytes: good)
    let dataOffset = try file.headerBytes().count
    for position in good.indices {
      let owner = file.entries.first { $0.bytes.contains(position - dataOffset) }
      for bit in 0..<8 {
        var bytes = good
        bytes[position] ^= 1 << bit
        let error = #expect(throws: (any Error).self, "byte \(position), bit \(bit)") {
          _ = try CheckpointFile(source: MemorySource(bytes)).verify()
        }
        #expect((error as? any DiagnosableError)?.exitCode == .damagedInput)
        if let owner {
          #expect(
            error as? CheckpointError == .damaged(path: "memory", .tensorDigest(owner.name)),
            "byte \(position), bit \(bit)")
        }
      }
      var bytes = good
      bytes[position] ^= 0x10
      try expectFallback(bytes, "byte \(position)")
    }
  }

  /// Two bytes swapped inside a tensor, and two tensors of one shape swapped.
  @Test func swappedDataIsFound() throws {
    let fileSystem = MemoryFileSystem()
    var contents = CheckpointContents(state: CheckpointExample.state(images: 200))
    contents.append("generator/a", Tensor([2], [1, 2]))
    contents.append("generator/b", Tensor([2], [3, 4]))
    try CheckpointExample.store(fileSystem).save(contents)
    var bytes = fileSystem.content(CheckpointExample.path(200)) ?? []
    let end = bytes.count
    bytes = bytes.dropLast(16) + bytes[(end - 8)...] + bytes[(end - 16)..<(end - 8)]
    #expect(throws: CheckpointError.damaged(path: "memory", .tensorDigest("generator/a"))) {
      _ = try CheckpointFile(source: MemorySource(bytes)).verify()
    }
  }

  @Test func withoutAnyGoodCheckpointTheRunStops() throws {
    let fileSystem = MemoryFileSystem()
    let warnings = CollectedWarnings()
    #expect(try CheckpointExample.store(fileSystem).latest() == nil)
    for images in [100, 200, 300] {
      fileSystem.put(
        CheckpointExample.path(images),
        Array(try CheckpointExample.bytes(images: images).dropLast(50)))
    }
    let expected = CheckpointError.noneUsable(directory: CheckpointExample.directory, count: 3)
    #expect(throws: expected) {
      _ = try CheckpointExample.store(fileSystem, warnings: warnings).latest()
    }
    #expect(expected.exitCode == .damagedInput)
    #expect(warnings.all.count == 3)
  }

  @Test func aFileUnderAnotherNameIsPassedOver() throws {
    let fileSystem = MemoryFileSystem()
    fileSystem.put(CheckpointExample.path(100), try CheckpointExample.bytes(images: 100))
    fileSystem.put(CheckpointExample.path(900), try CheckpointExample.bytes(images: 50))
    #expect(try CheckpointExample.store(fileSystem).latest()?.state.images == 100)
  }

  @Test func otherSafetensorsFilesAreNoCheckpoints() throws {
    let bytes = SafetensorsFile.encode([("generator/a", Tensor(1))], metadata: ["step": "1"])
    #expect(throws: CheckpointError.damaged(path: "memory", .notCheckpoint)) {
      _ = try CheckpointFile(source: MemorySource(bytes))
    }
  }

  @Test func valuesThatAreNotFiniteAreNotSaved() throws {
    for value in [Float.nan, .infinity, -.infinity] {
      let fileSystem = MemoryFileSystem()
      var contents = CheckpointExample.contents(images: 200)
      contents.append("ema/l1.bias", Tensor([3], [0, value, 0]))
      let error = #expect(throws: CheckpointError.self) {
        try CheckpointExample.store(fileSystem).save(contents)
      }
      #expect(error?.exitCode == .nonFinite)
      #expect(error?.description.contains("element 1 of ema/l1.bias is \(value)") == true)
      #expect(fileSystem.names == [])
    }
  }
}
