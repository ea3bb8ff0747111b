// Where bytes of a data set come from: a file, or memory (tests and fuzzing).
// A file is opened so that nothing that is found at its path can make the program wait.

import Glibc

/// Bytes of a known number that can be read from anywhere, any number of times, from any thread.
public protocol ByteSource: Sendable {
  /// What errors call it.
  var path: String { get }
  /// The number of bytes.
  var size: Int { get }
  /// Fills `target` with the bytes from `offset` on; they lie within 0..<size.
  func read(at offset: Int, into target: UnsafeMutableRawBufferPointer) throws
}

/// Bytes in memory.
public struct MemoryByteSource: ByteSource {
  public let path: String
  private let bytes: [UInt8]

  public init(path: String, _ bytes: [UInt8]) {
    self.path = path
    self.bytes = bytes
  }

  public var size: Int { bytes.count }

  public func read(at offset: Int, into target: UnsafeMutableRawBufferPointer) {
    bytes.withUnsafeBytes {
      target.copyMemory(from: .init(rebasing: $0[offset..<offset + target.count]))
    }
  }
}

/// A regular file, open for reading until the last reference goes.
final class FileByteSource: ByteSource {
  let path: String
  let size: Int
  private let descriptor: Int32

  /// Opens without waiting (`O_NONBLOCK`: a FIFO has no reader to wait for) and refuses everything that
  /// is not a regular file.
  init(path: String) throws {
    let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)
    guard descriptor >= 0 else { throw DatasetError.cannotOpen(path: path, errno: errno) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      let code = errno
      close(descriptor)
      throw DatasetError.cannotOpen(path: path, errno: code)
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw DatasetError.notRegularFile(path: path, kind: Self.kind(of: status.st_mode))
    }
    self.path = path
    self.size = Int(status.st_size)
    self.descriptor = descriptor
  }

  deinit { close(descriptor) }

  func read(at offset: Int, into target: UnsafeMutableRawBufferPointer) throws {
    var filled = 0
    while filled < target.count {
      let rest = UnsafeMutableRawBufferPointer(rebasing: target[filled...])
      let count = pread(descriptor, rest.baseAddress, rest.count, off_t(offset + filled))
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else {
        throw DatasetError.cannotRead(
          path: path, offset: offset + filled, errno: count < 0 ? errno : 0)
      }
      filled += count
    }
  }

  private static func kind(of mode: mode_t) -> String {
    switch mode & S_IFMT {
    case S_IFDIR: "a directory"
    case S_IFIFO: "a FIFO"
    case S_IFSOCK: "a socket"
    default: "a device"
    }
  }
}
