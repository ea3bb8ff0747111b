// The real file system.

import Foundation

/// `FileSystem` by the system calls of the same meaning.
public struct PosixFileSystem: FileSystem {
  public init() {}

  public func openForReading(
    _ path: String, followLinks: Bool
  ) throws(SystemCallFailure) -> Int32 {
    let flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | (followLinks ? 0 : O_NOFOLLOW)
    return try checked("open", Foundation.open(path, flags))
  }

  public func createExclusively(_ path: String, mode: UInt32) throws(SystemCallFailure) -> Int32 {
    let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
    return try checked("open", Foundation.open(path, flags, mode_t(mode)))
  }

  public func regularFileSize(_ descriptor: Int32) throws(SystemCallFailure) -> Int? {
    var status = stat()
    _ = try checked("fstat", fstat(descriptor, &status))
    return status.st_mode & S_IFMT == S_IFREG ? Int(status.st_size) : nil
  }

  public func read(
    _ descriptor: Int32, into target: UnsafeMutableRawBufferPointer, at offset: Int
  ) throws(SystemCallFailure) -> Int {
    try checked("pread", pread(descriptor, target.baseAddress, target.count, off_t(offset)))
  }

  public func write(
    _ descriptor: Int32, _ bytes: UnsafeRawBufferPointer
  ) throws(SystemCallFailure) -> Int {
    try checked("write", Foundation.write(descriptor, bytes.baseAddress, bytes.count))
  }

  public func setMode(_ descriptor: Int32, _ mode: UInt32) throws(SystemCallFailure) {
    _ = try checked("fchmod", fchmod(descriptor, mode_t(mode)))
  }

  public func sync(_ descriptor: Int32) throws(SystemCallFailure) {
    _ = try checked("fsync", fsync(descriptor))
  }

  public func close(_ descriptor: Int32) throws(SystemCallFailure) {
    _ = try checked("close", Foundation.close(descriptor))
  }

  public func dropCache(_ descriptor: Int32) {
    posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED)
  }

  public func rename(_ source: String, to target: String) throws(SystemCallFailure) {
    _ = try checked("rename", Foundation.rename(source, target))
  }

  public func remove(_ path: String) throws(SystemCallFailure) {
    _ = try checked("unlink", unlink(path))
  }

  public func syncDirectory(_ path: String) throws(SystemCallFailure) {
    let flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC
    let descriptor = try checked("open", Foundation.open(path, flags))
    defer { _ = Foundation.close(descriptor) }
    _ = try checked("fsync", fsync(descriptor))
  }

  public func freeBytes(_ path: String) throws(SystemCallFailure) -> Int {
    var status = statvfs()
    _ = try checked("statvfs", statvfs(path, &status))
    let (bytes, overflow) = Int(clamping: status.f_bavail)
      .multipliedReportingOverflow(by: Int(clamping: status.f_frsize))
    return overflow ? .max : bytes
  }

  public func list(_ path: String) throws(SystemCallFailure) -> [String] {
    guard let stream = opendir(path) else { throw SystemCallFailure("opendir", errno: errno) }
    defer { closedir(stream) }
    var names: [String] = []
    errno = 0
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != "." && name != ".." { names.append(name) }
      errno = 0
    }
    guard errno == 0 else { throw SystemCallFailure("readdir", errno: errno) }
    return names
  }

  /// New folders are made durable in those above them at once.
  public func createDirectories(_ path: String) throws(SystemCallFailure) {
    var status = stat()
    if stat(path, &status) == 0 {
      guard status.st_mode & S_IFMT == S_IFDIR else {
        throw SystemCallFailure("mkdir", errno: ENOTDIR)
      }
      return
    }
    let parent = Self.parent(of: path)
    if parent != path { try createDirectories(parent) }
    if mkdir(path, 0o777) != 0 && errno != EEXIST {
      throw SystemCallFailure("mkdir", errno: errno)
    }
    try syncDirectory(parent)
  }

  /// The folder above a path: "." for a name alone, "/" for what lies directly below it.
  static func parent(of path: String) -> String {
    let trimmed = path.reversed().drop { $0 == "/" }
    guard let slash = trimmed.firstIndex(of: "/") else {
      return path.hasPrefix("/") ? "/" : "."
    }
    let above = trimmed[slash...].drop { $0 == "/" }
    return above.isEmpty ? "/" : String(above.reversed())
  }

  /// The one place where a negative result becomes an error.
  private func checked<Result: SignedInteger>(
    _ call: String, _ result: Result
  ) throws(SystemCallFailure) -> Result {
    guard result >= 0 else { throw SystemCallFailure(call, errno: errno) }
    return result
  }
}
