// The training files of a CIFAR-10 set as blocks of whole records; `FolderFiles` and `ArchiveFiles` read
// them.  Not here: whether labels and counts are right; see `RecordCheck`.

/// Some consecutive records of one of the files.
struct RecordBlock {
  /// Which file: an index into `RecordLayout.fileNames`.
  let file: Int
  let firstRecord: Int
  let bytes: UnsafeRawBufferPointer

  var count: Int { bytes.count / ImageRecord.byteCount }

  func record(_ index: Int) -> UnsafeRawBufferPointer {
    let start = index * ImageRecord.byteCount
    return UnsafeRawBufferPointer(rebasing: bytes[start..<start + ImageRecord.byteCount])
  }
}

/// Reads the records of the five training files in one pass.
protocol RecordFiles: Sendable {
  /// What errors call a file.
  func path(of file: Int) -> String

  /// What errors call the list of class names.
  var classNamePath: String { get }

  /// The sizes of the five files, where they are known without reading.
  var sizes: [Int]? { get }

  /// Calls `body` with every block that holds a wanted record, file by file, ascending in a file; files may
  /// come in any order.
  ///
  /// - Parameter wants: whether some record of a file's range is wanted.
  /// - Returns: the bytes of the list of class names, nil if the set has none.
  @discardableResult
  func forEachBlock(
    wants: (_ file: Int, _ records: Range<Int>) -> Bool, _ body: (RecordBlock) throws -> Void
  ) throws -> [UInt8]?
}

/// How a set is laid out in files.
enum RecordLayout {
  static let fileNames = (1...5).map { "data_batch_\($0).bin" }
  static let classNameFile = "batches.meta.txt"
  static let classNameBytes = 4096
  /// The folder in the published archive.
  static let folder = "cifar-10-batches-bin"
  /// Records read at once: about as much as the second-level cache holds.
  static let blockRecords = 128

  /// Cuts a file of `size` bytes into blocks, which `read` fills in order.
  static func forEachBlock(
    file: Int, path: String, size: Int, buffer: UnsafeMutableRawBufferPointer,
    read: (_ records: Range<Int>, _ target: UnsafeMutableRawBufferPointer) throws -> Bool,
    _ body: (RecordBlock) throws -> Void
  ) throws {
    try requireWholeRecords(path: path, size: size)
    let count = size / ImageRecord.byteCount
    for first in stride(from: 0, to: count, by: blockRecords) {
      let records = first..<min(first + blockRecords, count)
      let target = UnsafeMutableRawBufferPointer(
        rebasing: buffer[..<(records.count * ImageRecord.byteCount)])
      guard try read(records, target) else { continue }
      try body(
        RecordBlock(file: file, firstRecord: first, bytes: UnsafeRawBufferPointer(target)))
    }
  }

  static func requireWholeRecords(path: String, size: Int) throws {
    guard size > 0 && size % ImageRecord.byteCount == 0 else {
      throw DatasetError.partialRecord(file: path, size: size)
    }
  }

  /// The bytes of the list of class names, if it is as short as such a list is.
  static func classNames(
    path: String, size: Int, read: (UnsafeMutableRawBufferPointer) throws -> Void
  ) throws -> [UInt8] {
    guard size <= classNameBytes else {
      throw DatasetError.badClassNames(file: path, reason: "it has \(size) bytes")
    }
    var bytes = [UInt8](repeating: 0, count: size)
    try bytes.withUnsafeMutableBytes { try read($0) }
    return bytes
  }

  static func withBlockBuffer(_ body: (UnsafeMutableRawBufferPointer) throws -> Void) rethrows {
    let buffer = UnsafeMutableRawBufferPointer.allocate(
      byteCount: blockRecords * ImageRecord.byteCount, alignment: 64)
    defer { buffer.deallocate() }
    try body(buffer)
  }
}
