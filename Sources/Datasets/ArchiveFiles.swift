// The training files of a set inside `cifar-10-binary.tar.gz`.

/// A `.tar.gz` that holds the five files; every pass inflates it again.
struct ArchiveFiles: RecordFiles {
  let archive: any ByteSource

  func path(of file: Int) -> String { "\(archive.path):\(RecordLayout.fileNames[file])" }

  var classNamePath: String { "\(archive.path):\(RecordLayout.classNameFile)" }

  var sizes: [Int]? { nil }

  func forEachBlock(
    wants: (_ file: Int, _ records: Range<Int>) -> Bool, _ body: (RecordBlock) throws -> Void
  ) throws -> [UInt8]? {
    var seen: Set<Int> = []
    var classNames: [UInt8]?
    try RecordLayout.withBlockBuffer { buffer in
      var tar = try TarReader(archive)
      while let entry = try tar.next() {
        if Self.baseName(entry.name) == RecordLayout.classNameFile {
          guard classNames == nil else { throw tar.fault(.duplicateEntry(name: entry.name)) }
          classNames = try RecordLayout.classNames(path: classNamePath, size: entry.size) {
            try tar.read(into: $0)
          }
        }
        guard let file = Self.file(named: entry.name) else { continue }
        guard seen.insert(file).inserted else {
          throw tar.fault(.duplicateEntry(name: entry.name))
        }
        try RecordLayout.forEachBlock(
          file: file, path: path(of: file), size: entry.size, buffer: buffer,
          read: { records, target in
            try tar.read(into: target)
            return wants(file, records)
          }, body)
      }
    }
    for (file, name) in RecordLayout.fileNames.enumerated() where !seen.contains(file) {
      throw DatasetError.missingEntry(path: archive.path, entry: name)
    }
    return classNames
  }

  /// The name without `./` and the published archive's folder; other folders stay.
  static func baseName(_ name: String) -> Substring {
    var name = name[...]
    for prefix in ["./", RecordLayout.folder + "/"] where name.hasPrefix(prefix) {
      name = name.dropFirst(prefix.count)
    }
    return name
  }

  static func file(named name: String) -> Int? {
    RecordLayout.fileNames.firstIndex { $0 == baseName(name) }
  }
}
