// Thirty-two queries side by side, and 2^x: the vector arithmetic of streaming attention.
//
// Vectors of sixteen floats are one AVX-512 register or two of AVX2 (the same operations, so the same
// bits).  Two of them and strips of two keys make the most of either: in an inner loop over channels two
// loads and two broadcasts serve four products.  Measured with AVX-512 at N = 1024, d = 6, forward and
// backward together: 2.8 ms an image, against 3.5 with one vector and strips of four keys, and 4.5
// with two vectors of eight floats and strips of four keys.
// Not here: functions for other kernels; see `Kernels/VectorMath.swift`.

import CSIMD

/// 2^x with a relative error below 8e-8; 2^-126 below x = -126; x is at most 127; NaN stays NaN.
///
/// x = n + f with an integer n and |f| <= 1/2: n by adding 1.5 * 2^23, which leaves it in the low bits;
/// 2^f by a minimax polynomial of degree 6 with 2^0 exactly 1; n is added to the exponent.
@inline(__always)
func vectorExp2(_ x: Vector16) -> Vector16 {
  let x = csimd_max(x, Vector16(repeating: -126))
  let magic = Vector16(repeating: 0x1.8p23)
  let shifted = x + magic
  let f = x - (shifted - magic)
  var p = Vector16(repeating: 0.00015353361959569156)
  p = csimd_fma(p, f, Vector16(repeating: 0.0013398873852565885))
  p = csimd_fma(p, f, Vector16(repeating: 0.00961843691766262))
  p = csimd_fma(p, f, Vector16(repeating: 0.055503323674201965))
  p = csimd_fma(p, f, Vector16(repeating: 0.24022647738456726))
  p = csimd_fma(p, f, Vector16(repeating: 0.6931471824645996))
  p = csimd_fma(p, f, Vector16(repeating: 1))
  let n = unsafeBitCast(shifted, to: SIMD16<Int32>.self) &<< SIMD16<Int32>(repeating: 23)
  return csimd_from_bits(unsafeBitCast(p, to: SIMD16<Int32>.self) &+ n)
}

/// One value for each of thirty-two queries.
struct QueryLanes {
  static let count = 32

  var low: Vector16
  var high: Vector16

  @inline(__always)
  init(_ low: Vector16, _ high: Vector16) {
    self.low = low
    self.high = high
  }

  @inline(__always)
  init(repeating value: Float) {
    low = Vector16(repeating: value)
    high = low
  }

  @inline(__always)
  init(_ pointer: UnsafePointer<Float>) {
    low = load16(pointer, 0)
    high = load16(pointer, 16)
  }

  subscript(lane: Int) -> Float { lane < 16 ? low[lane] : high[lane - 16] }

  @inline(__always)
  func store(_ pointer: UnsafeMutablePointer<Float>) {
    store16(low, pointer, 0)
    store16(high, pointer, 16)
  }

  /// self + a * b with one rounding.
  @inline(__always)
  func adding(_ a: QueryLanes, times b: Float) -> QueryLanes {
    let b = Vector16(repeating: b)
    return QueryLanes(csimd_fma(a.low, b, low), csimd_fma(a.high, b, high))
  }

  /// The sum over both vectors of self * b, added to the sixteen sums at `sum` lane by lane.
  @inline(__always)
  func accumulateProduct(_ b: QueryLanes, into sum: UnsafeMutablePointer<Float>) {
    let first = csimd_fma(low, b.low, load16(sum, 0))
    store16(csimd_fma(high, b.high, first), sum, 0)
  }

  @inline(__always)
  static func + (a: QueryLanes, b: QueryLanes) -> QueryLanes {
    QueryLanes(a.low + b.low, a.high + b.high)
  }

  @inline(__always)
  static func - (a: QueryLanes, b: Float) -> QueryLanes { QueryLanes(a.low - b, a.high - b) }

  @inline(__always)
  static func * (a: QueryLanes, b: QueryLanes) -> QueryLanes {
    QueryLanes(a.low * b.low, a.high * b.high)
  }

  @inline(__always)
  func maximum(_ other: QueryLanes) -> QueryLanes {
    QueryLanes(csimd_max(low, other.low), csimd_max(high, other.high))
  }

  @inline(__always)
  func exp2() -> QueryLanes { QueryLanes(vectorExp2(low), vectorExp2(high)) }
}
