// The bytes of a configuration file: a regular file of at most 64 KiB of UTF-8.  A pipe or a device
// in its place must not make a rank wait.  Not here: what the text says.
import Glibc

/// Reading configuration files.
enum ConfigurationFile {
  /// The text of a file.
  static func read(_ path: String) throws(ConfigurationError) -> String {
    let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else {
      let code = errno
      if code == ENOENT || code == ENOTDIR { throw .missingFile(path: path) }
      throw unreadable(path, code)
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw unreadable(path, errno) }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw .unreadableFile(
        path: path,
        reason: status.st_mode & S_IFMT == S_IFDIR
          ? "it is a folder, expected a file" : "it is not a regular file")
    }
    guard let text = String(validating: try bytes(of: descriptor, path), as: UTF8.self) else {
      throw .unreadableFile(path: path, reason: "it is not UTF-8 text")
    }
    return text
  }

  /// The bytes, at most one more than are allowed, so that the size check sees what is too long.
  private static func bytes(
    of descriptor: Int32, _ path: String
  ) throws(ConfigurationError) -> [UInt8] {
    var result: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 16384)
    while result.count <= ConfigurationText.largestSize {
      let count = Glibc.read(descriptor, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw unreadable(path, errno) }
      if count == 0 { return result }
      result += buffer[..<count]
    }
    throw .unreadableFile(
      path: path, reason: "it has more than \(ConfigurationText.largestSize) bytes")
  }

  private static func unreadable(_ path: String, _ code: Int32) -> ConfigurationError {
    .unreadableFile(path: path, reason: String(cString: strerror(code)))
  }
}
