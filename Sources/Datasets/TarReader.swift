// A strict reader of ustar archives (IEEE Std 1003.1, pax, "ustar Interchange Format"; GNU tar's older
// magic too) that arrive as a stream.
// Names are only compared, never opened.  Not here: links, devices, pax and GNU extension headers, all of
// which are refused.

/// One file of an archive.
struct TarEntry {
  let name: String
  let size: Int
}

/// Walks the files of a `.tar.gz` in order.
struct TarReader {
  static let blockBytes = 512
  static let maximumEntries = 64
  static let maximumEntryBytes = 64 << 20
  /// The most bytes that an archive may inflate to: six of the largest entries, well under a second.
  static let maximumBytes = 6 * maximumEntryBytes
  /// Bytes that nobody asked for are read so many at a time.
  static let pieceBytes = 64 << 10

  private let stream: GzipStream
  private var entries = 0
  private var unread = 0  // bytes of the current file
  private var padding = 0  // zeros after it

  init(_ source: any ByteSource) throws {
    stream = try GzipStream(source, limit: Self.maximumBytes)
  }

  /// The next regular file, or nil when the whole archive, to the last byte of the gzip stream, has been
  /// read and found sound.
  mutating func next() throws -> TarEntry? {
    try skipRest()
    while true {
      let start = stream.offset
      var block = [UInt8](repeating: 0, count: Self.blockBytes)
      try block.withUnsafeMutableBytes { try fill($0) }
      if block.allSatisfy({ $0 == 0 }) {
        try readEnd()
        return nil
      }
      entries += 1
      guard entries <= Self.maximumEntries else {
        throw stream.fault(.tooManyEntries(limit: Self.maximumEntries))
      }
      let header: TarHeader
      do { header = try TarHeader(block) } catch { throw stream.fault(error.fault(at: start)) }
      guard header.size <= Self.maximumEntryBytes else {
        throw stream.fault(
          .entryTooLarge(name: header.name, size: header.size, limit: Self.maximumEntryBytes))
      }
      guard header.isFile else { continue }
      unread = header.size
      padding = (Self.blockBytes - header.size % Self.blockBytes) % Self.blockBytes
      return TarEntry(name: header.name, size: header.size)
    }
  }

  /// Fills `target` from the current file, which has at least as many bytes left.
  mutating func read(into target: UnsafeMutableRawBufferPointer) throws {
    precondition(
      target.count <= unread, "\(target.count) bytes of an entry that has \(unread) left")
    try fill(target)
    unread -= target.count
  }

  /// An error about the archive.
  func fault(_ fault: ArchiveFault) -> DatasetError { stream.fault(fault) }

  private mutating func skipRest() throws {
    var rest = unread + padding
    guard rest > 0 else { return }
    let scratch = UnsafeMutableRawBufferPointer.allocate(
      byteCount: min(rest, Self.pieceBytes), alignment: 64)
    defer { scratch.deallocate() }
    while rest > 0 {
      let piece = min(rest, scratch.count)
      try fill(UnsafeMutableRawBufferPointer(rebasing: scratch[..<piece]))
      rest -= piece
    }
    (unread, padding) = (0, 0)
  }

  private func fill(_ target: UnsafeMutableRawBufferPointer) throws {
    guard try stream.read(into: target) == target.count else {
      throw stream.fault(.tarTruncated(offset: stream.offset))
    }
  }

  /// After the first zero block: a second one, then zeros to the end of the stream.
  private func readEnd() throws {
    var piece = [UInt8](repeating: 0, count: Self.blockBytes)
    try piece.withUnsafeMutableBytes { try fill($0) }
    try requireZeros(piece[...])
    piece = [UInt8](repeating: 0, count: Self.pieceBytes)
    while true {
      let count = try piece.withUnsafeMutableBytes { try stream.read(into: $0) }
      guard count > 0 else { return }
      try requireZeros(piece[..<count])
    }
  }

  /// - Parameter bytes: the last ones that the stream has given.
  private func requireZeros(_ bytes: ArraySlice<UInt8>) throws {
    // Without a branch for each byte many are looked at at once.
    guard bytes.reduce(0, |) != 0, let index = bytes.firstIndex(where: { $0 != 0 }) else { return }
    throw stream.fault(.bytesAfterEnd(offset: stream.offset - bytes.count + index))
  }
}
