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
    // Sizes first, where that needs no reading.
    if let sizes = files.sizes { try Self.requireEqual(sizes, files) }
    var found = RecordLayout.fileNames.map { _ in FileCheck() }
    classNameBytes = try files.forEachBlock(wants: { _, _ in true }) { block in
      try found[block.file].take(block, path: files.path(of: block.file))
    }
    try Self.requireEqual(found.map { $0.checksums.count * ImageRecord.byteCount }, files)
    recordsPerFile = found[0].checksums.count
    checksums = found.flatMap(\.checksums)
    digests = found.map { $0.digest.finalized() }
  }

  /// Throws unless all files have whole records and the same size; names the file whose size is not the one
  /// that most have.
  private static func requireEqual(_ sizes: [Int], _ files: any RecordFiles) throws {
    for (file, size) in sizes.enumerated() {
      try RecordLayout.requireWholeRecords(path: files.path(of: file), size: size)
    }
    func votes(_ size: Int) -> Int { sizes.count { $0 == size } }
    guard let usual = sizes.max(by: { votes($0) < votes($1) }),
      let odd = sizes.firstIndex(where: { $0 != usual }),
      let reference = sizes.firstIndex(of: usual)
    else { return }
    throw DatasetError.unequalSize(
      file: files.path(of: odd), size: sizes[odd], expected: usual,
      reference: RecordLayout.fileNames[reference])
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
