// An array of bytes in NumPy's format, version 1.0
// (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html).
// Not here: other types than unsigned bytes.

import Foundation

/// A `.npy` file of unsigned bytes that is written piece by piece and appears when it is whole.
struct NumPyFile {
  private let path: String
  private let temporary: String
  private let handle: FileHandle
  private var missing: Int

  /// Makes a temporary file beside `path`.
  ///
  /// - Throws: `SamplingError.cannotCreate`, `.cannotWrite`.
  init(path: String, shape: [Int]) throws {
    self.path = path
    let url = URL(fileURLWithPath: path)
    temporary =
      url.deletingLastPathComponent()
      .appendingPathComponent(".\(url.lastPathComponent).tmp").path
    guard FileManager.default.createFile(atPath: temporary, contents: nil),
      let handle = FileHandle(forWritingAtPath: temporary)
    else { throw SamplingError.cannotCreate(path: path, reason: String(cString: strerror(errno))) }
    self.handle = handle
    missing = shape.reduce(1, *)
    try write(Self.header(shape: shape))
  }

  /// The magic string, the version, the header's length, and the header: a Python dictionary filled up
  /// with spaces so that the data begins at a multiple of 64.
  static func header(shape: [Int]) -> [UInt8] {
    let extents = shape.map(String.init).joined(separator: ", ") + (shape.count == 1 ? "," : "")
    let dictionary = "{'descr': '|u1', 'fortran_order': False, 'shape': (\(extents)), }"
    let begin = 10
    let padding = (64 - (begin + dictionary.utf8.count + 1) % 64) % 64
    let text = Array(dictionary.utf8) + [UInt8](repeating: 32, count: padding) + [10]
    let length = [UInt8(text.count & 255), UInt8(text.count >> 8)]
    return [0x93] + Array("NUMPY".utf8) + [1, 0] + length + text
  }

  /// Adds the next elements in row-major order.
  mutating func append(_ bytes: [UInt8]) throws {
    precondition(bytes.count <= missing, "\(bytes.count) elements, room for \(missing)")
    missing -= bytes.count
    try write(bytes)
  }

  private func write(_ bytes: [UInt8]) throws {
    do {
      try handle.write(contentsOf: Data(bytes))
    } catch {
      throw failed(error)
    }
  }

  /// Gives the file its name; it has all elements.
  func commit() throws {
    precondition(missing == 0, "\(missing) elements are missing")
    do {
      try handle.synchronize()
      try handle.close()
    } catch {
      throw failed(error)
    }
    guard rename(temporary, path) == 0 else {
      throw failed(POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO))
    }
  }

  /// Removes the temporary file.
  private func failed(_ error: any Error) -> SamplingError {
    unlink(temporary)
    return .cannotWrite(path: path, reason: error.localizedDescription)
  }
}
