// Saving, finding and keeping checkpoints where nothing goes wrong.

import Diagnostics
import Foundation
import Tensors
import TestSupport
import Testing

@testable import Training

struct CheckpointStoreTests {
  @Test func whatIsSavedIsLoaded() throws {
    let fileSystem = MemoryFileSystem()
    let contents = CheckpointExample.contents(images: 100_250)
    let saved = try CheckpointExample.store(fileSystem).save(contents)
    #expect(saved.path == "run/checkpoints/kimg-000100.250.safetensors")
    let loaded = try #require(try CheckpointExample.store(fileSystem).latest())
    #expect(loaded.state == contents.state)
    #expect(loaded.path == saved.path && loaded.weightsDigest == saved.weightsDigest)
    #expect(loaded.names == contents.tensors.map(\.name))
    for (name, tensor) in contents.tensors {
      #expect(try loaded.tensor(named: name).elements == tensor.elements)
      #expect(try loaded.tensor(named: name).shape == tensor.shape)
    }
    #expect(fileSystem.mode(saved.path) == 0o644)
  }

  /// The digest was computed by Python's hashlib from the definition in `WeightsDigest.swift`.
  @Test func theWeightsDigestIsThatOfItsDefinition() throws {
    try withTemporaryFolder { folder in
      var contents = CheckpointContents(state: CheckpointExample.state(images: 64))
      contents.append(
        .generator, table: [("w", [2, 3]), ("b", [2])], flat: Tensor([8], (0..<8).map(Float.init)))
      contents.append(.discriminator, table: [("w", [1, 1, 2])], flat: Tensor([2], [-1, 0.5]))
      contents.append("adam/generator/m/w", Tensor([1], [7]))
      let expected = "0c65f0ab5e8b645902ff14c4be6398801c2fb80f58745a66ca69d2a3a138917d"
      let store = CheckpointStore(directory: folder, warn: { _ in })
      let saved = try store.save(contents)
      #expect(saved.weightsDigest == expected)
      #expect(try weightsDigest(ofCheckpointAt: saved.path) == expected)

      // Neither the optimizer nor the metadata counts; a weight does.
      contents.state.step += 1
      contents.append("adam/generator/v/w", Tensor([1], [8]))
      #expect(try store.save(contents).weightsDigest == expected)
      contents.append("ema/w", Tensor([1], [8]))
      #expect(try store.save(contents).weightsDigest != expected)
    }
  }

  @Test func equalContentsGiveEqualFiles() throws {
    #expect(try CheckpointExample.bytes(images: 7) == CheckpointExample.bytes(images: 7))
    #expect(try CheckpointExample.bytes(images: 7) != CheckpointExample.bytes(images: 8))
  }

  @Test func onDiskNothingElseIsLeftAndNothingIsFollowed() throws {
    try withTemporaryFolder { folder in
      let directory = folder + "/a/b"
      let warnings = CollectedWarnings()
      let store = CheckpointStore(directory: directory, warn: warnings.add)
      try store.prepare()
      let stale = directory + "/.kimg-000000.001.safetensors.tmp.1.1"
      #expect(FileManager.default.createFile(atPath: stale, contents: Data([1])))
      try store.prepare()
      #expect(warnings.all.count == 1)
      try store.save(CheckpointExample.contents(images: 100))
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: directory)
          == ["kimg-000000.100.safetensors"])

