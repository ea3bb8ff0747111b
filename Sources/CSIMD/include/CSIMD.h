// Vector functions that Swift has no spelling for on Linux: always inline, no logic.
//
// An `ext_vector_type(8)` of float is imported as `SIMD8<Float>`, so these compile to single AVX2/FMA
// instructions inside Swift loops, where `addingProduct`, `pointwiseMin` and `clamped` become calls.
// Not here: anything with a branch, a loop or a constant of an algorithm.
#ifndef CSIMD_H
#define CSIMD_H

#include <stdint.h>

#include "CSIMDWide.h"

typedef float csimd_f8 __attribute__((ext_vector_type(8)));
typedef int32_t csimd_i8 __attribute__((ext_vector_type(8)));

#define CSIMD_INLINE static inline __attribute__((always_inline, const))

/// a * b + c with one rounding.
CSIMD_INLINE csimd_f8 csimd_fma(csimd_f8 a, csimd_f8 b, csimd_f8 c) {
  return __builtin_elementwise_fma(a, b, c);
}

/// a * b + c with one rounding.
CSIMD_INLINE float csimd_fma1(float a, float b, float c) { return __builtin_fmaf(a, b, c); }

/// The smaller of each pair; `a` where either is not a number.
CSIMD_INLINE csimd_f8 csimd_min(csimd_f8 a, csimd_f8 b) { return b < a ? b : a; }

/// The larger of each pair; `a` where either is not a number.
CSIMD_INLINE csimd_f8 csimd_max(csimd_f8 a, csimd_f8 b) { return b > a ? b : a; }

/// `a` where `x` is below `y`, else `b`.
CSIMD_INLINE csimd_f8 csimd_where_less(csimd_f8 x, csimd_f8 y, csimd_f8 a, csimd_f8 b) {
  return x < y ? a : b;
}

CSIMD_INLINE csimd_f8 csimd_abs(csimd_f8 a) { return __builtin_elementwise_abs(a); }

CSIMD_INLINE csimd_f8 csimd_sqrt(csimd_f8 a) { return __builtin_elementwise_sqrt(a); }

/// The float with the same 32 bits.
CSIMD_INLINE csimd_f8 csimd_from_bits(csimd_i8 a) { return (csimd_f8)a; }

/// The sign of `sign` on the magnitude of `magnitude`.
CSIMD_INLINE csimd_f8 csimd_copysign(csimd_f8 magnitude, csimd_f8 sign) {
  return __builtin_elementwise_copysign(magnitude, sign);
}

/// The sum of the eight lanes, always in the order ((0+4)+(2+6))+((1+5)+(3+7)).
CSIMD_INLINE float csimd_sum(csimd_f8 a) {
  typedef float f4 __attribute__((ext_vector_type(4)));
  f4 q = a.lo + a.hi;
  return (q.x + q.z) + (q.y + q.w);
}

// Sixteen floats: one AVX-512 register, or two of AVX2, with the same bits.
typedef float csimd_f16 __attribute__((ext_vector_type(16)));
typedef int32_t csimd_i16 __attribute__((ext_vector_type(16)));

/// a * b + c with one rounding.
CSIMD_INLINE csimd_f16 csimd_fma16(csimd_f16 a, csimd_f16 b, csimd_f16 c) {
  return __builtin_elementwise_fma(a, b, c);
}

/// The lesser; `a` where either is not a number.
CSIMD_INLINE csimd_f16 csimd_min16(csimd_f16 a, csimd_f16 b) { return b < a ? b : a; }

/// The greater; `a` where either is not a number.
CSIMD_INLINE csimd_f16 csimd_max16(csimd_f16 a, csimd_f16 b) { return b > a ? b : a; }

CSIMD_INLINE csimd_f16 csimd_abs16(csimd_f16 a) { return __builtin_elementwise_abs(a); }

/// The float with the same 32 bits.
CSIMD_INLINE csimd_f16 csimd_from_bits16(csimd_i16 a) { return (csimd_f16)a; }

#if defined(__SSE4_2__)
/// CRC-32C (Castagnoli) of eight more bytes, by the processor's instruction.
CSIMD_INLINE uint64_t csimd_crc32c_u64(uint64_t crc, uint64_t bytes) {
  return __builtin_ia32_crc32di(crc, bytes);
}
/// CRC-32C (Castagnoli) of one more byte, by the processor's instruction.
CSIMD_INLINE uint32_t csimd_crc32c_u8(uint32_t crc, uint8_t byte) {
  return __builtin_ia32_crc32qi(crc, byte);
}
#else
#error "CSIMD needs SSE4.2: set TRANSGAN_ARCH to x86-64-v3 or newer"
#endif

#endif
