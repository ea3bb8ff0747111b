// sgemm: C = alpha * op(A) op(B) + beta * C, or + a bias for each row, for row-major float32 matrices, on the calling thread.
//
// The structure is that of Goto and van de Geijn, "Anatomy of high-performance matrix multiplication"
// (ACM TOMS 34, 2008), as BLIS arranges it: blocks of op(B) and op(A) are packed into panels that stay
// in the caches, and the micro-kernel walks over pairs of panels, a tile of C at a time.
//
// The bits of an element of C depend on k, alpha, beta, and the element's own row of op(A) and column
// of op(B) (and on C where beta is not 0), and on nothing else: not on m, n, its place, the strides,
// the transpositions, alignment, or the thread.  Therefore
//   * k is cut into blocks by k alone (`depthBlocks`), each summed from 0 upwards in k and then added;
//   * every tile, whole or at an edge, does the same operations on an element (`MicroKernel`);
//   * m and n may be cut in any way, as is fast.
// Not here: float64.

import CSIMD

struct MatrixProduct {
  let transposeA: Bool
  let transposeB: Bool
  let m: Int
  let n: Int
  let k: Int
  let alpha: Float
  let a: UnsafePointer<Float>
  let lda: Int
  let b: UnsafePointer<Float>
  let ldb: Int
  let beta: Float
  /// What is added to each row of C; beta is then 0.
  let bias: UnsafePointer<Float>?
  let c: UnsafeMutablePointer<Float>
  let ldc: Int

  /// Whether products are computed here: decided by the processor that is compiled for.
  static var isFasterThanOpenBLAS: Bool { lanes == 16 }

  // MARK: - Sizes of blocks

  /// Rows of a tile: with two vectors of columns, what the vector registers hold (of 32 or 16).
  static var tileRows: Int { lanes == 16 ? 14 : 6 }
  /// Columns of a tile.
  static var tileColumns: Int { 2 * lanes }
  /// The most of k in a block: a panel of op(B) then takes most of the first-level cache.
  static var maximumDepth: Int { 384 }
  /// The most columns in a block of op(B) that stays in the second-level cache beside one of op(A).
  static var nearColumns: Int { 256 }
  /// The most columns in a block of op(B) that stays in the third-level cache.
  static var blockColumns: Int { 2048 }

  /// A block of op(A), which stays in the second-level cache.
  private static var floatsOfA: Int { 40 * (tileRows * maximumDepth + lanes) }
  private static var floatsOfB: Int { blockColumns * maximumDepth }

  // MARK: - The product

  func compute() {
    guard k > 0 && alpha != 0 else { return startC() }
    ScratchMemory.withBlock(floats: Self.floatsOfA + Self.floatsOfB) { scratch in
      for (block, depth) in depthBlocks.enumerated() {
        computeBlock(
          depth, beta: block > 0 ? 1 : beta == 0 ? nil : beta, bias: block > 0 ? nil : bias,
          packedA: scratch, packedB: scratch + Self.floatsOfA)
      }
    }
  }

  /// The ranges into which k is cut, by k alone.
  private var depthBlocks: some Sequence<Range<Int>> {
    let count = (k + Self.maximumDepth - 1) / Self.maximumDepth
    return (0..<count).lazy.map { [k] in $0 * k / count..<($0 + 1) * k / count }
  }

  /// C = alpha * the products of `depth` + beta * C; overwritten where beta is nil.
  private func computeBlock(
    _ depth: Range<Int>, beta: Float?, bias: UnsafePointer<Float>?,
    packedA: UnsafeMutablePointer<Float>, packedB: UnsafeMutablePointer<Float>
  ) {
    let tiles = (m + Self.tileRows - 1) / Self.tileRows
    let most = Self.floatsOfA / (Self.tileRows * depth.count + lanes)
    let blocks = (tiles + most - 1) / most
    // Where op(A) is one block, a part of op(B) is used once: few columns are then still near.
    let step = blocks == 1 ? Self.nearColumns : Self.blockColumns
    if blocks == 1 { packA(0..<tiles, depth, to: packedA) }
    for column in stride(from: 0, to: n, by: step) {
      let columns = column..<min(n, column + step)
      packB(columns, depth, to: packedB)
      for block in 0..<blocks {
        let tiles = (block * tiles / blocks)..<((block + 1) * tiles / blocks)
        if blocks > 1 { packA(tiles, depth, to: packedA) }
        computePanels(
          columns, tiles, depth, beta: beta, bias: bias, packedA: packedA, packedB: packedB)
      }
    }
  }

