// Event files against bytes worked out from the format: a bitwise CRC, protobuf's wire form by hand.
import Glibc
import Testing

@testable import Reporting

/// CRC-32C one bit at a time, from the polynomial.
private func bitwiseCRC32C(_ bytes: [UInt8]) -> UInt32 {
  var crc: UInt32 = 0xFFFF_FFFF
  for byte in bytes {
    crc ^= UInt32(byte)
    for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0x82F6_3B78 : crc >> 1 }
  }
  return ~crc
}

private func bytes(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(value >> (8 * $0) & 255) } }
private func bytes(_ value: UInt64) -> [UInt8] { (0..<8).map { UInt8(value >> (8 * $0) & 255) } }

private func masked(_ bytes: [UInt8]) -> UInt32 {
  let crc = bitwiseCRC32C(bytes)
  return (crc >> 15 | crc << 17) &+ 0xA282_EAD8
}

/// The messages of an event file, whose lengths and checksums must be right.
private func messages(_ file: [UInt8]) throws -> [[UInt8]] {
  var result: [[UInt8]] = []
  var rest = file[...]
  while !rest.isEmpty {
    try #require(rest.count >= 16)
    let length = Array(rest.prefix(8))
    let count = Int(length.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
    try #require(rest.count >= 16 + count)
    let message = Array(rest.dropFirst(12).prefix(count))
    #expect(Array(rest.dropFirst(8).prefix(4)) == bytes(masked(length)))
    #expect(Array(rest.dropFirst(12 + count).prefix(4)) == bytes(masked(message)))
    result.append(message)
    rest = rest.dropFirst(16 + count)
  }
  return result
}

@Suite struct TensorBoardTests {
  let folder = TemporaryFolder()
  let log = CapturedLog()

  /// 1.5 as the bytes of a double.
  private let time: [UInt8] = [0x09, 0, 0, 0, 0, 0, 0, 0xF8, 0x3F]

  @Test func theChecksumIsMasked() {
    let vector = Array("123456789".utf8)
    #expect(bitwiseCRC32C(vector) == 0xE306_9283)
    // 0xE3069283 rotated right by 15 is 0x2507C60D; plus 0xA282EAD8 is 0xC78AB0E5.
    #expect(maskedChecksum(vector) == 0xC78A_B0E5)
  }

  @Test func theFirstRecordIsTheVersion() throws {
    let message = time + [0x1A, 13] + Array("brain.Event:2".utf8)
    let length = bytes(UInt64(message.count))
    #expect(
      TensorBoardEvent.fileVersion.record(wallTime: 1.5)
        == length + bytes(masked(length)) + message + bytes(masked(message)))
  }

  @Test func scalarsAndPicturesInWireForm() {
    // step 300 is the varint AC 02; 0.5 is 3F000000; field numbers as in event.proto, summary.proto.
    let value: [UInt8] = [0x0A, 6] + Array("Loss/D".utf8) + [0x15, 0, 0, 0, 0x3F]
    #expect(
      TensorBoardEvent.scalars([("Loss/D", 0.5)], step: 300).message(wallTime: 1.5)
        == time + [0x10, 0xAC, 0x02, 0x2A, 15, 0x0A, 13] + value)
    let image: [UInt8] = [0x08, 2, 0x10, 0x80, 0x01, 0x18, 3, 0x22, 3, 7, 8, 9]
    #expect(
      TensorBoardEvent.image(tag: "s", width: 128, height: 2, png: [7, 8, 9], step: 1)
        .message(wallTime: 1.5)
        == time + [0x10, 1, 0x2A, 19, 0x0A, 17, 0x0A, 1, 0x73, 0x22, 12] + image)
    #expect(
      TensorBoardEvent.sessionStart(step: 5).message(wallTime: 1.5)
        == time + [0x10, 5, 0x3A, 2, 0x08, 1])
  }

  @Test func longVarintsAndNegativeIntegers() {
    var encoder = ProtobufEncoder()
    encoder.integer(-1, field: 1)
    encoder.integer(1 << 35, field: 16)
    #expect(
      encoder.bytes == [0x08] + [UInt8](repeating: 0xFF, count: 9) + [0x01]
        + [0x80, 0x01, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01])
  }

  @Test func aResumedRunStartsANewFile() throws {
    let first = try TensorBoardWriter(directory: folder.path, logger: log.logger) { 1.5 }
    first.scalar("Loss/D", 1, step: 1)
    let second = try TensorBoardWriter(
      directory: folder.path, continuingAfter: 4, logger: log.logger
    ) { 1.5 }
    second.scalars([("Loss/D", 1), ("Loss/G", .nan)], step: 5)
    try second.image(
      "Samples", PNGImage(width: 1, height: 1, pixels: [1, 2, 3]), step: 5)
    let prefix = "events.out.tfevents.1."
    #expect(folder.names.count == 2)
    #expect(folder.names.allSatisfy { $0.hasPrefix(prefix) })
    #expect(first.path.hasSuffix(".\(getpid()).0"))
    #expect(second.path.hasSuffix(".\(getpid()).1"))
    #expect(try messages(try readFile(first.path)).count == 2)
    let found = try messages(try readFile(second.path))
    #expect(found.count == 4)
    #expect(found[1] == time + [0x10, 5, 0x3A, 2, 0x08, 1])
    #expect(log.lines.isEmpty)
  }

  @Test func aMissingFolderIsAnError() {
    #expect(throws: ReportingError.self) {
      try TensorBoardWriter(directory: "/nowhere", logger: log.logger)
    }
  }
}
