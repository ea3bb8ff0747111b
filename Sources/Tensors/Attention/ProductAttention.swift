// Attention by matrix products: the scores of one image and head at a time in a scratch buffer, for
// wide heads and short sequences.
// Not here: the second derivative (`ProductAttention+SecondBackward.swift`), and the choice between this
// and `StreamingAttention` (`AttentionKernels`).

import BLAS
import CSIMD
import Foundation

/// Where the matrices of one image and head lie, and products over them.
///
/// Matrices of head width are read and written in place in (B, N, 3C) and (B, N, C); score matrices
/// (N, N) are rows of `stride` floats, N rounded up to whole vectors.
struct ProductAttention {
  let tokens: Int
  let width: Int
  let channels: Int
  let scale: Float
  /// The distance of rows in a score matrix.
  let stride: Int

  init(_ shape: AttentionShape) {
    tokens = shape.tokens
    width = shape.headWidth
    channels = shape.channels
    scale = shape.scale
    stride = (shape.tokens + 15) & ~15
  }

  /// log2(e): scores are made in units of log 2, as `vectorExp2` takes them.
  static let log2e: Float = 1.44269504088896341

  /// Calls `body` for every image and head with the offsets of its first row in (B, N, 3C), in
  /// (B, N, C) and in (B, H, N), and with `count` zeroed score matrices, the same ones each time.
  static func forEachHead(
    _ shape: AttentionShape, scratch count: Int,
    _ body: (ProductAttention, _ q: Int, _ y: Int, _ row: Int, UnsafeMutablePointer<Float>) -> Void
  ) {
    let sizes = ProductAttention(shape)
    let scratch = Storage(count: count * sizes.matrix)
    scratch.pointer.initialize(repeating: 0, count: scratch.count)
    for image in 0..<shape.batch {
      for head in 0..<shape.heads {
        let first = image * shape.tokens * shape.channels
        let offset = head * shape.headWidth
        let row = (image * shape.heads + head) * shape.tokens
        body(sizes, 3 * first + offset, first + offset, row, scratch.pointer)
      }
    }
    withExtendedLifetime(scratch) {}
  }

  /// The floats of one score matrix.
  var matrix: Int { tokens * stride }

  /// target (N, N) = factor * A B^T + beta * target, with A and B (N, d) in rows of `lda`, `ldb`.
  func scores(
    _ target: UnsafeMutablePointer<Float>, _ a: UnsafePointer<Float>, _ lda: Int,
    _ b: UnsafePointer<Float>, _ ldb: Int, factor: Float = 1, beta: Float = 0
  ) {
    BLAS.gemm(
      transposeB: true, m: tokens, n: tokens, k: width, alpha: factor, a: a, lda: lda, b: b,
      ldb: ldb, beta: beta, c: target, ldc: stride)
  }

  /// target (N, d) = factor * op(scores) A + beta * target, with A (N, d).
  func product(
    _ target: UnsafeMutablePointer<Float>, _ ldc: Int, transposed: Bool = false,
    _ scores: UnsafePointer<Float>, _ a: UnsafePointer<Float>, _ lda: Int, factor: Float = 1,
    beta: Float = 0
  ) {
    BLAS.gemm(
      transposeA: transposed, m: tokens, n: width, k: tokens, alpha: factor, a: scores, lda: stride,
      b: a, ldb: lda, beta: beta, c: target, ldc: ldc)
  }

  // MARK: - Forward and backward

  static func forward(
    _ shape: AttentionShape, qkv: UnsafePointer<Float>, window: AttentionWindow,
    y: UnsafeMutablePointer<Float>, logSumExp: UnsafeMutablePointer<Float>
  ) {
    forEachHead(shape, scratch: 1) { head, q, out, row, p in
      let (c, q) = (head.channels, qkv + q)
      head.probabilities(p, q: q, window: window, logSumExp: logSumExp + row)
      head.product(y + out, c, p, q + 2 * c, 3 * c)
    }
  }