      // A link that waits under the temporary name is not written through.
      let name = CheckpointName.temporary(for: CheckpointName.file(images: 200), attempt: 1)
      let target = folder + "/target"
      #expect(symlink(target, directory + "/" + name) == 0)
      let expected = SystemCallFailure("open", errno: EEXIST)
      let error = #expect(throws: CheckpointError.self) {
        try store.save(CheckpointExample.contents(images: 200))
      }
      if case .cannotWrite(_, let failure, _, _, _) = error { #expect(failure == expected) }
      #expect(error?.exitCode == .cannotWrite)
      #expect(!FileManager.default.fileExists(atPath: target))
      #expect(try store.latest()?.state.images == 100)
    }
  }

  @Test func aMissingFileIsMissingInput() {
    let error = #expect(throws: SafetensorsError.self) {
      _ = try weightsDigest(ofCheckpointAt: "/nonexistent/a.safetensors")
    }
    #expect(error?.exitCode == .missingInput)
  }

  @Test func namesSortByProgressAndAreReadBack() {
    let progress = [0, 1, 63, 999, 1000, 1001, 100_250, 999_999, 160_000_000, 999_999_999]
    let names = progress.map(CheckpointName.file)
    #expect(names == names.sorted())
    #expect(names.map(CheckpointName.images(file:)) == progress)
    for other in [
      "kimg-1.000.safetensors", "kimg-000001.safetensors", "kimg--00001.000.safetensors",
      "kimg-000001.0000.safetensors", ".kimg-000001.000.safetensors.tmp.1.1", "kimg-.safetensors",
      "kimg-+00001.000.safetensors", "kimg-9223372036854775807.999.safetensors", "latest",
    ] {
      #expect(CheckpointName.images(file: other) == nil, "\(other)")
    }
  }

  @Test func theNewestStayAndNowAndThenOneForGood() {
    let every100 = Array(stride(from: 100, through: 1000, by: 100))
    let newest = CheckpointRetention(keep: 3)
    #expect(newest.removable(every100, saved: 1000) == Array(every100.dropLast(3)))
    #expect(newest.removable([100, 200, 300], saved: 300) == [])
    // The first of every 400 images stays: 400 and 800; 900 and 1000 are among the newest.
    let milestones = CheckpointRetention(keep: 3, milestoneImages: 400)
    #expect(milestones.removable(every100, saved: 1000) == [100, 200, 300, 500, 600, 700])
    // What is ahead of a run that fell back neither goes nor counts.
    #expect(newest.removable(every100, saved: 500) == [100, 200])
  }

  @Test func oldCheckpointsGoOnlyAfterTheNewOneIsDurable() throws {
    let fileSystem = MemoryFileSystem()
    let store = CheckpointExample.store(fileSystem, milestoneImages: 250)
    for images in stride(from: 100, through: 800, by: 100) {
      try store.save(CheckpointExample.contents(images: images))
    }
    // Milestones: 300 (first from 250 on), 500, 800 (first from 750 on).
    #expect(fileSystem.names == [300, 500, 600, 700, 800].map(CheckpointExample.path))
    let calls = fileSystem.calls
    let unlink = try #require(calls.firstIndex(of: "unlink"))
    let synced = try #require(calls[..<unlink].lastIndex(of: "fsync of the folder"))
    #expect(!calls[synced..<unlink].contains("rename"))
  }

  @Test func anotherConfigurationIsRefusedWithItsKeys() throws {
    let fileSystem = MemoryFileSystem()
    try CheckpointExample.store(fileSystem).save(CheckpointExample.contents(images: 100))
    let checkpoint = try #require(try CheckpointExample.store(fileSystem).latest())
    try checkpoint.requireSame { $0.configuration == "seed: 9\n" ? [] : ["seed"] }
    let error = #expect(throws: CheckpointError.self) {
      try checkpoint.requireSame { _ in
        ["batch.blocks: 8 in the checkpoint, 4 now", "seed: \u{1B}"]
      }
    }
    #expect(error?.exitCode == .disagreement)
    #expect(error?.description.contains("batch.blocks: 8 in the checkpoint, 4 now") == true)
    #expect(error?.description.contains("\u{1B}") == false)
  }

  @Test func sectionsAreReadAsTheyWereWritten() throws {
    let fileSystem = MemoryFileSystem()
    try CheckpointExample.store(fileSystem).save(CheckpointExample.contents(images: 100))
    let checkpoint = try #require(try CheckpointExample.store(fileSystem).latest())
    let table: [(name: String, shape: Shape)] = [("l1.weight", [2, 2]), ("l1.bias", [2])]
    #expect(
      try checkpoint.flat(.generator, table: table).elements == [100, 101, 102, 103, 104, 105])
    let wrong: [([(name: String, shape: Shape)], ModelDifference)] = [
      ([table[0]], .unexpected("generator/l1.bias")),
      (table + [("l2", [1])], .missing("generator/l2")),
      ([table[1], table[0]], .order("generator")),
      (
        [("l1.weight", [4]), table[1]],
        .shape("generator/l1.weight", found: [2, 2], expected: [4])
      ),
    ]
    for (table, detail) in wrong {
      let expected = CheckpointError.otherModel(path: checkpoint.path, detail: detail)
      #expect(throws: expected) { _ = try checkpoint.flat(.generator, table: table) }
      #expect(expected.exitCode == .disagreement)
    }
  }
}

@Suite struct ParentFolderTests {
  @Test(arguments: [
    ("q", "."), ("a/b", "a"), ("a/b/", "a"), ("/a", "/"), ("/a/b//c", "/a/b"), ("/", "/"),
    ("//a", "/"), ("./q", "."),
  ])
  func parents(path: String, expected: String) {
    #expect(PosixFileSystem.parent(of: path) == expected)
  }
}
