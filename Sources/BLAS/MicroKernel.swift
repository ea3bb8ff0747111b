// The innermost part of a matrix product: a tile of C, held in registers while k runs.
//
// The loop over k holds, per k, a fused multiply-add for each vector of the tile, a broadcast for each row
// and a load for each vector of columns, and nothing else.
//
// Whatever the extents of its tile, an element of C is made by the same operations in the same order:
//     sum = 0;  for k ascending { sum = fma(a, b, sum) };  C = fma(alpha, sum, beta * C)
// or C = fma(alpha, sum, bias) or C = alpha * sum where C is overwritten.  This is what makes its bits independent of the tile.
// Not here: where tiles lie, and how operands are packed.

import CSIMD

/// One tile of a product, as `MatrixProduct` asks for it.
struct Tile {
  /// For every k, the tile's elements of op(A), one for each row; successive k are `aStep` apart.
  let a: UnsafePointer<Float>
  let aStep: Int
  /// For every k, the tile's elements of op(B), in whole vectors; successive k are `bStep` apart.
  let b: UnsafePointer<Float>
  let bStep: Int
  let depth: Int
  let c: UnsafeMutablePointer<Float>
  let ldc: Int
  /// The columns of C in this tile; the vectors may hold more.
  let columns: Int
  let alpha: Float
  /// The factor of what C holds, or nil where C is overwritten.
  let beta: Float?
  /// What is added to each row where C is overwritten.
  let bias: UnsafePointer<Float>?
}

enum MicroKernel<Sums: TileSums> {
  /// Computes the tile.
  @inline(never)
  static func run(_ tile: Tile) {
    // What C holds is needed at the end of the loop: by then it has come from wherever it lies.
    if tile.beta != nil { Sums.prefetch(tile.c, tile.ldc) }
    var sums = Sums.zero
    var (a, b) = (tile.a, tile.b)
    let (aStep, bStep) = (tile.aStep, tile.bStep)
    // Eight of k at a time: the end of a shorter loop costs as much as some rounds of it.
    for _ in 0..<tile.depth / 8 {
      for _ in 0..<2 {
        sums.add(a, Sums.load(b))
        sums.add(a + aStep, Sums.load(b + bStep))
        sums.add(a + 2 &* aStep, Sums.load(b + 2 &* bStep))
        sums.add(a + 3 &* aStep, Sums.load(b + 3 &* bStep))
        a += 4 &* aStep
        b += 4 &* bStep
      }
    }
    for _ in 0..<tile.depth % 8 {
      sums.add(a, Sums.load(b))
      a += aStep
      b += bStep
    }
    let alpha = csimd_wide_broadcast(tile.alpha)
    let beta = csimd_wide_broadcast(tile.beta ?? 0)
    if tile.columns < Sums.vectors * lanes {
      // All vectors are whole but the last one of each row.
      let inLast = UInt32(truncatingIfNeeded: tile.columns &- (Sums.vectors &- 1) &* lanes)
      let writer = EdgeWriter(
        alpha: alpha, beta: beta, overwrites: tile.beta == nil, bias: tile.bias,
        last: Sums.vectors - 1, inLast: inLast)
      sums.write(to: tile.c, tile.ldc, writer)
    } else if let bias = tile.bias {
      sums.write(to: tile.c, tile.ldc, BiasAdder(alpha: alpha, bias: bias))
    } else if tile.beta == nil {
      sums.write(to: tile.c, tile.ldc, Overwriter(alpha: alpha))
    } else {
      sums.write(to: tile.c, tile.ldc, Merger(alpha: alpha, beta: beta))
    }
  }
}

/// C = alpha * sum.
private struct Overwriter: TileWriter {
  let alpha: csimd_wide

  @inline(__always)
  func write(_ sum: csimd_wide, to c: UnsafeMutablePointer<Float>, vector: Int) {
    csimd_wide_store(c, alpha * sum)
  }
}

/// C = alpha * sum + bias.
private struct BiasAdder: TileWriter {
  let alpha: csimd_wide
  let bias: UnsafePointer<Float>

  @inline(__always)
  func write(_ sum: csimd_wide, to c: UnsafeMutablePointer<Float>, vector: Int) {
    csimd_wide_store(c, csimd_wide_fma(alpha, sum, csimd_wide_load(bias + vector &* lanes)))
  }
}

/// C = alpha * sum + beta * C.
private struct Merger: TileWriter {
  let alpha: csimd_wide
  let beta: csimd_wide

  @inline(__always)
  func write(_ sum: csimd_wide, to c: UnsafeMutablePointer<Float>, vector: Int) {
    csimd_wide_store(c, csimd_wide_fma(alpha, sum, beta * csimd_wide_load(c)))
  }
}

/// Any of the above, where the last vector of a row is partly beyond C.
private struct EdgeWriter: TileWriter {
  let alpha: csimd_wide
  let beta: csimd_wide
  let overwrites: Bool
  let bias: UnsafePointer<Float>?
  let last: Int
  let inLast: UInt32

  @inline(__always)
  func write(_ sum: csimd_wide, to c: UnsafeMutablePointer<Float>, vector: Int) {
    let count = vector == last ? inLast : UInt32(truncatingIfNeeded: lanes)
    if let bias {
      let row = csimd_wide_load_first(bias + vector &* lanes, count)
      csimd_wide_store_first(c, count, csimd_wide_fma(alpha, sum, row))
    } else if overwrites {
      csimd_wide_store_first(c, count, alpha * sum)
    } else {
      let held = csimd_wide_load_first(c, count)
      csimd_wide_store_first(c, count, csimd_wide_fma(alpha, sum, beta * held))
    }
  }
}

extension Tile {
  /// Computes a tile of up to 14 rows and 1 or 2 vectors.
  @inline(__always)
  func compute(rows: Int, vectors: Int) {
    if vectors == 2 { compute(rows: rows, Row2.self) } else { compute(rows: rows, Row1.self) }
  }

  @inline(__always)
  private func compute<Row: TileSums>(rows: Int, _: Row.Type) {
    switch rows {
    case 1: MicroKernel<Row>.run(self)
    case 2: MicroKernel<Rows2<Row>>.run(self)
    case 3: MicroKernel<Rows3<Row>>.run(self)
    case 4: MicroKernel<Rows4<Row>>.run(self)
    case 5: MicroKernel<Rows5<Row>>.run(self)
    case 6: MicroKernel<Rows6<Row>>.run(self)
    case 7: MicroKernel<Rows7<Row>>.run(self)
    case 8: MicroKernel<Rows8<Row>>.run(self)
    case 9: MicroKernel<Rows9<Row>>.run(self)
    case 10: MicroKernel<Rows10<Row>>.run(self)
    case 11: MicroKernel<Rows11<Row>>.run(self)
    case 12: MicroKernel<Rows12<Row>>.run(self)
    case 13: MicroKernel<Rows13<Row>>.run(self)
    default: MicroKernel<Rows14<Row>>.run(self)
    }
  }
}

/// The floats of the widest vector.
@inline(__always)
var lanes: Int { Int(CSIMD_WIDE_LANES) }
