// The widest float vector of the processor that is compiled for, for matrix products: always inline,
// no logic.
//
// `csimd_wide` is imported as `SIMD16<Float>` with AVX-512 and as `SIMD8<Float>` without, so one Swift
// source serves both.  Shuffles work within quads of four lanes, or move whole quads.
// Not here: anything with a branch, a loop or a constant of an algorithm.
#ifndef CSIMD_WIDE_H
#define CSIMD_WIDE_H

#include <stdint.h>

#if defined(__AVX512F__)
#define CSIMD_WIDE_LANES 16
#else
#define CSIMD_WIDE_LANES 8
#endif

typedef float csimd_wide __attribute__((ext_vector_type(CSIMD_WIDE_LANES)));
typedef float csimd_wide_unaligned __attribute__((ext_vector_type(CSIMD_WIDE_LANES), aligned(4)));

#define CSIMD_WIDE_INLINE static inline __attribute__((always_inline))

/// a * b + c with one rounding.
CSIMD_WIDE_INLINE csimd_wide csimd_wide_fma(csimd_wide a, csimd_wide b, csimd_wide c) {
  return __builtin_elementwise_fma(a, b, c);
}

/// The same float in every lane.
CSIMD_WIDE_INLINE csimd_wide csimd_wide_broadcast(float a) { return (csimd_wide)a; }

CSIMD_WIDE_INLINE csimd_wide csimd_wide_load(const float *from) {
  return *(const csimd_wide_unaligned *)from;
}

CSIMD_WIDE_INLINE void csimd_wide_store(float *to, csimd_wide a) {
  *(csimd_wide_unaligned *)to = a;
}

/// Begins to bring the line of `address` into the first-level cache, to write it; any address may be named.
CSIMD_WIDE_INLINE void csimd_prefetch_to_write(const float *address) {
  __builtin_prefetch(address, 1, 3);
}

#if defined(__AVX512F__)

/// The first `count` lanes from memory, 0 in the others; nothing beyond is touched.
CSIMD_WIDE_INLINE csimd_wide csimd_wide_load_first(const float *from, uint32_t count) {
  return __builtin_ia32_loadups512_mask(from, (csimd_wide)0.0f,
                                        (uint16_t)((1u << count) - 1));
}

/// The first `count` lanes to memory; nothing beyond is touched.
CSIMD_WIDE_INLINE void csimd_wide_store_first(float *to, uint32_t count, csimd_wide a) {
  __builtin_ia32_storeups512_mask(to, a, (uint16_t)((1u << count) - 1));
}

#define CSIMD_QUADS(a, b, i, j, k, l)                                                        \
  __builtin_shufflevector(a, b, i, j, k, l, i + 4, j + 4, k + 4, l + 4, i + 8, j + 8, k + 8, \
                          l + 8, i + 12, j + 12, k + 12, l + 12)

/// Quads (a0, a2, b0, b2).
CSIMD_WIDE_INLINE csimd_wide csimd_wide_even_quads(csimd_wide a, csimd_wide b) {
  return __builtin_shufflevector(a, b, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27);
}

/// Quads (a1, a3, b1, b3).
CSIMD_WIDE_INLINE csimd_wide csimd_wide_odd_quads(csimd_wide a, csimd_wide b) {
  return __builtin_shufflevector(a, b, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31);
}

#else

typedef int32_t csimd_wide_mask __attribute__((ext_vector_type(8)));

/// The first `count` lanes from memory, 0 in the others; nothing beyond is touched.
CSIMD_WIDE_INLINE csimd_wide csimd_wide_load_first(const float *from, uint32_t count) {
  const csimd_wide_mask lane = {0, 1, 2, 3, 4, 5, 6, 7};
  return __builtin_ia32_maskloadps256((const csimd_wide *)from,
                                      lane < (csimd_wide_mask)(int32_t)count);
}

/// The first `count` lanes to memory; nothing beyond is touched.
CSIMD_WIDE_INLINE void csimd_wide_store_first(float *to, uint32_t count, csimd_wide a) {
  const csimd_wide_mask lane = {0, 1, 2, 3, 4, 5, 6, 7};
  __builtin_ia32_maskstoreps256((csimd_wide *)to, lane < (csimd_wide_mask)(int32_t)count, a);
}

#define CSIMD_QUADS(a, b, i, j, k, l) \
  __builtin_shufflevector(a, b, i, j, k, l, i + 4, j + 4, k + 4, l + 4)

/// Quads (a0, b0).
CSIMD_WIDE_INLINE csimd_wide csimd_wide_even_quads(csimd_wide a, csimd_wide b) {
  return __builtin_shufflevector(a, b, 0, 1, 2, 3, 8, 9, 10, 11);
}

/// Quads (a1, b1).
CSIMD_WIDE_INLINE csimd_wide csimd_wide_odd_quads(csimd_wide a, csimd_wide b) {
  return __builtin_shufflevector(a, b, 4, 5, 6, 7, 12, 13, 14, 15);
}

#endif

/// (a0, b0, a1, b1) of every quad.
CSIMD_WIDE_INLINE csimd_wide csimd_wide_zip_low(csimd_wide a, csimd_wide b) {
  return CSIMD_QUADS(a, b, 0, CSIMD_WIDE_LANES, 1, CSIMD_WIDE_LANES + 1);
}

/// (a2, b2, a3, b3) of every quad.
CSIMD_WIDE_INLINE csimd_wide csimd_wide_zip_high(csimd_wide a, csimd_wide b) {
  return CSIMD_QUADS(a, b, 2, CSIMD_WIDE_LANES + 2, 3, CSIMD_WIDE_LANES + 3);
}

/// (a0, a1, b0, b1) of every quad.
CSIMD_WIDE_INLINE csimd_wide csimd_wide_low_pairs(csimd_wide a, csimd_wide b) {
  return CSIMD_QUADS(a, b, 0, 1, CSIMD_WIDE_LANES, CSIMD_WIDE_LANES + 1);
}

/// (a2, a3, b2, b3) of every quad.
CSIMD_WIDE_INLINE csimd_wide csimd_wide_high_pairs(csimd_wide a, csimd_wide b) {
  return CSIMD_QUADS(a, b, 2, 3, CSIMD_WIDE_LANES + 2, CSIMD_WIDE_LANES + 3);
}

#undef CSIMD_QUADS
#endif
