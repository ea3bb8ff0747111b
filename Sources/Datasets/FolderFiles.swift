// The training files of a set as they lie in a folder.

/// Five files, each a byte source.
struct FolderFiles: RecordFiles {
  let files: [any ByteSource]
  let classNames: (any ByteSource)?

  func path(of file: Int) -> String { files[file].path }

  var classNamePath: String { classNames?.path ?? RecordLayout.classNameFile }

  var sizes: [Int]? { files.map(\.size) }

  func forEachBlock(
    wants: (_ file: Int, _ records: Range<Int>) -> Bool, _ body: (RecordBlock) throws -> Void
  ) throws -> [UInt8]? {
    try RecordLayout.withBlockBuffer { buffer in
      for (index, file) in files.enumerated() {
        try RecordLayout.forEachBlock(
          file: index, path: file.path, size: file.size, buffer: buffer,
          read: { records, target in
            guard wants(index, records) else { return false }
            try file.read(at: records.lowerBound * ImageRecord.byteCount, into: target)
            return true
          }, body)
      }
    }
    guard let classNames else { return nil }
    return try RecordLayout.classNames(path: classNames.path, size: classNames.size) {
      try classNames.read(at: 0, into: $0)
    }
  }
}
