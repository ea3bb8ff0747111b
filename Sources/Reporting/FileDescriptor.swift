// The few calls on file descriptors that the writers share: EINTR and short writes handled, every
// failure a thrown `ReportingError`.
// Not here: what to do when a disk fails (`BestEffortFile`); durable checkpoints (Training).
import Glibc

/// An open file that is closed when its owner lets go of it.
struct FileDescriptor: ~Copyable {
  let number: Int32
  let path: String

  /// Opens with `O_CLOEXEC` added to `flags`; a new file gets mode 0644 less the umask.
  init(opening path: String, _ flags: Int32) throws(ReportingError) {
    while true {
      let number = open(path, flags | O_CLOEXEC, 0o644)
      if number >= 0 {
        self.number = number
        self.path = path
        return
      }
      guard errno == EINTR else { throw .cannotCreate(path: path, errno: errno) }
    }
  }

  deinit { close(number) }

  /// Writes all of `bytes`, in one `write(2)` unless the system takes only a part of them.
  func write(_ bytes: [UInt8]) throws(ReportingError) {
    var written = 0
    try write(bytes, written: &written)
  }

  /// The same, and `written` tells how many bytes the system took before a failure.
  func write(_ bytes: [UInt8], written: inout Int) throws(ReportingError) {
    written = 0
    while written < bytes.count {
      let taken = bytes.withUnsafeBytes { buffer in
        Glibc.write(number, buffer.baseAddress.map { $0 + written }, buffer.count - written)
      }
      if taken > 0 {
        written += taken
      } else if taken == 0 {
        throw .cannotWrite(path: path, errno: EIO)
      } else if errno != EINTR {
        throw .cannotWrite(path: path, errno: errno)
      }
    }
  }

  /// The size in bytes, 0 for what is no regular file (a pipe, a device).
  var size: Int {
    var status = stat()
    guard fstat(number, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return 0 }
    return Int(status.st_size)
  }

  /// Cuts the file at `size`; false when the system refuses.
  func cut(at size: Int) -> Bool { ftruncate(number, off_t(size)) == 0 }

  func synchronize() throws(ReportingError) {
    guard fsync(number) == 0 else { throw .cannotWrite(path: path, errno: errno) }
  }
}

/// The whole content of a file.
func readFile(_ path: String) throws(ReportingError) -> [UInt8] {
  let file: FileDescriptor
  do { file = try FileDescriptor(opening: path, O_RDONLY) } catch {
    guard case .cannotCreate(_, let code) = error else { throw error }
    throw .cannotRead(path: path, errno: code)
  }
  var result = [UInt8]()
  result.reserveCapacity(file.size)
  var chunk = [UInt8](repeating: 0, count: 1 << 16)
  while true {
    let count = read(file.number, &chunk, chunk.count)
    if count > 0 {
      result.append(contentsOf: chunk[..<count])
    } else if count == 0 {
      return result
    } else if errno != EINTR {
      throw .cannotRead(path: path, errno: errno)
    }
  }
}

/// Puts `bytes` at `path` so that a reader sees the old content or the new, never a part: a temporary
/// file in the same folder, `fsync`, `rename`, `fsync` of the folder.  The temporary name is always the
/// same, so that what a kill leaves is overwritten; one process at a time may write a path (run.lock).
func writeAtomically(_ bytes: [UInt8], to path: String) throws(ReportingError) {
  let slash = path.lastIndex(of: "/")
  let folder = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
  let name = slash.map { String(path[path.index(after: $0)...]) } ?? path
  let temporary = "\(folder)/.\(name).tmp"
  do throws(ReportingError) {
    let file = try FileDescriptor(opening: temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW)
    try file.write(bytes)
    try file.synchronize()
  } catch {
    unlink(temporary)
    throw error
  }
  guard rename(temporary, path) == 0 else {
    let code = errno
    unlink(temporary)
    throw .cannotCreate(path: path, errno: code)
  }
  try FileDescriptor(opening: folder, O_RDONLY | O_DIRECTORY).synchronize()
}
