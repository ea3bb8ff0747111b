// The backward pass of streaming attention: the probabilities are computed again from the log-sum-exp.
//
// Keys are taken a tile of strips at a time, small enough that the tile's partial dK and dV stay in the
// first-level cache; for each tile all blocks of queries pass by.  dK and dV are kept apart by lane
// (queries modulo 16) and summed over the lanes at the end of their tile; dQ is kept per block.

import CSIMD

extension StreamingAttention {
  /// Bytes of the partial dK and dV of a tile: half of a first-level cache of 32 KiB.
  static let tileBytes = 16384

  /// Strips in a tile of keys.
  var tileStrips: Int { max(1, Self.tileBytes / (2 * partialStrip * MemoryLayout<Float>.stride)) }

  /// Floats of a strip's partial dK or dV: (d, 2, 16).
  var partialStrip: Int { keyStrip * 16 }

  /// See `AttentionKernels.backward`.
  static func backward(
    _ shape: AttentionShape, qkv: UnsafePointer<Float>, y: UnsafePointer<Float>,
    logSumExp: UnsafePointer<Float>, gy: UnsafePointer<Float>, window: AttentionWindow,
    gqkv: UnsafeMutablePointer<Float>
  ) {
    let sizes = StreamingAttention(shape, window)
    let tile = sizes.tileStrips * sizes.partialStrip
    var arena = Arena(
      sizes.queryMatrix, sizes.queryMatrix, sizes.queryMatrix, sizes.keyMatrix, sizes.keyMatrix,
      sizes.queryVector, sizes.queryVector, sizes.queryVector, sizes.queryVector, tile, tile)
    let head = BackwardHead(
      sizes: sizes, q: arena.take(sizes.queryMatrix), go: arena.take(sizes.queryMatrix),
      gq: arena.take(sizes.queryMatrix), k: arena.take(sizes.keyMatrix),
      v: arena.take(sizes.keyMatrix), start: arena.take(sizes.queryVector),
      rowSum: arena.take(sizes.queryVector), rows: arena.take(sizes.queryVector),
      columns: arena.take(sizes.queryVector), gk: arena.take(tile), gv: arena.take(tile))
    sizes.packPositions(rows: head.rows, columns: head.columns)
    let c = shape.channels
    for image in 0..<shape.batch {
      for h in 0..<shape.heads {
        let first = image * shape.tokens
        let offset = first * c + h * shape.headWidth
        let source = qkv + first * 3 * c + h * shape.headWidth
        sizes.packQueries(head.q, source, stride: 3 * c, factor: sizes.queryFactor)
        sizes.packQueries(head.go, gy + offset, stride: c, factor: 1)
        sizes.packKeys(head.k, source + c, stride: 3 * c)
        sizes.packKeys(head.v, source + 2 * c, stride: 3 * c)
        head.prepareRows(
          y: y + offset, gy: gy + offset,
          logSumExp: logSumExp + (image * shape.heads + h) * shape.tokens)
        head.run(gqkv + first * 3 * c + h * shape.headWidth)
      }
    }
    withExtendedLifetime(arena) {}
  }

  /// The packed matrices of one head.
  private struct BackwardHead {
    let sizes: StreamingAttention
    let q: UnsafeMutablePointer<Float>  // (block, d, 32)
    let go: UnsafeMutablePointer<Float>  // (block, d, 32)
    let gq: UnsafeMutablePointer<Float>  // (block, d, 32)
    let k: UnsafeMutablePointer<Float>  // (strip, d, 2)
    let v: UnsafeMutablePointer<Float>  // (strip, d, 2)
    let start: UnsafeMutablePointer<Float>  // (block, 32): -logSumExp in units of log 2
    let rowSum: UnsafeMutablePointer<Float>  // (block, 32): -D
    let rows: UnsafeMutablePointer<Float>  // (block, 32)
    let columns: UnsafeMutablePointer<Float>  // (block, 32)
    let gk: UnsafeMutablePointer<Float>  // (strip of the tile, d, 2, 16)
    let gv: UnsafeMutablePointer<Float>  // (strip of the tile, d, 2, 16)

