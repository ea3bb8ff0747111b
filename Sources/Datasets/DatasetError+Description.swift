// How a data set's faults are said: what was found, what was expected, where, what to do.

import Diagnostics
import Glibc

extension DatasetError {
  public var description: String {
    switch self {
    case .cannotOpen(let path, let code):
      return "\(printable(path)) cannot be opened (\(Self.text(code))); \(Self.whereToPoint)"
    case .notRegularFile(let path, let kind):
      return "\(printable(path)) is \(kind), but a regular file is expected; \(Self.whereToPoint)"
    case .cannotRead(let path, let offset, let code):
      let reason = code == 0 ? "the file became shorter while it was read" : Self.text(code)
      return "\(printable(path)) cannot be read at byte \(offset) (\(reason)); "
        + "check the file system and start again"
    case .partialRecord(let file, let size):
      return Self.partialRecord(file: file, size: size)
    case .unequalSize(let file, let size, let expected, let reference):
      return "\(printable(file)) has \(size) bytes (\(size / ImageRecord.byteCount) records), but "
        + "\(expected) bytes (\(expected / ImageRecord.byteCount) records) are expected, as in "
        + "\(reference); \(Self.fetchAgain)"
    case .badLabel(let file, let record, let label):
      return "\(printable(file)) has the label \(label) in record \(record) "
        + "(byte \(record * ImageRecord.byteCount)), but labels are 0 to 9; \(Self.fetchAgain)"
    case .badClassNames(let file, let reason):
      return "\(printable(file)) is not a list of ten different class names, a line each: "
        + "\(reason); correct or delete it"
    case .changed(let file, let record):
      return
        "record \(record) of \(printable(file)) (byte \(record * ImageRecord.byteCount)) is not "
        + "what it was when the run started; leave data alone while it is in use, check the disk, "
        + "and start again"
    case .badArchive(let path, let fault):
      return "\(printable(path)) \(fault.clause)"
    case .missingEntry(let path, let entry):
      return "\(printable(path)) holds no \(entry), but data_batch_1.bin to data_batch_5.bin are "
        + "expected in it; \(Self.fetchAgain)"
    }
  }

  private static let whereToPoint =
    "set data.path to a folder with data_batch_1.bin to data_batch_5.bin or to "
    + "cifar-10-binary.tar.gz"
  static let fetchAgain = "copy or download it again"

  private static func text(_ code: Int32) -> String {
    strerror(code).map { String(cString: $0) } ?? "error \(code)"
  }

  /// Says the size that would be right: the nearest whole number of records.
  private static func partialRecord(file: String, size: Int) -> String {
    let record = ImageRecord.byteCount
    let records = max(1, (size + record / 2) / record)
    return "\(printable(file)) has \(size) bytes, but a whole number of records of \(record) bytes "
      + "is expected (\(records * record) bytes for \(records)); \(fetchAgain)"
  }
}

extension ArchiveFault {
  /// What follows the path in a sentence.
  var clause: String {
    switch self {
    case .notGzip:
      "does not start like a gzip file; set data.path to cifar-10-binary.tar.gz or to the folder of "
        + "its unpacked files"
    case .gzipCorrupt(let offset):
      "is damaged: the compressed data before byte \(offset) is invalid; \(DatasetError.fetchAgain)"
    case .gzipTruncated(let size):
      "is cut off: it ends after \(size) bytes, before its compressed data does; "
        + DatasetError.fetchAgain
    case .gzipTrailingBytes(let offset, let size):
      "has \(size - offset) bytes after the end of its compressed data at byte \(offset), where the "
        + "file should end; \(DatasetError.fetchAgain)"
    case .inflatesTooFar(let limit):
      "inflates to more than the \(limit) bytes that are allowed; use the published archive or a "
        + "folder"
    case .tarTruncated(let offset):
      "is cut off: its tar archive ends at inflated byte \(offset), before its last entry does; "
        + DatasetError.fetchAgain
    case .headerChecksum(let offset):
      "is damaged: the checksum of the tar header at inflated byte \(offset) is wrong; "
        + DatasetError.fetchAgain
    case .headerField(let field, let offset):
      "has a tar header at inflated byte \(offset) whose field '\(field)' is invalid; "
        + ArchiveFault.repack
    case .entryKind(let kind, let name, let offset):
      "has a tar entry '\(printable(name))' of type \(kind) at inflated byte \(offset), but only files "
        + "and folders are allowed; \(ArchiveFault.repack)"
    case .entryTooLarge(let name, let size, let limit):
      "has a tar entry '\(printable(name))' of \(size) bytes, but at most \(limit) are allowed; "
        + ArchiveFault.repack
    case .duplicateEntry(let name):
      "has the tar entry '\(printable(name))' twice; \(ArchiveFault.repack)"
    case .tooManyEntries(let limit):
      "has more than \(limit) tar entries; \(ArchiveFault.repack)"
    case .bytesAfterEnd(let offset):
      "has a byte other than zero at inflated byte \(offset), after the end of its tar archive; "
        + DatasetError.fetchAgain
    }
  }

  private static let repack =
    "use the published archive, or pack the files again with tar --format=ustar"
}
