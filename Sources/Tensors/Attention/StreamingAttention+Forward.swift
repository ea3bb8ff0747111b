// The forward pass of streaming attention.
//
// Softmax needs a shift only against overflow.  |score| <= |q| max|k|, so where that bound is small
// (2^60 and its sums are far from the ends of float32) the shift is 0 and the keys are walked once; otherwise
// a first walk finds the maximum.  Measured at N = 1024, d = 6, the first walk costs a quarter more.

import CSIMD
import Foundation

extension StreamingAttention {
  /// Scores up to this magnitude, in units of log 2, need no shift.
  static let unshiftedBound: Float = 60

  /// See `AttentionKernels.forward`.
  static func forward(
    _ shape: AttentionShape, qkv: UnsafePointer<Float>, window: AttentionWindow,
    y: UnsafeMutablePointer<Float>, logSumExp: UnsafeMutablePointer<Float>
  ) {
    let sizes = StreamingAttention(shape, window)
    var arena = Arena(
      sizes.queryMatrix, sizes.keyMatrix, sizes.keyMatrix, sizes.queryVector, sizes.queryVector,
      sizes.queryBlock)
    let head = ForwardHead(
      sizes: sizes, q: arena.take(sizes.queryMatrix), k: arena.take(sizes.keyMatrix),
      v: arena.take(sizes.keyMatrix), rows: arena.take(sizes.queryVector),
      columns: arena.take(sizes.queryVector), output: arena.take(sizes.queryBlock))
    sizes.packPositions(rows: head.rows, columns: head.columns)
    let c = shape.channels
    for image in 0..<shape.batch {
      for h in 0..<shape.heads {
        let first = image * shape.tokens
        let source = qkv + first * 3 * c + h * shape.headWidth
        sizes.packQueries(head.q, source, stride: 3 * c, factor: sizes.queryFactor)
        sizes.packKeys(head.k, source + c, stride: 3 * c)
        sizes.packKeys(head.v, source + 2 * c, stride: 3 * c)
        head.run(
          y: y + first * c + h * shape.headWidth,
          logSumExp: logSumExp + (image * shape.heads + h) * shape.tokens)
      }
    }
    withExtendedLifetime(arena) {}
  }

  /// The packed matrices of one head.
  private struct ForwardHead {
    let sizes: StreamingAttention
    let q: UnsafeMutablePointer<Float>  // (block, d, 32)
    let k: UnsafeMutablePointer<Float>  // (strip, d, 2)
    let v: UnsafeMutablePointer<Float>  // (strip, d, 2)
    let rows: UnsafeMutablePointer<Float>  // (block, 32)
    let columns: UnsafeMutablePointer<Float>  // (block, 32)
    let output: UnsafeMutablePointer<Float>  // (d, 32)

    func run(y: UnsafeMutablePointer<Float>, logSumExp: UnsafeMutablePointer<Float>) {
      let longestKey = largestSquaredNorm(k, count: sizes.strips.count, lanes: stripWidth)
      for block in 0..<sizes.blocks {
        let q = q + (block &* sizes.queryBlock)
        let longestQuery = largestSquaredNorm(q, count: 1, lanes: lanes)
        let bounded =
          longestKey * longestQuery <= unshiftedBound * unshiftedBound
        let shift = bounded ? QueryLanes(repeating: 0) : maxima(block, q)
        let sum = accumulate(block, q, shift: shift)
        finish(block, sum: sum, shift: shift, y: y, logSumExp: logSumExp)
      }
    }

    /// The largest squared norm among packed rows (count, d, lanes).
    func largestSquaredNorm(_ packed: UnsafePointer<Float>, count: Int, lanes: Int) -> Float {
      var largest: Float = 0
      for group in 0..<count {
        for lane in 0..<lanes {
          var sum: Float = 0
          for c in 0..<sizes.width {
            let value = packed[(group &* sizes.width &+ c) &* lanes &+ lane]
            sum += value * value
          }
          // Written so that a NaN is kept: it is not bounded.
          if !(sum <= largest) { largest = sum }
        }
      }
      return largest
    }

    /// The largest score of each query.
    @inline(never)
    func maxima(_ block: Int, _ q: UnsafePointer<Float>) -> QueryLanes {
      var visitor = Maxima(scores: scores(block, q, start: QueryLanes(repeating: 0)))
      sizes.strips.forEach(
        queries: sizes.queries(block), within: 0..<sizes.strips.count, &visitor)
      return visitor.largest
    }

    /// output = sum of exp2(score - shift) v; returns the sum of exp2(score - shift).
    @inline(never)
    func accumulate(
      _ block: Int, _ q: UnsafePointer<Float>, shift: QueryLanes
    ) -> QueryLanes {
      output.update(repeating: 0, count: sizes.queryBlock)
      let start = shift * QueryLanes(repeating: -1)
      var visitor = Sums(scores: scores(block, q, start: start), v: v, output: output)
      sizes.strips.forEach(
        queries: sizes.queries(block), within: 0..<sizes.strips.count, &visitor)
      return visitor.sum
    }

    @inline(__always)
    private func scores(
      _ block: Int, _ q: UnsafePointer<Float>, start: QueryLanes
    ) -> BlockScores {
      let lane = block &* lanes
      return BlockScores(
        start: start, q: q, k: k, width: sizes.width, rows: QueryLanes(rows + lane),
        columns: QueryLanes(columns + lane))
    }

    /// Divides by the sums and stores the block's rows of y and log-sum-exp.
    func finish(
      _ block: Int, sum: QueryLanes, shift: QueryLanes, y: UnsafeMutablePointer<Float>,
      logSumExp: UnsafeMutablePointer<Float>
    ) {
      let stride = sizes.channels
      for (lane, query) in sizes.queries(block).enumerated() {
        let total = sum[lane]
        let factor = 1 / total
        for c in 0..<sizes.width {
          y[query &* stride &+ c] = output[c &* lanes &+ lane] * factor
        }
        logSumExp[query] = (shift[lane] + log2(total)) / log2e
      }
    }
  }

  private struct Maxima: StripVisitor {
    let scores: BlockScores
    var largest = QueryLanes(repeating: KeyStrips.unseen)

    @inline(__always)
    mutating func visit<Tile: ScoreTile>(_ first: KeyStrips.Strip, masked: Bool, _: Tile.Type) {
      let tile: Tile = scores.tile(first, masked: masked)
      largest = tile.maximum(largest)
    }
  }

  private struct Sums: StripVisitor {
    let scores: BlockScores
    let v: UnsafePointer<Float>
    let output: UnsafeMutablePointer<Float>
    var sum = QueryLanes(repeating: 0)

    @inline(__always)
    mutating func visit<Tile: ScoreTile>(_ first: KeyStrips.Strip, masked: Bool, _: Tile.Type) {
      let tile: Tile = scores.tile(first, masked: masked)
      let p = tile.exp2()
      sum = p.adding(to: sum)
      p.addProduct(with: v + scores.offset(first), to: output, width: scores.width)
    }
  }
}
