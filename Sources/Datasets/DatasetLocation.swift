// From a path that a user gave to opened files.

import Glibc

/// The files of a set, opened; nothing of their content is read yet.
enum DatasetLocation {
  case folder(files: [any ByteSource], classNames: (any ByteSource)?)
  case archive(any ByteSource)

  init(_ path: String) throws {
    var status = stat()
    guard stat(path, &status) == 0 else {
      throw DatasetError.cannotOpen(path: path, errno: errno)
    }
    guard status.st_mode & S_IFMT == S_IFDIR else {
      self = .archive(try FileByteSource(path: path))
      return
    }
    // "data/" and "data" name the same files in messages; "/" stays.
    let end = path.lastIndex { $0 != "/" }
    let path = end.map { String(path[...$0]) } ?? ""
    let inner = path + "/" + RecordLayout.folder
    let hasInner = stat(inner, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    let folder = hasInner ? inner : path
    self = .folder(
      files: try RecordLayout.fileNames.map { try FileByteSource(path: folder + "/" + $0) },
      classNames: try Self.optional(folder + "/" + RecordLayout.classNameFile))
  }

  /// The file, or nil if there is nothing at the path.
  private static func optional(_ path: String) throws -> (any ByteSource)? {
    do {
      return try FileByteSource(path: path)
    } catch DatasetError.cannotOpen(_, ENOENT) {
      return nil
    }
  }
}
