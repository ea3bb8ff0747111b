// How a file comes to be: under its name there is at any moment either the old content or the whole
// new one, and after `commit` returns the new one survives a power cut.
//
// Free space is checked; a hidden file is created (exclusively, 0600), written, given its final mode,
// fsynced and closed; it is read back from the device and compared by its digests; it is renamed; the
// folder is fsynced.  The system reports a failed write-back to one fsync and then forgets the pages,
// so a second fsync of the same file proves nothing: a new file is written, once.

import Foundation

struct DurableWrite {
  /// Readable by all, as the other files of a run: the folder, made under the user's umask, is what
  /// restricts access.
  private static let finalMode: UInt32 = 0o644

  let fileSystem: any FileSystem
  let directory: String
  let file: String
  let byteCount: Int
  /// Called before the rename, for a last check that the run still owns its folder.
  let beforeCommit: (@Sendable () throws -> Void)?
  let warn: @Sendable (String) -> Void

  /// What ends an attempt.
  private struct AttemptFailure: Error {
    let failure: SystemCallFailure
    let path: String
    let offset: Int
    /// Whether another file may succeed.
    let isSync: Bool
  }

  /// Writes the file and makes it durable.
  ///
  /// - Parameters:
  ///   - write: appends all bytes to the sink.
  ///   - verify: reads the file at a path back and throws where it is not what was written.
  /// - Throws: `CheckpointError`; the file of that name is then the old one, or, where only the
  ///   folder's fsync failed, possibly the new one.
  func commit(write: (FileSink) throws -> Void, verify: (String) throws -> Void) throws {
    try checkSpace()
    do {
      try attempt(1, write: write, verify: verify)
    } catch let failed as AttemptFailure where failed.isSync {
      warn("\(failed.path): \(failed.failure.text); writing the checkpoint once more")
      do {
        try attempt(2, write: write, verify: verify)
      } catch let failed as AttemptFailure {
        throw error(failed)
      }
    } catch let failed as AttemptFailure {
      throw error(failed)
    }
  }

  private func attempt(
    _ number: Int, write: (FileSink) throws -> Void, verify: (String) throws -> Void
  ) throws {
    let temporary = directory + "/" + CheckpointName.temporary(for: file, attempt: number)
    try self.write(to: temporary, write)
    do {
      do {
        try verify(temporary)
      } catch {
        throw CheckpointError.readBackDiffers(path: temporary, detail: "\(error)")
      }
      try beforeCommit?()
      let target = directory + "/" + file
      try step(temporary, byteCount) { () throws(SystemCallFailure) in
        try fileSystem.uninterrupted { () throws(SystemCallFailure) in
          try fileSystem.rename(temporary, to: target)
        }
      }
    } catch {
      discard(temporary)
      throw error
    }
    try step(directory, byteCount, isSync: true) { () throws(SystemCallFailure) in
      try fileSystem.syncDirectory(directory)
    }
  }

  /// Creates the temporary file and makes its content durable, or removes it.
  private func write(to temporary: String, _ write: (FileSink) throws -> Void) throws {
    let descriptor = try step(temporary, 0) { () throws(SystemCallFailure) in
      try fileSystem.uninterrupted { () throws(SystemCallFailure) in
        try fileSystem.createExclusively(temporary, mode: 0o600)
      }
    }
    do {
      do {
        try fill(descriptor, temporary, write)
      } catch {
        try? fileSystem.close(descriptor)
        throw error
      }
      // Network file systems report failed writes here.  An interrupted close has closed the file,
      // whose content fsync has already made durable.
      try step(temporary, byteCount) { () throws(SystemCallFailure) in
        try fileSystem.closeOnce(descriptor)
      }
    } catch {
      discard(temporary)
      throw error
    }
  }

  /// Writes, sets the mode of, and syncs an open file.
  private func fill(
    _ descriptor: Int32, _ path: String, _ write: (FileSink) throws -> Void
  ) throws {
    do {
      try write(FileSink(fileSystem: fileSystem, descriptor: descriptor))
    } catch let failed as FileSink.Failure {
      throw AttemptFailure(
        failure: failed.failure, path: path, offset: failed.offset, isSync: false)
    }
    try step(path, byteCount) { () throws(SystemCallFailure) in
      try fileSystem.uninterrupted { () throws(SystemCallFailure) in
        try fileSystem.setMode(descriptor, Self.finalMode)
      }
    }
    try step(path, byteCount, isSync: true) { () throws(SystemCallFailure) in
      try fileSystem.sync(descriptor)
    }
  }

  /// Runs one call and says where its failure happened.
  private func step<Result>(
    _ path: String, _ offset: Int, isSync: Bool = false,
    _ call: () throws(SystemCallFailure) -> Result
  ) throws -> Result {
    do throws(SystemCallFailure) {
      return try call()
    } catch {
      throw AttemptFailure(failure: error, path: path, offset: offset, isSync: isSync)
    }
  }

  /// Removes a temporary file; one that stays is removed at the next start.
  private func discard(_ temporary: String) {
    do throws(SystemCallFailure) {
      try fileSystem.uninterrupted { () throws(SystemCallFailure) in
        try fileSystem.remove(temporary)
      }
    } catch {
      warn("\(temporary): the unfinished file stays (\(error.text)); the next start removes it")
    }
  }

  /// Refuses to begin with less than 1.1 times the file's size free.
  private func checkSpace() throws {
    let free: Int
    do throws(SystemCallFailure) {
      free = try fileSystem.uninterrupted { () throws(SystemCallFailure) in
        try fileSystem.freeBytes(directory)
      }
    } catch {
      throw CheckpointError.cannotWrite(
        path: directory, error, byteOffset: 0, needBytes: byteCount, freeBytes: nil)
    }
    let need = byteCount + byteCount / 10
    guard free >= need else {
      throw CheckpointError.noSpace(path: directory, needBytes: need, freeBytes: free)
    }
  }

  private func error(_ failed: AttemptFailure) -> CheckpointError {
    .cannotWrite(
      path: failed.path, failed.failure, byteOffset: failed.offset, needBytes: byteCount,
      freeBytes: try? fileSystem.freeBytes(directory))
  }
}
