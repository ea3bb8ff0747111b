// Where the bytes of a file come from: a file read with pread (never mapped: a mapped file that
// shrinks ends the process), or memory.

import Foundation

/// Bytes of a known number that can be read at any offset, from any thread.
public protocol RandomAccessSource: Sendable {
  /// The path, or another name for messages.
  var name: String { get }
  /// The number of bytes when the source was opened.
  var byteCount: Int { get }
  /// Fills `target` with the bytes from `offset` on; offset + target.count <= byteCount.
  func read(
    into target: UnsafeMutableRawBufferPointer, at offset: Int
  ) throws(SafetensorsError.Reason)
}

/// A regular file, open as long as the source lives.
public final class FileSource: RandomAccessSource {
  public let name: String
  public let byteCount: Int
  private let descriptor: Int32

  /// Opens a regular file; a pipe or device is refused without waiting for it.
  public init(path: String) throws(SafetensorsError.Reason) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw .cannotOpen(errno: errno) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      let code = errno
      close(descriptor)
      throw .cannotOpen(errno: code)
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw .notRegularFile
    }
    name = path
    byteCount = Int(status.st_size)
    self.descriptor = descriptor
  }

  deinit { close(descriptor) }

  public func read(
    into target: UnsafeMutableRawBufferPointer, at offset: Int
  ) throws(SafetensorsError.Reason) {
    var done = 0
    while done < target.count {
      let rest = UnsafeMutableRawBufferPointer(rebasing: target[done...])
      let count = pread(descriptor, rest.baseAddress, rest.count, off_t(offset + done))
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw .unreadable(fileOffset: offset + done, errno: errno) }
      guard count > 0 else { throw .shrank(fileOffset: offset + done) }
      done += count
    }
  }
}

/// Bytes in memory.
public struct MemorySource: RandomAccessSource {
  public let name: String
  private let bytes: [UInt8]
  public var byteCount: Int { bytes.count }

  public init(_ bytes: [UInt8], name: String = "memory") {
    self.bytes = bytes
    self.name = name
  }

  public func read(
    into target: UnsafeMutableRawBufferPointer, at offset: Int
  ) throws(SafetensorsError.Reason) {
    guard offset >= 0, offset <= bytes.count - target.count else {
      throw .shrank(fileOffset: bytes.count)
    }
    bytes.withUnsafeBytes {
      target.copyMemory(from: .init(rebasing: $0[offset...].prefix(target.count)))
    }
  }
}
