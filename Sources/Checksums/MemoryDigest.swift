// A 64-bit digest that is as fast as memory can be read.
//
// 128 lanes each take every 128th word: s = rotate(s ^ word) * odd number.  Both steps can be undone, so
// a change of one word changes its lane for good, and lanes that differ in one place give digests that
// differ: a single damaged word is always found, more of them all but 1 in 2^32 times.
// Not here: a digest that resists an attacker, or one that others know; see `SHA256` and `CRC32C`.

/// Compares what should be the same in the memory of several ranks.
public enum MemoryDigest {
  private typealias Words = SIMD16<UInt32>
  /// As many as hide the latency of a multiplication.
  private static let vectors = 8
  private static let wordsOfRound = 16 * vectors
  /// Multipliers of xxHash (Collet): odd, with bits in no order.
  private static let multiplier: UInt32 = 0x85EB_CA77
  private static let longMultiplier: UInt64 = 0x9E37_79B1_85EB_CA87
  private static let rotation: UInt32 = 13

  /// The digest of the bits of `floats`.
  public static func digest(_ floats: UnsafeBufferPointer<Float>) -> UInt64 {
    var lanes = InlineArray<8, Words>(repeating: .zero)
    for vector in 0..<vectors {
      for lane in 0..<16 { lanes[vector][lane] = UInt32(vector * 16 + lane + 1) &* multiplier }
    }
    let words = UnsafeRawBufferPointer(floats)
    let whole = floats.count / wordsOfRound
    for round in 0..<whole { take(words, at: round * wordsOfRound, &lanes) }
    takeRest(floats[(whole * wordsOfRound)...], &lanes)
    var digest = UInt64(floats.count) &* longMultiplier
    for vector in 0..<vectors {
      for lane in 0..<16 {
        digest = (digest ^ UInt64(lanes[vector][lane])) &* longMultiplier
        digest = digest << 31 | digest >> 33
      }
    }
    return digest
  }

  @inline(__always)
  private static func take(
    _ words: UnsafeRawBufferPointer, at word: Int, _ lanes: inout InlineArray<8, Words>
  ) {
    for vector in 0..<vectors {
      let offset = (word &+ vector &* 16) &* 4
      let mixed = lanes[vector] ^ words.loadUnaligned(fromByteOffset: offset, as: Words.self)
      lanes[vector] =
        (mixed &<< Words(repeating: rotation) | mixed &>> Words(repeating: 32 - rotation))
        &* Words(repeating: multiplier)
    }
  }

  /// The words of an incomplete round, 0 for those that are missing; how many there are is in the digest.
  private static func takeRest(
    _ floats: Slice<UnsafeBufferPointer<Float>>, _ lanes: inout InlineArray<8, Words>
  ) {
    guard !floats.isEmpty else { return }
    var round = Array(repeating: Float(0), count: wordsOfRound)
    round.replaceSubrange(0..<floats.count, with: floats)
    round.withUnsafeBytes { take($0, at: 0, &lanes) }
  }
}
