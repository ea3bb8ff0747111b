// The message checksum against the vectors of RFC 3720 and against the bitwise definition.
import Checksums
import Testing

@Suite struct CRC32CTests {
  /// The definition, one bit at a time.
  func bitwise(_ bytes: [UInt8]) -> UInt32 {
    var state: UInt32 = ~0
    for byte in bytes {
      state ^= UInt32(byte)
      for _ in 0..<8 { state = (state >> 1) ^ (state & 1 == 1 ? 0x82F6_3B78 : 0) }
    }
    return ~state
  }

  @Test func vectorsOfRFC3720() {
    #expect(CRC32C.checksum(Array("123456789".utf8)) == 0xE306_9283)
    #expect(CRC32C.checksum([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
    #expect(CRC32C.checksum([UInt8](repeating: 0xFF, count: 32)) == 0x62A8_AB43)
    #expect(CRC32C.checksum(Array(0..<32)) == 0x46DD_794E)
    #expect(CRC32C.checksum((0..<32).map { 31 - $0 }) == 0x113F_DB5C)
  }

  @Test(arguments: [0, 1, 7, 8, 9, 12287, 12288, 12289, 24583, 40001])
  func anyLengthAndSplitFollowsTheDefinition(count: Int) {
    let bytes = (0..<count).map { UInt8(truncatingIfNeeded: ($0 &* 2_654_435_761) >> 7) }
    let expected = bitwise(bytes)
    #expect(CRC32C.checksum(bytes) == expected)
    for cut in [0, 1, count / 3, count] where cut <= count {
      let head = CRC32C.checksum(Array(bytes[..<cut]))
      let whole = bytes[cut...].withUnsafeBytes { CRC32C.checksum($0, continuing: head) }
      #expect(whole == expected, "\(count) bytes cut at \(cut)")
    }
  }
}
