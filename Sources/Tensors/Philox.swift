// Counter-based random bits: Philox4x32-10 (Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy
// as 1, 2, 3. SC 2011).
// Not here: distributions; see `RandomSource`.

/// The Philox4x32-10 function: 128 bits from a 128-bit counter and a 64-bit key.
public enum Philox4x32 {
  private static let multipliers = (UInt32(0xD251_1F53), UInt32(0xCD9E_8D57))
  private static let weyl = (UInt32(0x9E37_79B9), UInt32(0xBB67_AE85))

  /// The block of four words at `counter`, ten rounds.
  @inline(__always)
  public static func block(
    counter: SIMD4<UInt32>, key: SIMD2<UInt32>
  ) -> SIMD4<UInt32> {
    var c = counter
    var k = key
    for round in 0..<10 {
      if round > 0 { k = SIMD2(k.x &+ weyl.0, k.y &+ weyl.1) }
      let p0 = multipliers.0.multipliedFullWidth(by: c.x)
      let p1 = multipliers.1.multipliedFullWidth(by: c.z)
      c = SIMD4(p1.high ^ c.y ^ k.x, p1.low, p0.high ^ c.w ^ k.y, p0.low)
    }
    return c
  }
}