    /// Fills `start` and `rowSum`: D = rowsum(dP P) = rowsum(dO O).
    func prepareRows(
      y: UnsafePointer<Float>, gy: UnsafePointer<Float>, logSumExp: UnsafePointer<Float>
    ) {
      for query in 0..<sizes.tokens {
        var sum: Float = 0
        for c in 0..<sizes.width {
          let index = query &* sizes.channels &+ c
          sum += y[index] * gy[index]
        }
        rowSum[query] = -sum
        start[query] = -logSumExp[query] * log2e
      }
    }

    func run(_ gqkv: UnsafeMutablePointer<Float>) {
      let (c, stride) = (sizes.channels, 3 * sizes.channels)
      gq.update(repeating: 0, count: sizes.queryMatrix)
      let tile = sizes.tileStrips
      for first in Swift.stride(from: 0, to: sizes.strips.count, by: tile) {
        let strips = first..<min(first + tile, sizes.strips.count)
        gk.update(repeating: 0, count: strips.count * sizes.partialStrip)
        gv.update(repeating: 0, count: strips.count * sizes.partialStrip)
        for block in 0..<sizes.blocks { accumulate(block, strips) }
        // The packed queries carry log2(e) / sqrt(d).
        sumLanes(gk, strips, gqkv + c, stride: stride, factor: 1 / log2e)
        sumLanes(gv, strips, gqkv + 2 * c, stride: stride, factor: 1)
      }
      sizes.unpackQueries(gq, gqkv, stride: stride, factor: sizes.queryFactor / log2e)
    }

    /// Adds to dQ of a block, and to dK and dV of a tile, what they give each other.
    @inline(never)
    func accumulate(_ block: Int, _ tile: Range<Int>) {
      let (lane, matrix) = (block &* lanes, block &* sizes.queryBlock)
      let scores = BlockScores(
        start: QueryLanes(start + lane), q: q + matrix, k: k, width: sizes.width,
        rows: QueryLanes(rows + lane), columns: QueryLanes(columns + lane))
      var visitor = Gradients(
        scores: scores, rowSum: QueryLanes(rowSum + lane), go: go + matrix, gq: gq + matrix, v: v,
        gk: gk, gv: gv, firstStrip: tile.lowerBound, partialStrip: sizes.partialStrip)
      sizes.strips.forEach(queries: sizes.queries(block), within: tile, &visitor)
    }

    /// Stores the sums over lanes of a tile's (strip, d, 2, 16) as rows of `stride` floats.
    func sumLanes(
      _ partial: UnsafePointer<Float>, _ strips: Range<Int>, _ rows: UnsafeMutablePointer<Float>,
      stride: Int, factor: Float
    ) {
      let first = strips.lowerBound * stripWidth
      for token in first..<min(strips.upperBound * stripWidth, sizes.tokens) {
        let lanes = partial + 16 * sizes.keyOffset(token - first)
        for c in 0..<sizes.width {
          let sum = load16(lanes, c &* 16 &* stripWidth)
          rows[token &* stride &+ c] = csimd_sum(sum) * factor
        }
      }
    }
  }

  private struct Gradients: StripVisitor {
    let scores: BlockScores
    let rowSum: QueryLanes
    let go: UnsafePointer<Float>
    let gq: UnsafeMutablePointer<Float>
    let v: UnsafePointer<Float>
    let gk: UnsafeMutablePointer<Float>
    let gv: UnsafeMutablePointer<Float>
    /// The first strip of the tile of keys, and the floats of a strip in `gk` and `gv`.
    let firstStrip: Int
    let partialStrip: Int

    @inline(__always)
    mutating func visit<Tile: ScoreTile>(_ first: KeyStrips.Strip, masked: Bool, _: Tile.Type) {
      let (offset, width) = (scores.offset(first), scores.width)
      let partial = (first.index &- firstStrip) &* partialStrip
      let tile: Tile = scores.tile(first, masked: masked)
      let p = tile.exp2()
      p.addTransposedProduct(with: go, to: gv + partial, width: width)
      let gs = p * Tile(start: rowSum, go, v + offset, width: width)
      gs.addProduct(with: scores.k + offset, to: gq, width: width)
      gs.addTransposedProduct(with: scores.q, to: gk + partial, width: width)
    }
  }
}
