// The header of every message between ranks: what the message is, so that a swapped, repeated,
// stale or damaged one is an error and not a wrong sum.
// Not here: when messages are sent.
import Checksums
import MPI

/// What a message is for.
enum MessageKind: UInt32 {
  case partialSums = 1
  case result = 2
  case gather = 3
  case broadcast = 4

  /// As it is named in errors.
  static func name(_ rawValue: UInt32) -> String {
    MessageKind(rawValue: rawValue).map { "\($0)" } ?? "unknown kind \(rawValue)"
  }
}

/// The fields that a receiver knows in advance and checks one by one.
struct MessageHeader: Equatable {
  var kind: MessageKind
  /// The same on all ranks of a run, and different from run to run.
  var run: UInt64
  var label: ReductionLabel
  /// The bucket, or the piece of a control message.
  var bucket: Int
  var source: Int
  /// The blocks that a partial sum holds; empty for others.
  var blocks: Range<Int>
  /// The bytes after the header.
  var length: Int
  /// The bytes of all pieces of a control message; `length` for others.
  var total: Int

  /// The header's size; the payload after it is aligned to a cache line.
  static let byteCount = 128

  private static let magic: UInt64 = 0x6E61_6773_6E61_7274  // "transgan"
  private static let covered = 0..<Field.headerCRC

  // Offsets, in bytes.
  private enum Field {
    static let magic = 0
    static let run = 8
    static let step = 16
    static let phase = 24
    static let kind = 40
    static let source = 44
    static let bucket = 48
    static let blocksLower = 56
    static let blocksUpper = 64
    static let length = 72
    static let total = 80
    static let payloadCRC = 88
    static let headerCRC = 120
  }

  /// Writes the header, and the checksum of the payload that already follows it in `bytes`.
  func write(to bytes: UnsafeMutableRawBufferPointer) {
    func store(_ value: Int, _ offset: Int) {
      bytes.storeBytes(of: UInt64(bitPattern: Int64(value)), toByteOffset: offset, as: UInt64.self)
    }
    bytes.storeBytes(of: Self.magic, toByteOffset: Field.magic, as: UInt64.self)
    bytes.storeBytes(of: run, toByteOffset: Field.run, as: UInt64.self)
    store(label.step, Field.step)
    bytes.storeBytes(of: label.phase.letters, toByteOffset: Field.phase, as: SIMD16<UInt8>.self)
    bytes.storeBytes(of: kind.rawValue, toByteOffset: Field.kind, as: UInt32.self)
    bytes.storeBytes(of: UInt32(source), toByteOffset: Field.source, as: UInt32.self)
    store(bucket, Field.bucket)
    store(blocks.lowerBound, Field.blocksLower)
    store(blocks.upperBound, Field.blocksUpper)
    store(length, Field.length)
    store(total, Field.total)
    let payload = UnsafeRawBufferPointer(rebasing: bytes[Self.byteCount..<Self.byteCount + length])
    bytes.storeBytes(
      of: UInt64(CRC32C.checksum(payload)), toByteOffset: Field.payloadCRC, as: UInt64.self)
    let header = UnsafeRawBufferPointer(rebasing: bytes[Self.covered])
    bytes.storeBytes(
      of: UInt64(CRC32C.checksum(header)), toByteOffset: Field.headerCRC, as: UInt64.self)
  }

  /// The payload's length that a header in `bytes` states.
  static func length(of bytes: UnsafeMutableRawBufferPointer) -> Int {
    Int(bytes.loadUnaligned(fromByteOffset: Field.length, as: Int64.self))
  }

  /// Compares a received message of `count` bytes with this, the header that is due on rank `rank`.
  ///
  /// `length` and `total` are compared only where `sizes` is true; the true ones are returned.
  /// Throws `DataParallelError.damagedMessage` and `.unexpectedMessage`.
  func verify(
    _ bytes: UnsafeMutableRawBufferPointer, count: Int, rank: Int, sizes: Bool = true
  ) throws(DataParallelError) -> (length: Int, total: Int) {
    let header = UnsafeRawBufferPointer(rebasing: bytes[Self.covered])
    try verifyIntegrity(bytes, count: count, header: header, rank: rank)
    func value(_ offset: Int) -> Int {
      Int(truncatingIfNeeded: bytes.loadUnaligned(fromByteOffset: offset, as: Int64.self))
    }
    func word(_ offset: Int) -> UInt32 {
      bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
    }
    func require(_ field: String, _ expected: Int, _ found: Int) throws(DataParallelError) {
      if expected != found { throw unexpected(field, "\(expected)", "\(found)", rank: rank) }
    }
    let foundRun = bytes.loadUnaligned(fromByteOffset: Field.run, as: UInt64.self)
    if foundRun != run {
      throw unexpected("run", String(run, radix: 16), String(foundRun, radix: 16), rank: rank)
    }
    try require("source rank", source, Int(word(Field.source)))
    try require("step", label.step, value(Field.step))
    let foundPhase = ReductionPhase(
      letters: bytes.loadUnaligned(fromByteOffset: Field.phase, as: SIMD16<UInt8>.self))
    if foundPhase != label.phase {
      throw unexpected("phase", "\(label.phase)", "\(foundPhase)", rank: rank)
    }
    if word(Field.kind) != kind.rawValue {
      throw unexpected("kind", "\(kind)", MessageKind.name(word(Field.kind)), rank: rank)
    }
    try require("bucket", bucket, value(Field.bucket))
    try require("first block", blocks.lowerBound, value(Field.blocksLower))
    try require("end of blocks", blocks.upperBound, value(Field.blocksUpper))
    if sizes {
      try require("payload length", length, value(Field.length))
      try require("total length", total, value(Field.total))
    }
    return (value(Field.length), value(Field.total))
  }

  /// The checks that need no knowledge of what is due: size, magic, checksums.
  private func verifyIntegrity(
    _ bytes: UnsafeMutableRawBufferPointer, count: Int, header: UnsafeRawBufferPointer, rank: Int
  ) throws(DataParallelError) {
    guard count >= Self.byteCount else {
      throw damaged("size in bytes", "\(Self.byteCount) or more", "\(count)", rank: rank)
    }
    func word(_ offset: Int) -> UInt64 {
      bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
    }
    func require(_ field: String, _ expected: UInt64, _ found: UInt64) throws(DataParallelError) {
      if expected != found {
        throw damaged(field, String(expected, radix: 16), String(found, radix: 16), rank: rank)
      }
    }
    try require("magic", Self.magic, word(Field.magic))
    try require("header CRC32C", UInt64(CRC32C.checksum(header)), word(Field.headerCRC))
    try require("payload length", UInt64(count - Self.byteCount), word(Field.length))
    let payload = UnsafeRawBufferPointer(rebasing: bytes[Self.byteCount..<count])
    try require("payload CRC32C", UInt64(CRC32C.checksum(payload)), word(Field.payloadCRC))
  }

  private func damaged(
    _ field: String, _ expected: String, _ found: String, rank: Int
  ) -> DataParallelError {
    .damagedMessage(
      rank: rank, source: source, label: label, bucket: bucket, field: field, expected: expected,
      found: found)
  }

  private func unexpected(
    _ field: String, _ expected: String, _ found: String, rank: Int
  ) -> DataParallelError {
    .unexpectedMessage(
      rank: rank, source: source, label: label, bucket: bucket, field: field, expected: expected,
      found: found)
  }
}
