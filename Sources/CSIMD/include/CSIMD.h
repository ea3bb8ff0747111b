// Vector functions that Swift has no spelling for on Linux: always inline, no logic.
//
// Sixteen floats are one AVX-512 register or two of AVX2: the same operations on each, so the same bits.
// An `ext_vector_type(16)` of float is imported as `SIMD16<Float>`, so these compile to single vector
// instructions inside Swift loops, where `addingProduct`, `pointwiseMin` and `clamped` become calls.
// Not here: anything with a branch, a loop or a constant of an algorithm.
#ifndef CSIMD_H
#define CSIMD_H

#include <stdint.h>

#include "CSIMDWide.h"

typedef float csimd_f16 __attribute__((ext_vector_type(16)));
typedef int32_t csimd_i16 __attribute__((ext_vector_type(16)));

#define CSIMD_INLINE static inline __attribute__((always_inline, const))

/// a * b + c with one rounding.
CSIMD_INLINE csimd_f16 csimd_fma(csimd_f16 a, csimd_f16 b, csimd_f16 c) {
  return __builtin_elementwise_fma(a, b, c);
}

/// a * b + c with one rounding.
CSIMD_INLINE float csimd_fma1(float a, float b, float c) { return __builtin_fmaf(a, b, c); }

/// The smaller of each pair; `a` where either is not a number.
CSIMD_INLINE csimd_f16 csimd_min(csimd_f16 a, csimd_f16 b) { return b < a ? b : a; }

/// The larger of each pair; `a` where either is not a number.
CSIMD_INLINE csimd_f16 csimd_max(csimd_f16 a, csimd_f16 b) { return b > a ? b : a; }

/// `a` where `x` is below `y`, else `b`.
CSIMD_INLINE csimd_f16 csimd_where_less(csimd_f16 x, csimd_f16 y, csimd_f16 a, csimd_f16 b) {
  return x < y ? a : b;
}

CSIMD_INLINE csimd_f16 csimd_abs(csimd_f16 a) { return __builtin_elementwise_abs(a); }

CSIMD_INLINE csimd_f16 csimd_sqrt(csimd_f16 a) { return __builtin_elementwise_sqrt(a); }

/// The float with the same 32 bits.
CSIMD_INLINE csimd_f16 csimd_from_bits(csimd_i16 a) { return (csimd_f16)a; }

/// The sign of `sign` on the magnitude of `magnitude`.
CSIMD_INLINE csimd_f16 csimd_copysign(csimd_f16 magnitude, csimd_f16 sign) {
  return __builtin_elementwise_copysign(magnitude, sign);
}

/// The sum of the sixteen lanes, always in the same order: halves onto halves, four times.
CSIMD_INLINE float csimd_sum(csimd_f16 a) {
  typedef float f8 __attribute__((ext_vector_type(8)));
  typedef float f4 __attribute__((ext_vector_type(4)));
  f8 octet = a.lo + a.hi;
  f4 quad = octet.lo + octet.hi;
  return (quad.x + quad.z) + (quad.y + quad.w);
}

#define CSIMD_MEMORY static inline __attribute__((always_inline))

#if defined(__AVX512F__)

/// The first `count` floats from memory, 0 in the other lanes; nothing beyond is touched.
CSIMD_MEMORY csimd_f16 csimd_load_first(const float *from, uint32_t count) {
  return __builtin_ia32_loadups512_mask(from, (csimd_f16)0.0f, (uint16_t)((1u << count) - 1));
}

/// The first `count` lanes to memory; nothing beyond is touched.
CSIMD_MEMORY void csimd_store_first(float *to, uint32_t count, csimd_f16 a) {
  __builtin_ia32_storeups512_mask(to, a, (uint16_t)((1u << count) - 1));
}

#else

/// The first `count` floats from memory, 0 in the other lanes; nothing beyond is touched.
CSIMD_MEMORY csimd_f16 csimd_load_first(const float *from, uint32_t count) {
  csimd_f16 value;
  value.lo = csimd_wide_load_first(from, count);
  value.hi = csimd_wide_load_first(from + 8, count > 8 ? count - 8 : 0);
  return value;
}

/// The first `count` lanes to memory; nothing beyond is touched.
CSIMD_MEMORY void csimd_store_first(float *to, uint32_t count, csimd_f16 a) {
  csimd_wide_store_first(to, count, a.lo);
  csimd_wide_store_first(to + 8, count > 8 ? count - 8 : 0, a.hi);
}

#endif

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
