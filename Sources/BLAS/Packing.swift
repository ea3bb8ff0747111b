// Copies of blocks of the operands, in the order in which the micro-kernel reads them.
//
// A packed panel holds, for every k in turn, the elements of a few rows of op(A) or columns of op(B):
// successive k are `step` floats apart.  Stores are whole vectors, so that what lies behind a row of a
// panel is written too: k ascends, and `lanes` floats behind a panel are free.
// Not here: arithmetic; a packed element has the bits of its source.

import CSIMD

enum Packing {
  /// Packs `count` adjacent columns, k running down the rows of the source.
  @inline(__always)
  static func copy(
    _ source: UnsafePointer<Float>, stride: Int, count: Int, depth: Int,
    to panel: UnsafeMutablePointer<Float>, step: Int
  ) {
    var (from, to) = (source, panel)
    if count == 2 * lanes {
      for _ in 0..<depth {
        csimd_wide_store(to, csimd_wide_load(from))
        csimd_wide_store(to + lanes, csimd_wide_load(from + lanes))
        (from, to) = (from + stride, to + step)
      }
    } else if count > lanes {
      let rest = UInt32(truncatingIfNeeded: count &- lanes)
      for _ in 0..<depth {
        csimd_wide_store(to, csimd_wide_load(from))
        csimd_wide_store(to + lanes, csimd_wide_load_first(from + lanes, rest))
        (from, to) = (from + stride, to + step)
      }
    } else {
      let count = UInt32(truncatingIfNeeded: count)
      for _ in 0..<depth {
        csimd_wide_store(to, csimd_wide_load_first(from, count))
        (from, to) = (from + stride, to + step)
      }
    }
  }

  /// Packs `count` <= `lanes` rows, k running along them: a transposition.
  @inline(never)
  static func transpose(
    _ source: UnsafePointer<Float>, stride: Int, count: Int, depth: Int,
    to panel: UnsafeMutablePointer<Float>, step: Int
  ) {
    var (from, to) = (source, panel)
    // Lanes beyond the last row hold that row again; they are overwritten or never used.
    let last = count &- 1
    for _ in 0..<depth / lanes {
      var block = Block(repeating: .zero)
      for row in 0..<lanes { block[row] = csimd_wide_load(from + min(row, last) &* stride) }
      transpose(&block)
      for row in 0..<lanes {
        csimd_wide_store(to, block[row])
        to += step
      }
      from += lanes
    }
    let rest = depth % lanes
    guard rest > 0 else { return }
    var block = Block(repeating: .zero)
    for row in 0..<lanes {
      let first = from + min(row, last) &* stride
      block[row] = csimd_wide_load_first(first, UInt32(truncatingIfNeeded: rest))
    }
    transpose(&block)
    for row in 0..<lanes where row < rest { csimd_wide_store(to + row &* step, block[row]) }
  }

  /// A square of 16 rows of 16 lanes; with 8 lanes, the first 8 rows are used.
  private typealias Block = InlineArray<16, csimd_wide>

  @inline(__always)
  private static func transpose(_ x: inout Block) {
    // Squares of four by four within the quads...
    for i in stride(from: 0, to: lanes, by: 4) {
      let (low01, high01) = (
        csimd_wide_zip_low(x[i], x[i + 1]), csimd_wide_zip_high(x[i], x[i + 1])
      )
      let (low23, high23) = (
        csimd_wide_zip_low(x[i + 2], x[i + 3]), csimd_wide_zip_high(x[i + 2], x[i + 3])
      )
      x[i] = csimd_wide_low_pairs(low01, low23)
      x[i + 1] = csimd_wide_high_pairs(low01, low23)
      x[i + 2] = csimd_wide_low_pairs(high01, high23)
      x[i + 3] = csimd_wide_high_pairs(high01, high23)
    }
    // ... then the quads among the squares.
    for i in 0..<4 {
      let (even, odd) = (
        csimd_wide_even_quads(x[i], x[i + 4]), csimd_wide_odd_quads(x[i], x[i + 4])
      )
      if lanes == 8 {
        (x[i], x[i + 4]) = (even, odd)
      } else {
        let (even2, odd2) = (
          csimd_wide_even_quads(x[i + 8], x[i + 12]), csimd_wide_odd_quads(x[i + 8], x[i + 12])
        )
        x[i] = csimd_wide_even_quads(even, even2)
        x[i + 4] = csimd_wide_even_quads(odd, odd2)
        x[i + 8] = csimd_wide_odd_quads(even, even2)
        x[i + 12] = csimd_wide_odd_quads(odd, odd2)
      }
    }
  }
}
