// Sixteen queries side by side, and 2^x: the vector arithmetic of streaming attention.
// Not here: functions for other kernels; see `Kernels/VectorMath.swift`.

import CSIMD

/// 2^x with a relative error below 8e-8; 2^-126 below x = -126; x is at most 127; NaN stays NaN.
///
/// x = n + f with an integer n and |f| <= 1/2: n by adding 1.5 * 2^23, which leaves it in the low bits;
/// 2^f by a minimax polynomial of degree 6 with 2^0 exactly 1; n is added to the exponent.
@inline(__always)
func vectorExp2(_ x: Float8) -> Float8 {
  let x = csimd_max(x, Float8(repeating: -126))
  let magic = Float8(repeating: 0x1.8p23)
  let shifted = x + magic
  let f = x - (shifted - magic)
  var p = Float8(repeating: 0.00015353361959569156)
  p = csimd_fma(p, f, Float8(repeating: 0.0013398873852565885))
  p = csimd_fma(p, f, Float8(repeating: 0.00961843691766262))
  p = csimd_fma(p, f, Float8(repeating: 0.055503323674201965))
  p = csimd_fma(p, f, Float8(repeating: 0.24022647738456726))
  p = csimd_fma(p, f, Float8(repeating: 0.6931471824645996))
  p = csimd_fma(p, f, Float8(repeating: 1))
  let n = unsafeBitCast(shifted, to: SIMD8<Int32>.self) &<< SIMD8<Int32>(repeating: 23)
  return csimd_from_bits(unsafeBitCast(p, to: SIMD8<Int32>.self) &+ n)
}

/// One value for each of sixteen queries: two vectors, so that a key's broadcast value is used twice.
struct QueryLanes {
  static let count = 16

  var low: Float8
  var high: Float8

  @inline(__always)
  init(_ low: Float8, _ high: Float8) {
    self.low = low
    self.high = high
  }

  @inline(__always)
  init(repeating value: Float) {
    low = Float8(repeating: value)
    high = low
  }

  @inline(__always)
  init(_ pointer: UnsafePointer<Float>) {
    low = load8(pointer, 0)
    high = load8(pointer, 8)
  }

  @inline(__always)
  func store(_ pointer: UnsafeMutablePointer<Float>) {
    store8(low, pointer, 0)
    store8(high, pointer, 8)
  }

  /// self + a * b with one rounding.
  @inline(__always)
  func adding(_ a: QueryLanes, times b: Float) -> QueryLanes {
    let b = Float8(repeating: b)
    return QueryLanes(csimd_fma(a.low, b, low), csimd_fma(a.high, b, high))
  }

  /// The sum over both vectors of self * b, added to `sum` lane by lane.
  @inline(__always)
  func accumulateProduct(_ b: QueryLanes, into sum: UnsafeMutablePointer<Float>) {
    let first = csimd_fma(low, b.low, load8(sum, 0))
    store8(csimd_fma(high, b.high, first), sum, 0)
  }

  @inline(__always)
  static func + (a: QueryLanes, b: QueryLanes) -> QueryLanes {
    QueryLanes(a.low + b.low, a.high + b.high)
  }

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