  /// C in `columns` and the rows of `tiles`.
  @inline(__always)
  private func computePanels(
    _ columns: Range<Int>, _ tiles: Range<Int>, _ depth: Range<Int>, beta: Float?,
    bias: UnsafePointer<Float>?, packedA: UnsafePointer<Float>, packedB: UnsafePointer<Float>
  ) {
    for column in stride(from: columns.lowerBound, to: columns.upperBound, by: Self.tileColumns) {
      let count = min(Self.tileColumns, columns.upperBound - column)
      let vectors = (count + lanes - 1) / lanes
      for tile in tiles {
        let (top, bottom) = (row(tile), row(tile + 1))
        Tile(
          a: packedA + panelOfA(tile, tiles, depth), aStep: bottom - top,
          b: packedB + (column - columns.lowerBound) * depth.count, bStep: vectors * lanes,
          depth: depth.count, c: c + (top * ldc + column), ldc: ldc, columns: count,
          alpha: alpha, beta: beta, bias: bias.map { $0 + column }
        ).compute(rows: bottom - top, vectors: vectors)
      }
    }
  }

  /// The first row of a tile: m is cut evenly, so that no tile is much smaller than the others.
  @inline(__always)
  private func row(_ tile: Int) -> Int {
    let tiles = (m + Self.tileRows - 1) / Self.tileRows
    return tile * m / tiles
  }

  /// Where the panel of a tile's rows begins; there are `lanes` floats between panels.
  @inline(__always)
  private func panelOfA(_ tile: Int, _ tiles: Range<Int>, _ depth: Range<Int>) -> Int {
    (row(tile) - row(tiles.lowerBound)) * depth.count + (tile - tiles.lowerBound) * lanes
  }

  private func packA(
    _ tiles: Range<Int>, _ depth: Range<Int>, to packed: UnsafeMutablePointer<Float>
  ) {
    forEachStrip(of: depth, whole: !transposeA) { strip in
      for tile in tiles {
        let (top, count) = (row(tile), row(tile + 1) - row(tile))
        let panel =
          packed + panelOfA(tile, tiles, depth) + (strip.lowerBound - depth.lowerBound) * count
        if transposeA {
          Packing.copy(
            a + (strip.lowerBound * lda + top), stride: lda, count: count, depth: strip.count,
            to: panel, step: count)
        } else {
          Packing.transpose(
            a + (top * lda + strip.lowerBound), stride: lda, count: count, depth: strip.count,
            to: panel, step: count)
        }
      }
    }
  }

  private func packB(
    _ columns: Range<Int>, _ depth: Range<Int>, to packed: UnsafeMutablePointer<Float>
  ) {
    forEachStrip(of: depth, whole: transposeB) { strip in
      for column in stride(from: columns.lowerBound, to: columns.upperBound, by: Self.tileColumns) {
        let count = min(Self.tileColumns, columns.upperBound - column)
        let step = count > lanes ? 2 * lanes : lanes
        let panel =
          packed + (column - columns.lowerBound) * depth.count
          + (strip.lowerBound - depth.lowerBound) * step
        if transposeB {
          for half in stride(from: 0, to: count, by: lanes) {
            Packing.transpose(
              b + ((column + half) * ldb + strip.lowerBound), stride: ldb,
              count: min(lanes, count - half), depth: strip.count, to: panel + half, step: step)
          }
        } else {
          Packing.copy(
            b + (strip.lowerBound * ldb + column), stride: ldb, count: count, depth: strip.count,
            to: panel, step: step)
        }
      }
    }
  }

  /// Calls `body` with all of `depth`, or, where k runs down the rows of a matrix, with a few rows at a
  /// time: they are read along, not down.
  @inline(__always)
  private func forEachStrip(of depth: Range<Int>, whole: Bool, _ body: (Range<Int>) -> Void) {
    guard !whole else { return body(depth) }
    for k in stride(from: depth.lowerBound, to: depth.upperBound, by: 16) {
      body(k..<min(k + 16, depth.upperBound))
    }
  }

  /// C = beta * C or the bias, where there are no products to add.
  private func startC() {
    for row in 0..<m {
      for column in 0..<n {
        let c = c + (row * ldc + column)
        c.pointee = bias.map { $0[column] } ?? (beta == 0 ? 0 : beta * c.pointee)
      }
    }
  }
}
