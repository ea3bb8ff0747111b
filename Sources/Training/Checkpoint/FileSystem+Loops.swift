// What is built on single system calls: going on after interruptions and short results, replacing a
// small file, appending to a file as a sink, and reading one as a source.

import Foundation
import Tensors

extension FileSystem {
  /// Repeats a call that a signal interrupted.  Not for fsync: after a failure, whatever its reason,
  /// only a new file can be trusted.
  func uninterrupted<Result>(
    _ call: () throws(SystemCallFailure) -> Result
  ) throws(SystemCallFailure) -> Result {
    while true {
      do throws(SystemCallFailure) {
        return try call()
      } catch {
        guard error.errno == EINTR else { throw error }
      }
    }
  }

  /// Closes a file; one whose closing was interrupted is closed.
  func closeOnce(_ descriptor: Int32) throws(SystemCallFailure) {
    do throws(SystemCallFailure) {
      try close(descriptor)
    } catch  where error.errno == EINTR {}
  }

  /// Puts a small text in the place of a file, so that readers see the old one or the whole new one.
  /// Not durable: for what a later start writes anew.
  func replace(_ path: String, with text: String) throws(SystemCallFailure) {
    let temporary = "\(path).tmp.\(getpid())"
    // What a process of the same number left, if anything.
    try? remove(temporary)
    let descriptor = try uninterrupted { () throws(SystemCallFailure) in
      try createExclusively(temporary, mode: 0o644)
    }
    do throws(SystemCallFailure) {
      do throws(SystemCallFailure) {
        try appendAll(Array(text.utf8), to: descriptor)
      } catch {
        try? close(descriptor)
        throw error
      }
      try closeOnce(descriptor)
      try uninterrupted { () throws(SystemCallFailure) in try rename(temporary, to: path) }
    } catch {
      try? remove(temporary)
      throw error
    }
  }

  private func appendAll(_ bytes: [UInt8], to descriptor: Int32) throws(SystemCallFailure) {
    var sink = FileSink(fileSystem: self, descriptor: descriptor)
    let result = bytes.withUnsafeBytes { bytes in
      Result { () throws(FileSink.Failure) in try sink.append(bytes) }
    }
    if case .failure(let failed) = result { throw failed.failure }
  }
}

/// A file that is being written; keeps the position for messages.
struct FileSink: ByteSink {
  /// At most so many bytes a call, so that an error's position is close.
  private static let pieceBytes = 16 << 20

  let fileSystem: any FileSystem
  let descriptor: Int32
  private(set) var offset = 0

  init(fileSystem: any FileSystem, descriptor: Int32) {
    self.fileSystem = fileSystem
    self.descriptor = descriptor
  }

  /// A failure and where it happened.
  struct Failure: Error {
    let failure: SystemCallFailure
    let offset: Int
  }

  mutating func append(_ bytes: UnsafeRawBufferPointer) throws(Failure) {
    var rest = bytes
    while !rest.isEmpty {
      do throws(SystemCallFailure) {
        let piece = UnsafeRawBufferPointer(rebasing: rest.prefix(Self.pieceBytes))
        let count = try fileSystem.uninterrupted { () throws(SystemCallFailure) in
          try fileSystem.write(descriptor, piece)
        }
        // A device that takes nothing and reports nothing would make this loop endless.
        guard count > 0 else { throw SystemCallFailure("write", errno: EIO) }
        rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
        offset += count
      } catch {
        throw Failure(failure: error, offset: offset)
      }
    }
  }
}

/// A file of a `FileSystem`, open for reading as long as this lives.
final class FileSystemSource: RandomAccessSource {
  let name: String
  let byteCount: Int
  private let fileSystem: any FileSystem
  private let descriptor: Int32

  /// Opens a regular file; with `fromDevice`, pages that are cached are dropped first.
  init(
    _ fileSystem: any FileSystem, path: String, followLinks: Bool = true, fromDevice: Bool = false
  ) throws {
    do throws(SystemCallFailure) {
      descriptor = try fileSystem.uninterrupted { () throws(SystemCallFailure) in
        try fileSystem.openForReading(path, followLinks: followLinks)
      }
    } catch {
      throw SafetensorsError(file: path, reason: .cannotOpen(errno: error.errno))
    }
    self.fileSystem = fileSystem
    name = path
    do {
      let size = try fileSystem.uninterrupted { [descriptor] () throws(SystemCallFailure) in
        try fileSystem.regularFileSize(descriptor)
      }
      guard let size else { throw SafetensorsError(file: path, reason: .notRegularFile) }
      byteCount = size
    } catch {
      try? fileSystem.close(descriptor)
      guard let failure = error as? SystemCallFailure else { throw error }
      throw SafetensorsError(file: path, reason: .cannotOpen(errno: failure.errno))
    }
    if fromDevice { fileSystem.dropCache(descriptor) }
  }

  deinit { try? fileSystem.close(descriptor) }

  func read(
    into target: UnsafeMutableRawBufferPointer, at offset: Int
  ) throws(SafetensorsError.Reason) {
    var done = 0
    while done < target.count {
      let rest = UnsafeMutableRawBufferPointer(rebasing: target[done...])
      do throws(SystemCallFailure) {
        let count = try fileSystem.uninterrupted { () throws(SystemCallFailure) in
          try fileSystem.read(descriptor, into: rest, at: offset + done)
        }
        if count == 0 { throw SystemCallFailure("pread", errno: 0) }
        done += count
      } catch {
        throw error.errno == 0
          ? .shrank(fileOffset: offset + done)
          : .unreadable(fileOffset: offset + done, errno: error.errno)
      }
    }
  }
}
