// CRC-32C (Castagnoli) by the processor's instruction, three streams at a time, without tables.
// Not here: digests that resist an attacker; a CRC finds accidents only.
import CSIMD

/// The checksum of messages between ranks, TensorBoard records and checkpoint tensors.
///
/// Polynomial 0x1EDC6F41, reflected, initial value and final inversion 0xFFFFFFFF (RFC 3720,
/// appendix B.4): the checksum of the ASCII text `123456789` is 0xE3069283.
public enum CRC32C {
  /// The checksum of `bytes` after what `continuing` already covers: with the checksum of A as
  /// `continuing`, the result for B is the checksum of A followed by B.
  public static func checksum(
    _ bytes: UnsafeRawBufferPointer, continuing: UInt32 = 0
  ) -> UInt32 {
    var state = ~continuing
    var offset = 0
    while bytes.count - offset >= 3 * streamBytes {
      state = threeStreams(bytes, at: offset, state)
      offset += 3 * streamBytes
    }
    let wordsEnd = offset + (bytes.count - offset) / 8 * 8
    state = words(bytes, offset..<wordsEnd, state)
    for index in wordsEnd..<bytes.count { state = csimd_crc32c_u8(state, bytes[index]) }
    return ~state
  }

  /// The checksum of `bytes`.
  public static func checksum(_ bytes: [UInt8]) -> UInt32 {
    bytes.withUnsafeBytes { checksum($0) }
  }

  /// The instruction takes three cycles but one can start every cycle, hence three streams; long
  /// enough that joining them (about a hundred cycles) does not show.
  private static let streamBytes = 4096

  private static func words(
    _ bytes: UnsafeRawBufferPointer, _ range: Range<Int>, _ state: UInt32
  ) -> UInt32 {
    var crc = UInt64(state)
    for offset in stride(from: range.lowerBound, to: range.upperBound, by: 8) {
      crc = csimd_crc32c_u64(crc, bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }
    return UInt32(truncatingIfNeeded: crc)
  }

  private static func threeStreams(
    _ bytes: UnsafeRawBufferPointer, at start: Int, _ state: UInt32
  ) -> UInt32 {
    var first = UInt64(state)
    var second: UInt64 = 0
    var third: UInt64 = 0
    for offset in stride(from: start, to: start + streamBytes, by: 8) {
      let word = { bytes.loadUnaligned(fromByteOffset: $0, as: UInt64.self) }
      first = csimd_crc32c_u64(first, word(offset))
      second = csimd_crc32c_u64(second, word(offset + streamBytes))
      third = csimd_crc32c_u64(third, word(offset + 2 * streamBytes))
    }
    // A CRC is linear: the state after A followed by B is (A's state times x^bits(B)) + B's.
    let shift = streamShift
    let two = product(UInt32(truncatingIfNeeded: first), shift) ^ UInt32(truncatingIfNeeded: second)
    return product(two, shift) ^ UInt32(truncatingIfNeeded: third)
  }

  /// x to the number of bits of a stream, modulo the polynomial; bit 31 is the coefficient of 1.
  private static let streamShift: UInt32 = {
    var power: UInt64 = 1 << 31
    for _ in 0..<streamBytes / 8 { power = csimd_crc32c_u64(power, 0) }
    return UInt32(truncatingIfNeeded: power)
  }()

  /// The product of two reflected polynomials over GF(2), modulo the Castagnoli polynomial.
  private static func product(_ left: UInt32, _ right: UInt32) -> UInt32 {
    var result: UInt32 = 0
    var term = right
    for bit in 0..<32 {
      let coefficient = (left >> UInt32(31 - bit)) & 1
      result ^= term & (0 &- coefficient)
      term = (term >> 1) ^ (0x82F6_3B78 & (0 &- (term & 1)))
    }
    return result
  }
}
