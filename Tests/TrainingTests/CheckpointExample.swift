// A small checkpoint for tests, and stores over files in memory.

import Synchronization
import Tensors

@testable import Training

/// Sentences that a store said while it went on.
final class CollectedWarnings: Sendable {
  private let lines = Mutex<[String]>([])
  var all: [String] { lines.withLock { $0 } }
  func add(_ line: String) { lines.withLock { $0.append(line) } }
}

enum CheckpointExample {
  static let directory = "run/checkpoints"

  static func state(images: Int, configuration: String = "seed: 9\n") -> CheckpointState {
    CheckpointState(
      step: images / 64, images: images, seed: 9, blocks: 8, configuration: configuration,
      datasetDigest: String(repeating: "ab", count: 32), additional: ["generator_steps": "3"])
  }

  /// Four tensors whose values depend on the progress.
  static func contents(images: Int) -> CheckpointContents {
    var contents = CheckpointContents(state: state(images: images))
    let base = Float(images)
    contents.append(
      .generator, table: [("l1.weight", [2, 2]), ("l1.bias", [2])],
      flat: Tensor([6], (0..<6).map { base + Float($0) }))
    contents.append(
      .discriminator, table: [("head.weight", [1, 3])], flat: Tensor([3], [1, 2, base]))
    contents.append(
      .generatorFirstMoment, table: [("l1.weight", [2, 2])], flat: Tensor([4], [0, -1, 0.5, base]))
    return contents
  }

  static func store(
    _ fileSystem: MemoryFileSystem, keep: Int = 3, milestoneImages: Int = 0,
    warnings: CollectedWarnings = CollectedWarnings()
  ) -> CheckpointStore {
    CheckpointStore(
      directory: directory,
      retention: CheckpointRetention(keep: keep, milestoneImages: milestoneImages),
      fileSystem: fileSystem, warn: warnings.add)
  }

  static func path(_ images: Int) -> String {
    directory + "/" + CheckpointName.file(images: images)
  }

  /// The bytes of a good checkpoint file.
  static func bytes(images: Int) throws -> [UInt8] {
    let fileSystem = MemoryFileSystem()
    try store(fileSystem).save(contents(images: images))
    return fileSystem.content(path(images)) ?? []
  }
}
