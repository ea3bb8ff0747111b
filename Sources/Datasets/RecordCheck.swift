// The check of a whole set in one pass: sizes, labels, digests.

import Checksums

/// What one pass over all records found; failing is throwing.
struct RecordCheck {
  let recordsPerFile: Int
  /// CRC-32C of every record, in the order of the file names.
  let checksums: [UInt32]
  /// SHA-256 of every file.
  let digests: [SHA256Digest]
  /// The bytes of the list of class names, nil if there is none.
  let classNameBytes: [UInt8]?

  init(_ files: any RecordFiles) throws {
    var found = RecordLayout.fileNames.map { _ in FileCheck() }
    classNameBytes = try files.forEachBlock(wants: { _, _ in true }) { block in
      try found[block.file].take(block, path: files.path(of: block.file))
    }
    recordsPerFile = found[0].checksums.count
    for (file, check) in found.enumerated() where check.checksums.count != recordsPerFile {
      throw Self.unequal(found.map(\.checksums.count), files, fallback: file)
    }
    checksums = found.flatMap(\.checksums)
    digests = found.map { $0.digest.finalized() }
  }

  /// Names the file whose size is not the one that most of the files have.
  private static func unequal(
    _ counts: [Int], _ files: any RecordFiles, fallback: Int
  ) -> DatasetError {
    func votes(_ count: Int) -> Int { counts.count { $0 == count } }
    let usual = counts.max { votes($0) < votes($1) } ?? 0
    let odd = counts.firstIndex { $0 != usual } ?? fallback
    let reference = counts.firstIndex(of: usual) ?? 0
    return .unequalSize(
      file: files.path(of: odd), size: counts[odd] * ImageRecord.byteCount,
      expected: usual * ImageRecord.byteCount, reference: RecordLayout.fileNames[reference])
  }
}

/// The running check of one file.
private struct FileCheck {
  var checksums: [UInt32] = []
  let digest = RunningDigest()

  mutating func take(_ block: RecordBlock, path: String) throws {
    digest.update(block.bytes)
    for index in 0..<block.count {
      let record = block.record(index)
      guard record[0] < ImageRecord.classCount else {
        throw DatasetError.badLabel(
          file: path, record: block.firstRecord + index, label: record[0])
      }
      checksums.append(CRC32C.checksum(record))
    }
  }
}

/// A SHA-256 that can lie in an array.
private final class RunningDigest {
  private var running: SHA256? = SHA256()

  func update(_ bytes: UnsafeRawBufferPointer) { running?.update(bytes) }

  func finalized() -> SHA256Digest {
    guard let digest = running.take()?.finalize() else {
      preconditionFailure("a digest is finalized once")
    }
    return digest
  }
}
