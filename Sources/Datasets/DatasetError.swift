// What can be wrong with a data set's files.  Not here: the sentences; see `DatasetError+Description`.

import Diagnostics

/// Why a data set was refused.
public enum DatasetError: DiagnosableError, Equatable {
  /// There is nothing at the path, or it cannot be opened.
  case cannotOpen(path: String, errno: Int32)
  /// The path is a directory, a FIFO, a device or a socket.
  case notRegularFile(path: String, kind: String)
  /// An input/output error, or a file that became shorter while it was read.
  case cannotRead(path: String, offset: Int, errno: Int32)
  /// The size is no positive multiple of a record.
  case partialRecord(file: String, size: Int)
  /// The five files hold the same number of records; this one does not.
  case unequalSize(file: String, size: Int, expected: Int, reference: String)
  /// A label above 9.
  case badLabel(file: String, record: Int, label: UInt8)
  /// The list of class names is not ten lines of text.
  case badClassNames(file: String, reason: String)
  /// A record is no longer what it was when the set was checked.
  case changed(file: String, record: Int)
  /// The compressed stream or the archive in it is damaged or hostile.
  case badArchive(path: String, fault: ArchiveFault)
  /// The archive holds no file of this name.
  case missingEntry(path: String, entry: String)

  public var exitCode: ExitCode {
    switch self {
    case .cannotOpen, .cannotRead, .missingEntry: .missingInput
    case .notRegularFile, .partialRecord, .unequalSize, .badLabel, .badClassNames, .changed,
      .badArchive:
      .damagedInput
    }
  }
}

/// What is wrong with a `.tar.gz`; offsets count bytes of the file for gzip, of the inflated stream for
/// tar.
public enum ArchiveFault: Equatable, Sendable {
  case notGzip
  case gzipCorrupt(offset: Int)
  case gzipTruncated(size: Int)
  case gzipTrailingBytes(offset: Int, size: Int)
  case inflatesTooFar(limit: Int)
  case tarTruncated(offset: Int)
  case headerChecksum(offset: Int)
  case headerField(String, offset: Int)
  case entryKind(UInt8, name: String, offset: Int)
  case entryTooLarge(name: String, size: Int, limit: Int)
  case duplicateEntry(name: String)
  case tooManyEntries(limit: Int)
  case bytesAfterEnd(offset: Int)
}
