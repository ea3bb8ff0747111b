// CIFAR-10's binary version (Krizhevsky: Learning multiple layers of features from tiny images, 2009), and
// any other set in the same format: five files of 3073-byte records, labels 0 to 9.
//
// Everything is checked when the set is opened, before the first step: the sizes, every label, and for an
// archive every header and checksum.  A checksum of every record is kept, so that bytes which change
// afterwards are noticed when they are loaded.

import Checksums

/// The training records of a set in CIFAR-10's binary format.
public struct CIFAR10: ImageDataset {
  public let name = "CIFAR-10 files"
  public let source: String
  public let count: Int
  public let classNames: [String]
  /// SHA-256 of the five files' SHA-256 digests (32 bytes each), in the order of their names; the same for
  /// a folder and an archive.
  public let digest: String
  /// The names and SHA-256 digests of the five files.
  public let fileDigests: [FileDigest]

  private let files: any RecordFiles
  private let recordsPerFile: Int
  /// CRC-32C of every record.
  private let checksums: [UInt32]

  /// Opens and checks a set.
  ///
  /// - Parameter path: the folder with `data_batch_1.bin` to `data_batch_5.bin`, a folder that holds
  ///   them in `cifar-10-batches-bin/`, or `cifar-10-binary.tar.gz`.
  /// - Throws: `DatasetError`, which names the file and, where it is one, the record.
  public init(path: String) throws {
    switch try DatasetLocation(path) {
    case .archive(let archive): try self.init(archive: archive)
    case .folder(let files, let classNames): try self.init(files: files, classNames: classNames)
    }
  }

  /// Checks a `.tar.gz` that lies anywhere.
  public init(archive: any ByteSource) throws {
    try self.init(checking: ArchiveFiles(archive: archive), source: archive.path)
  }

  /// Checks five files that lie anywhere, and a list of class names if there is one.
  public init(files: [any ByteSource], classNames: (any ByteSource)?) throws {
    precondition(files.count == RecordLayout.fileNames.count, "\(files.count) files")
    let folder = files[0].path.split(separator: "/", omittingEmptySubsequences: false).dropLast()
    try self.init(
      checking: FolderFiles(files: files, classNames: classNames),
      source: folder.joined(separator: "/"))
  }

  private init(checking files: any RecordFiles, source: String) throws {
    let checked = try RecordCheck(files)
    self.files = files
    self.source = source
    recordsPerFile = checked.recordsPerFile
    count = checked.checksums.count
    checksums = checked.checksums
    fileDigests = zip(RecordLayout.fileNames, checked.digests).map {
      FileDigest(name: $0, digest: $1)
    }
    digest = SHA256.hash(joining: checked.digests).hex
    classNames = try ClassNames.read(checked.classNameBytes, file: files.classNamePath)
  }

  public func loadRecords(
    _ indices: [Int], into target: UnsafeMutableRawBufferPointer
  ) throws {
    precondition(
      target.count == indices.count * ImageRecord.byteCount,
      "\(target.count) bytes for \(indices.count) records")
    precondition(
      indices.allSatisfy { 0 <= $0 && $0 < count }, "a record index outside 0..<\(count)")
    let sorted = indices.indices.sorted { indices[$0] < indices[$1] }
    // The first place in `sorted` whose record is at least `record`.
    func place(of record: Int) -> Int {
      var (low, high) = (0, sorted.count)
      while low < high {
        let middle = (low + high) / 2
        if indices[sorted[middle]] < record { low = middle + 1 } else { high = middle }
      }
      return low
    }
    var filled = 0
    try files.forEachBlock(
      wants: { file, records in
        let base = file * recordsPerFile
        return place(of: base + records.lowerBound) < place(of: base + records.upperBound)
      },
      { block in
        let base = block.file * recordsPerFile + block.firstRecord
        for slot in sorted[place(of: base)..<place(of: base + block.count)] {
          let record = block.record(indices[slot] - base)
          try verify(record, index: indices[slot])
          UnsafeMutableRawBufferPointer(
            rebasing: target[slot * ImageRecord.byteCount..<(slot + 1) * ImageRecord.byteCount]
          ).copyMemory(from: record)
          filled += 1
        }
      })
    // An archive that was replaced may hold fewer records than before.
    guard filled == indices.count else {
      let (file, record) = (indices.max() ?? 0).quotientAndRemainder(dividingBy: recordsPerFile)
      throw DatasetError.changed(file: files.path(of: file), record: record)
    }
  }

  public func forEachRecord(_ body: (Int, UnsafeRawBufferPointer) throws -> Void) throws {
    try files.forEachBlock(wants: { _, _ in true }) { block in
      for offset in 0..<block.count {
        let index = block.file * recordsPerFile + block.firstRecord + offset
        let record = block.record(offset)
        try verify(record, index: index)
        try body(index, record)
      }
    }
  }

  private func verify(_ record: UnsafeRawBufferPointer, index: Int) throws {
    guard index < count && CRC32C.checksum(record) == checksums[index] else {
      let (file, record) = index.quotientAndRemainder(dividingBy: recordsPerFile)
      throw DatasetError.changed(file: files.path(of: file), record: record)
    }
  }
}

extension SHA256 {
  /// The digest of digests.
  static func hash(joining digests: [SHA256Digest]) -> SHA256Digest {
    digests.flatMap(\.bytes).withUnsafeBytes { hash($0) }
  }
}
