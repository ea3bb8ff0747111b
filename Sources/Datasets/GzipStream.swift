// One gzip member (RFC 1952), inflated a piece at a time by zlib, which checks its CRC and length.
// Not here: several members in one file; bytes after the first member are an error.

import CZlib

/// The inflated bytes of a gzip file, in order, in memory that does not depend on the file.
final class GzipStream {
  private let source: any ByteSource
  private let limit: Int
  private let stream: UnsafeMutablePointer<z_stream>
  private let input: UnsafeMutableRawBufferPointer
  private var consumed = 0  // bytes of the file given to zlib
  private var ended = false
  /// Inflated bytes handed out so far.
  private(set) var offset = 0

  static let inputBytes = 256 << 10

  /// - Parameter limit: the most bytes that may come out; more is an error, so that a small file cannot
  ///   keep the reader busy.
  init(_ source: any ByteSource, limit: Int) throws {
    self.source = source
    self.limit = limit
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    input = .allocate(byteCount: max(1, min(Self.inputBytes, source.size)), alignment: 64)
    // 16 asks for a gzip wrapper, 15 is the largest window.
    let status = inflateInit2_(stream, 16 + 15, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    precondition(status == Z_OK, "zlib cannot start: status \(status)")
    var magic: (UInt8, UInt8) = (0, 0)
    if source.size >= 2 {
      try withUnsafeMutableBytes(of: &magic) { try source.read(at: 0, into: $0) }
    }
    guard magic == (0x1F, 0x8B) else { throw fault(.notGzip) }
  }

  deinit {
    inflateEnd(stream)
    stream.deallocate()
    input.deallocate()
  }

  func fault(_ fault: ArchiveFault) -> DatasetError {
    .badArchive(path: source.path, fault: fault)
  }

  /// Fills `target`; fewer bytes only at the end of the stream.
  func read(into target: UnsafeMutableRawBufferPointer) throws -> Int {
    var filled = 0
    while filled < target.count && !ended {
      try refill()
      let room = UnsafeMutableRawBufferPointer(rebasing: target[filled...])
      stream.pointee.next_out = room.baseAddress?.assumingMemoryBound(to: UInt8.self)
      stream.pointee.avail_out = UInt32(clamping: room.count)
      let offered = stream.pointee.avail_out
      let status = inflate(stream, Z_NO_FLUSH)
      let produced = Int(offered - stream.pointee.avail_out)
      filled += produced
      offset += produced
      guard offset <= limit else { throw fault(.inflatesTooFar(limit: limit)) }
      switch status {
      case Z_OK: break
      case Z_STREAM_END: try finish()
      // No progress although everything was given.
      case Z_BUF_ERROR where position == source.size:
        throw fault(.gzipTruncated(size: source.size))
      default: throw fault(.gzipCorrupt(offset: position))
      }
    }
    return filled
  }

  /// The offset in the file of the next byte that zlib has not used.
  private var position: Int { consumed - Int(stream.pointee.avail_in) }

  /// Gives zlib more of the file, if it has used all it had and there is more.
  private func refill() throws {
    let count = min(input.count, source.size - consumed)
    guard stream.pointee.avail_in == 0 && count > 0 else { return }
    try source.read(at: consumed, into: UnsafeMutableRawBufferPointer(rebasing: input[..<count]))
    consumed += count
    stream.pointee.next_in = input.baseAddress?.assumingMemoryBound(to: UInt8.self)
    stream.pointee.avail_in = UInt32(count)
  }

  private func finish() throws {
    ended = true
    guard position == source.size else {
      throw fault(.gzipTrailingBytes(offset: position, size: source.size))
    }
  }
}
