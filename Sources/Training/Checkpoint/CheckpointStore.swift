// The checkpoints of one run: saving them durably, finding the newest good one, removing old ones.
// Safe to use from a thread in the background, one save at a time.

import Diagnostics
import Foundation
import Tensors

/// The folder of a run's checkpoints.
public struct CheckpointStore: Sendable {
  public let directory: String
  public let retention: CheckpointRetention
  private let fileSystem: any FileSystem
  private let beforeCommit: (@Sendable () throws -> Void)?
  private let warn: @Sendable (String) -> Void

  /// - Parameters:
  ///   - beforeCommit: called before each rename; throws where the run lost its folder to another
  ///     (`RunLock.requireHeld`).
  ///   - warn: takes sentences that a user must see although the run goes on.
  public init(
    directory: String, retention: CheckpointRetention = CheckpointRetention(),
    fileSystem: any FileSystem = PosixFileSystem(),
    beforeCommit: (@Sendable () throws -> Void)? = nil,
    warn: @escaping @Sendable (String) -> Void
  ) {
    self.directory = directory
    self.retention = retention
    self.fileSystem = fileSystem
    self.beforeCommit = beforeCommit
    self.warn = warn
  }

  /// Makes the folder, removes what interrupted writers left, and tries whether files can be
  /// created; to be called once, by the owner of the run's lock, before the first step.
  ///
  /// - Throws: `CheckpointError.cannotPrepare` (73).
  public func prepare() throws {
    do throws(SystemCallFailure) {
      try fileSystem.uninterrupted { () throws(SystemCallFailure) in
        try fileSystem.createDirectories(directory)
      }
      for name in try list() where CheckpointName.isTemporary(name) {
        try remove(name)
        warn("\(printable(path(name))): removed what an interrupted writer left")
      }
      let probe = CheckpointName.temporary(for: CheckpointName.file(images: 0), attempt: 0)
      let descriptor = try fileSystem.uninterrupted { () throws(SystemCallFailure) in
        try fileSystem.createExclusively(path(probe), mode: 0o600)
      }
      do throws(SystemCallFailure) {
        try fileSystem.closeOnce(descriptor)
      } catch {
        try? remove(probe)
        throw error
      }
      try remove(probe)
    } catch {
      throw CheckpointError.cannotPrepare(path: directory, error)
    }
  }

  /// Writes a checkpoint; when this returns it is durable, and old ones may be gone.
  ///
  /// - Returns: the path and the digest of the weights.
  /// - Throws: `CheckpointError`: no space or a failed write (74), a value that is not finite (79).
  @discardableResult
  public func save(_ contents: CheckpointContents) throws -> (path: String, weightsDigest: String) {
    let file = CheckpointName.file(images: contents.state.images)
    let encoding = try CheckpointEncoding(contents, path: path(file))
    let write = DurableWrite(
      fileSystem: fileSystem, directory: directory, file: file,
      byteCount: encoding.layout.byteCount, beforeCommit: beforeCommit, warn: warn)
    try write.commit { sink in
      var writer = try SafetensorsWriter(encoding.layout, to: sink)
      for (_, tensor) in contents.tensors { try writer.append(tensor) }
      _ = writer.finish()
    } verify: { temporary in
      let source = try FileSystemSource(
        fileSystem, path: temporary, followLinks: false, fromDevice: true)
      let written = try CheckpointFile(source: source)
      guard try written.file.headerBytes() == encoding.layout.header else {
        throw CheckpointError.damaged(path: temporary, .headerDigest)
      }
      _ = try written.verify()
    }
    removeOld(saved: contents.state.images)
    return (path(file), encoding.weightsDigest)
  }

  /// The newest checkpoint all of whose digests are right, in memory; nil where there is none at all.
  ///
  /// Damaged ones are passed over with a warning each.
  /// - Throws: `CheckpointError.noneUsable` (65) where there are some but none is good.
  public func latest() throws -> Checkpoint? {
    let candidates = try images().sorted(by: >)
    for images in candidates {
      let path = path(CheckpointName.file(images: images))
      do {
        let checkpoint = try Checkpoint(path: path, fileSystem: fileSystem)
        guard checkpoint.state.images == images else {
          throw CheckpointError.damaged(
            path: path, .nameDiffers(images: checkpoint.state.images))
        }
        return checkpoint
      } catch {
        warn("\(error); trying the next older checkpoint")
      }
    }
    guard candidates.isEmpty else {
      throw CheckpointError.noneUsable(directory: directory, count: candidates.count)
    }
    return nil
  }

  /// The images of all files with a checkpoint's name; none where there is no folder.
  private func images() throws -> [Int] {
    do throws(SystemCallFailure) {
      return try list().compactMap { CheckpointName.images(file: $0) }
    } catch {
      if error.errno == ENOENT { return [] }
      throw CheckpointError.cannotList(path: directory, error)
    }
  }

  /// A file that cannot be removed costs space only, so it is a warning.
  private func removeOld(saved: Int) {
    do {
      for images in retention.removable(try images(), saved: saved) {
        let path = path(CheckpointName.file(images: images))
        do throws(SystemCallFailure) {
          try remove(CheckpointName.file(images: images))
        } catch {
          warn("\(printable(path)): the old checkpoint stays (\(error.text))")
        }
      }
    } catch {
      warn("\(error); old checkpoints stay")
    }
  }

  private func list() throws(SystemCallFailure) -> [String] {
    try fileSystem.uninterrupted { () throws(SystemCallFailure) in try fileSystem.list(directory) }
  }

  private func remove(_ file: String) throws(SystemCallFailure) {
    try fileSystem.uninterrupted { () throws(SystemCallFailure) in
      try fileSystem.remove(path(file))
    }
  }

  private func path(_ file: String) -> String { directory + "/" + file }
}