  static func backward(
    _ shape: AttentionShape, qkv: UnsafePointer<Float>, y: UnsafePointer<Float>,
    logSumExp: UnsafePointer<Float>, gy: UnsafePointer<Float>, window: AttentionWindow,
    gqkv: UnsafeMutablePointer<Float>
  ) {
    forEachHead(shape, scratch: 2) { head, q, out, row, scratch in
      let (c, p, ds) = (head.channels, scratch, scratch + head.matrix)
      let (gq, q, go) = (gqkv + q, qkv + q, gy + out)
      head.scores(p, q, 3 * c, q + c, 3 * c, factor: head.scale * log2e)
      head.scores(ds, go, c, q + 2 * c, 3 * c)
      head.mask(p, window)
      for i in 0..<head.tokens {
        head.recomputeRow(p + i * head.stride, logSumExp: logSumExp[row + i])
        // rowsum(dP P) = dO . O, which, unlike the sum, does not suffer from the rounding of P.
        let (go, y) = (go + i * c, y + out + i * c)
        let sum = csimd_sum(sumVectors(count: head.width) { _, load in load(go) * load(y) })
        head.softmaxBackwardRow(ds + i * head.stride, p + i * head.stride, sum: sum)
      }
      head.product(gq, 3 * c, ds, q + c, 3 * c, factor: head.scale)
      head.product(gq + c, 3 * c, transposed: true, ds, q, 3 * c, factor: head.scale)
      head.product(gq + 2 * c, 3 * c, transposed: true, p, go, c)
    }
  }

  // MARK: - Rows of a score matrix

  /// What a score becomes where the query does not see the key; its exp2 is at most 2^-126.
  static let unseen: Float = -1e30

  /// p (N, N) = softmax(scale Q K^T) within the window; `logSumExp`, if given, its (N) statistics.
  func probabilities(
    _ p: UnsafeMutablePointer<Float>, q: UnsafePointer<Float>, window: AttentionWindow,
    logSumExp: UnsafeMutablePointer<Float>?
  ) {
    scores(p, q, 3 * channels, q + channels, 3 * channels, factor: scale * Self.log2e)
    mask(p, window)
    for i in 0..<tokens {
      let statistic = softmaxRow(p + i * stride)
      logSumExp?[i] = statistic
    }
  }

  /// Writes `unseen` beyond column N, and where the window hides a key.
  func mask(_ scores: UnsafeMutablePointer<Float>, _ window: AttentionWindow) {
    for i in 0..<tokens {
      let row = scores + i * stride
      for j in tokens..<stride { row[j] = Self.unseen }
      if window != .none {
        for j in 0..<tokens where !window.sees(query: i, key: j) { row[j] = Self.unseen }
      }
    }
  }

  /// Replaces a row of scores (units of log 2) by probabilities; returns its natural log-sum-exp.
  @inline(__always)
  func softmaxRow(_ row: UnsafeMutablePointer<Float>) -> Float {
    var maxima = Vector16(repeating: Self.unseen)
    for j in vectors { maxima = csimd_max(maxima, load16(row, j)) }
    let maximum = maxima.max()
    let shift = Vector16(repeating: maximum)
    var sums = Vector16.zero
    for j in vectors {
      let e = vectorExp2(load16(row, j) - shift)
      sums += e
      store16(e, row, j)
    }
    let sum = csimd_sum(sums)
    let factor = Vector16(repeating: 1 / sum)
    for j in vectors { store16(load16(row, j) * factor, row, j) }
    return (maximum + log2(sum)) / Self.log2e
  }

  /// Replaces a row of scores by probabilities, given its log-sum-exp.
  @inline(__always)
  func recomputeRow(_ row: UnsafeMutablePointer<Float>, logSumExp: Float) {
    let shift = Vector16(repeating: logSumExp * Self.log2e)
    for j in vectors { store16(vectorExp2(load16(row, j) - shift), row, j) }
  }

  /// Replaces a row x by p (x - sum) with sum = sum(x p): the softmax's vector-Jacobian product.
  @inline(__always)
  func softmaxBackwardRow(
    _ row: UnsafeMutablePointer<Float>, _ p: UnsafePointer<Float>, sum: Float
  ) {
    let sum = Vector16(repeating: sum)
    for j in vectors { store16(load16(p, j) * (load16(row, j) - sum), row, j) }
  }

  /// The dot product of two rows.
  @inline(__always)
  func rowDot(_ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>) -> Float {
    var sums = Vector16.zero
    for j in vectors { sums = csimd_fma(load16(a, j), load16(b, j), sums) }
    return csimd_sum(sums)
  }

  /// The columns at which the vectors of a row start.
  @inline(__always)
  var vectors: StrideTo<Int> { Swift.stride(from: 0, to: stride, by: 16) }
}
