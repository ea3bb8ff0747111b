// Copies of blocks of the operands, in the order in which the micro-kernel reads them.
//
// A packed panel holds, for every k in turn, the elements of a few rows of op(A) or columns of op(B):
// successive k are `step` floats apart.  Stores are whole vectors: up to `lanes` floats behind a
// panel may be written, so panels are packed in the order in which they lie in memory.
// Not here: arithmetic; a packed element has the bits of its source.

import CSIMD

enum Packing {
  /// Packs `count` <= `lanes` adjacent columns, k running down the rows of the source.
  @inline(__always)
  static func copy(
    _ source: UnsafePointer<Float>, stride: Int, count: Int, depth: Int,
    to panel: UnsafeMutablePointer<Float>, step: Int
  ) {
    if count == lanes {
      for k in 0..<depth {
        csimd_wide_store(panel + k * step, csimd_wide_load(source + k * stride))
      }
    } else {
      for k in 0..<depth {
        let row = csimd_wide_load_first(source + k * stride, UInt32(count))
        csimd_wide_store(panel + k * step, row)
      }
    }
  }

  /// Packs `count` <= `lanes` rows, k running along them: a transposition.
  @inline(never)
  static func transpose(
    _ source: UnsafePointer<Float>, stride: Int, count: Int, depth: Int,
    to panel: UnsafeMutablePointer<Float>, step: Int
  ) {
    var k = 0
    while k + lanes <= depth {
      var block = Block(repeating: .zero)
      for row in 0..<blockRows {
        // Lanes beyond the last row hold that row again; they are overwritten or never used.
        block[row] = csimd_wide_load(source + (min(row, count - 1) * stride + k))
      }
      transpose(&block)
      for row in 0..<blockRows { csimd_wide_store(panel + (k + row) * step, block[row]) }
      k += lanes
    }
    guard k < depth else { return }
    let rest = depth - k
    var block = Block(repeating: .zero)
    for row in 0..<blockRows {
      let from = source + (min(row, count - 1) * stride + k)
      block[row] = csimd_wide_load_first(from, UInt32(rest))
    }
    transpose(&block)
    for row in 0..<blockRows where row < rest {
      csimd_wide_store(panel + (k + row) * step, block[row])
    }
  }

  /// A square of 16 rows of 16 lanes; with 8 lanes, the first 8 rows are used.
  private typealias Block = InlineArray<16, csimd_wide>

  @inline(__always)
  private static var blockRows: Int { lanes }

  @inline(__always)
  private static func transpose(_ x: inout Block) {
    // Squares of four by four within the quads...
    for i in stride(from: 0, to: blockRows, by: 4) {
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
