// exp, erf and the normal distribution on sixteen floats at a time.
//
// Goals, in order: the same bits wherever they are called, no branch, a stated error, speed.  glibc's
// functions are not used: they choose a variant by processor, and have no vector form that Swift inlines.
//
// Alternatives for erf: the rational form of Abramowitz and Stegun 7.1.26 (absolute error 1.5e-7, poor
// near 0) and tables.  Chosen: two minimax polynomials, odd in x below 0.92, and 1 - exp(-|x| q(|x|))
// beyond it.
//
// The bounds below were measured over every 37th float32 number and rounded up; `docs/precision.md`.
// Not here: reductions and loops over memory.

import CSIMD

/// Sixteen floats.
public typealias Vector16 = SIMD16<Float>

/// e^x with a relative error below 1.2e-7; 0 below -87.3, e^88.37625 = 2.406e38
/// from there up; NaN stays NaN.
///
/// x = n ln 2 + r, |r| <= ln 2 / 2, by the two-part reduction of Cody and Waite; a polynomial of
/// degree 7 in r; n is added to the exponent.
@inlinable @inline(__always)
public func vectorExp(_ x: Vector16) -> Vector16 {
  let clamped = csimd_max(csimd_min(x, Vector16(repeating: 88.37625)), Vector16(repeating: -88))
  // Added to 1.5 x 2^23, a number is rounded to an integer, which is then the low bits of the sum: no
  // conversion, which would be undefined for a NaN.
  let magic = Vector16(repeating: 0x1.8p23)
  let shifted = csimd_fma(clamped, Vector16(repeating: 1.44269504088896341), magic)
  let n = shifted - magic
  var r = csimd_fma(n, Vector16(repeating: -0.693359375), clamped)
  r = csimd_fma(n, Vector16(repeating: 2.12194440e-4), r)
  var p = Vector16(repeating: 1.9875691500e-4)
  p = csimd_fma(p, r, Vector16(repeating: 1.3981999507e-3))
  p = csimd_fma(p, r, Vector16(repeating: 8.3334519073e-3))
  p = csimd_fma(p, r, Vector16(repeating: 4.1665795894e-2))
  p = csimd_fma(p, r, Vector16(repeating: 1.6666665459e-1))
  p = csimd_fma(p, r, Vector16(repeating: 5.0000001201e-1))
  let y = csimd_fma(p, r * r, r + Vector16(repeating: 1))
  let exponent = unsafeBitCast(shifted, to: SIMD16<Int32>.self) &+ SIMD16<Int32>(repeating: 127)
  let power = csimd_from_bits(exponent &<< SIMD16<Int32>(repeating: 23))
  return csimd_where_less(
    x, Vector16(repeating: -87.33654), Vector16(repeating: 0), y * power)
}

/// The error function, with an absolute error below 6e-8 and a relative one below 7.3e-8; NaN stays NaN.
@inlinable @inline(__always)
public func vectorErf(_ x: Vector16) -> Vector16 {
  let magnitude = csimd_min(csimd_abs(x), Vector16(repeating: 4))
  // Below 0.9217: x + x p(x^2).
  let t = x * x
  var p = Vector16(repeating: 8.341061766259372e-05)
  p = csimd_fma(p, t, Vector16(repeating: -0.0008135820389725268))
  p = csimd_fma(p, t, Vector16(repeating: 0.0052004242315888405))
  p = csimd_fma(p, t, Vector16(repeating: -0.02685915306210518))
  p = csimd_fma(p, t, Vector16(repeating: 0.11283691227436066))
  p = csimd_fma(p, t, Vector16(repeating: -0.37612634897232056))
  p = csimd_fma(p, t, Vector16(repeating: 0.12837916612625122))
  let small = csimd_fma(p, x, x)
  // Beyond: 1 - exp(-|x| q(|x|)).
  var q = Vector16(repeating: 1.093917580874404e-05)
  q = csimd_fma(q, magnitude, Vector16(repeating: -0.00031988645787350833))
  q = csimd_fma(q, magnitude, Vector16(repeating: 0.0036306260153651237))
  q = csimd_fma(q, magnitude, Vector16(repeating: -0.0237371027469635))
  q = csimd_fma(q, magnitude, Vector16(repeating: 0.10620798170566559))
  q = csimd_fma(q, magnitude, Vector16(repeating: 0.635168731212616))
  q = csimd_fma(q, magnitude, Vector16(repeating: 1.1286442279815674))
  let large = csimd_copysign(Vector16(repeating: 1) - vectorExp(-(q * magnitude)), x)
  return csimd_where_less(magnitude, Vector16(repeating: 0.9217), small, large)
}

/// The distribution function of the standard normal distribution, (1 + erf(x / sqrt 2)) / 2, with an
/// absolute error below 6.8e-8 (not a relative one: below -5.5 it is 0); NaN stays NaN.
@inlinable @inline(__always)
public func vectorNormalDistribution(_ x: Vector16) -> Vector16 {
  let half = Vector16(repeating: 0.5)
  return csimd_fma(vectorErf(x * Vector16(repeating: 0.70710678118654752)), half, half)
}

/// The density of the standard normal distribution, exp(-x^2 / 2) / sqrt(2 pi), with an absolute error
/// below 5.1e-8, a relative one below 2.4e-7 + 6e-8 x^2 / 2 down to exp(-87); NaN stays NaN.
@inlinable @inline(__always)
public func vectorNormalDensity(_ x: Vector16) -> Vector16 {
  vectorExp(x * x * Vector16(repeating: -0.5)) * Vector16(repeating: 0.39894228040143268)
}
