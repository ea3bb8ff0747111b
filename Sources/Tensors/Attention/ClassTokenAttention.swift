// Attention of token 0 alone: all that the discriminator's last block needs, for only that token's row
// reaches the score.  Keys and values come from all tokens.
// The derivation of the second derivative is in `ProductAttention+SecondBackward.swift`; here N x N
// shrinks to one row for each image and head, and plain vector loops replace the products.

import CSIMD

extension AttentionKernels {
  /// y0 = softmax(q0 K^T / sqrt(d)) V.
  ///
  /// - Parameters:
  ///   - q0: (B, C), the queries of token 0.
  ///   - kv: (B, N, 2C), a row being [k | v] with H heads of width d in each half.
  ///   - y0: (B, C), overwritten.
  public static func classTokenForward(
    _ shape: AttentionShape, q0: UnsafePointer<Float>, kv: UnsafePointer<Float>,
    y0: UnsafeMutablePointer<Float>
  ) {
    ClassTokenAttention.forEachHead(shape, scratch: 1) { head, q, k, p in
      let rows = kv + k
      head.probabilities(p, q0 + q, rows)
      head.weightedSum(y0 + q, p, rows + head.channels, factor: 1, adding: false)
    }
  }

  /// The gradients of `classTokenForward` with respect to q0 and kv, given `gy0` (B, C), that of y0.
  ///
  /// - Parameters:
  ///   - gq0: (B, C), overwritten.
  ///   - gkv: (B, N, 2C), overwritten.
  public static func classTokenBackward(
    _ shape: AttentionShape, q0: UnsafePointer<Float>, kv: UnsafePointer<Float>,
    gy0: UnsafePointer<Float>, gq0: UnsafeMutablePointer<Float>, gkv: UnsafeMutablePointer<Float>
  ) {
    ClassTokenAttention.forEachHead(shape, scratch: 2) { head, q, k, scratch in
      let (p, ds) = (scratch, scratch + head.sizes.stride)
      let (rows, gRows, go, c) = (kv + k, gkv + k, gy0 + q, head.channels)
      let q0 = q0 + q
      head.probabilities(p, q0, rows)
      head.dots(ds, go, rows + c, factor: 1, adding: false)
      head.sizes.softmaxBackwardRow(ds, p, sum: head.sizes.rowDot(ds, p))
      head.weightedSum(gq0 + q, ds, rows, factor: head.sizes.scale, adding: false)
      head.outer(gRows, ds, q0, factor: head.sizes.scale, adding: false)
      head.outer(gRows + c, p, go, factor: 1, adding: false)
    }
  }

  /// The vector-Jacobian product of `classTokenBackward`, seen as a function
  /// (q0, kv, gy0) -> (gq0, gkv).
  ///
  /// - Parameters:
  ///   - gy0: (B, C), the argument of `classTokenBackward`.
  ///   - cotangentQ0: (B, C), the gradient of its result gq0.
  ///   - cotangentKV: (B, N, 2C), the gradient of its result gkv.
  ///   - gq0: (B, C), overwritten with the gradient with respect to q0.
  ///   - gkv: (B, N, 2C), overwritten with the gradient with respect to kv.
  ///   - ggy0: (B, C), overwritten with the gradient with respect to gy0.
  public static func classTokenSecondBackward(
    _ shape: AttentionShape, q0: UnsafePointer<Float>, kv: UnsafePointer<Float>,
    gy0: UnsafePointer<Float>, cotangentQ0: UnsafePointer<Float>,
    cotangentKV: UnsafePointer<Float>, gq0: UnsafeMutablePointer<Float>,
    gkv: UnsafeMutablePointer<Float>, ggy0: UnsafeMutablePointer<Float>
  ) {
    ClassTokenAttention.forEachHead(shape, scratch: 4) { head, q, k, scratch in
      let (rows, gRows, b, c) = (kv + k, gkv + k, cotangentKV + k, head.channels)
      let (go, a, scale) = (gy0 + q, cotangentQ0 + q, head.sizes.scale)
      let (ggo, gq, q) = (ggy0 + q, gq0 + q, q0 + q)
      let p = scratch
      let ds = p + head.sizes.stride  // P', then S'
      let x = ds + head.sizes.stride  // E, then X
      let y = x + head.sizes.stride  // O' c^T, then Y

      head.probabilities(p, q, rows)
      head.dots(ds, go, rows + c, factor: 1, adding: false)
      head.dots(x, a, rows, factor: scale, adding: false)
      head.dots(x, q, b, factor: scale, adding: true)
      head.dots(y, go, b + c, factor: 1, adding: false)
      head.sizes.secondBackwardRow(p: p, ds: ds, x: x, y: y)

      head.weightedSum(gq, y, rows, factor: scale, adding: false)
      head.weightedSum(gq, ds, b, factor: scale, adding: true)
      head.outer(gRows, y, q, factor: scale, adding: false)
      head.outer(gRows, ds, a, factor: scale, adding: true)
      head.outer(gRows + c, x, go, factor: 1, adding: false)
      head.weightedSum(ggo, x, rows + c, factor: 1, adding: false)
      head.weightedSum(ggo, p, b + c, factor: 1, adding: true)
    }
  }
}

/// Products of one query's row of scores with the (N, 2C) rows of keys or values of one head.
private struct ClassTokenAttention {
  let sizes: ProductAttention
  var tokens: Int { sizes.tokens }
  var width: Int { sizes.width }
  var channels: Int { sizes.channels }

  /// Calls `body` for every image and head with the offsets of its row in (B, C) and of its first row
  /// in (B, N, 2C), and with `count` zeroed rows of scores, the same ones each time.
  static func forEachHead(
    _ shape: AttentionShape, scratch count: Int,
    _ body: (ClassTokenAttention, _ q: Int, _ k: Int, UnsafeMutablePointer<Float>) -> Void
  ) {
    let head = ClassTokenAttention(sizes: ProductAttention(shape))
    let scratch = Storage(count: count * head.sizes.stride)
    scratch.pointer.initialize(repeating: 0, count: scratch.count)
    for image in 0..<shape.batch {
      for h in 0..<shape.heads {
        let offset = h * shape.headWidth
        let first = image * shape.channels
        body(head, first + offset, 2 * first * shape.tokens + offset, scratch.pointer)
      }
    }
    withExtendedLifetime(scratch) {}
  }

  /// p (N) = softmax(q K^T / sqrt(d)).
  func probabilities(
    _ p: UnsafeMutablePointer<Float>, _ q: UnsafePointer<Float>, _ k: UnsafePointer<Float>
  ) {
    dots(p, q, k, factor: sizes.scale * ProductAttention.log2e, adding: false)
    for j in tokens..<sizes.stride { p[j] = ProductAttention.unseen }
    _ = sizes.softmaxRow(p)
  }

  /// target[j] (+)= factor * a . rows[j].
  func dots(
    _ target: UnsafeMutablePointer<Float>, _ a: UnsafePointer<Float>,
    _ rows: UnsafePointer<Float>, factor: Float, adding: Bool
  ) {
    for j in 0..<tokens {
      let row = rows + (j &* 2 &* channels)
      let sum = csimd_sum(sumVectors(count: width) { _, load in load(a) * load(row) })
      target[j] = csimd_fma1(factor, sum, adding ? target[j] : 0)
    }
  }

  /// target (d) (+)= factor * sum of weights[j] rows[j].
  func weightedSum(
    _ target: UnsafeMutablePointer<Float>, _ weights: UnsafePointer<Float>,
    _ rows: UnsafePointer<Float>, factor: Float, adding: Bool
  ) {
    forEachVector { c, count in
      var sum = Vector16.zero
      for j in 0..<tokens {
        let row = load(rows, j &* 2 &* channels &+ c, count)
        sum = csimd_fma(row, Vector16(repeating: weights[j]), sum)
      }
      let start = adding ? load(target, c, count) : .zero
      store(csimd_fma(sum, Vector16(repeating: factor), start), target, c, count)
    }
  }

  /// rows[j] (+)= factor * weights[j] * a.
  func outer(
    _ rows: UnsafeMutablePointer<Float>, _ weights: UnsafePointer<Float>,
    _ a: UnsafePointer<Float>, factor: Float, adding: Bool
  ) {
    for j in 0..<tokens {
      let row = rows + (j &* 2 &* channels)
      let weight = Vector16(repeating: factor * weights[j])
      forEachVector { c, count in
        let start = adding ? load(row, c, count) : .zero
        store(csimd_fma(load(a, c, count), weight, start), row, c, count)
      }
    }
  }

  /// Calls `body` with the first channel and the width, at most 16, of each vector of a head.
  @inline(__always)
  private func forEachVector(_ body: (_ channel: Int, _ count: Int) -> Void) {
    var c = 0
    while c < width {
      body(c, min(16, width &- c))
      c &+= 16
    }
  }

  @inline(__always)
  private func load(_ pointer: UnsafePointer<Float>, _ index: Int, _ count: Int) -> Vector16 {
    count == 16 ? load16(pointer, index) : loadTail(pointer, index, count: count)
  }

  @inline(__always)
  private func store(
    _ value: Vector16, _ pointer: UnsafeMutablePointer<Float>, _ index: Int, _ count: Int
  ) {
    if count == 16 {
      store16(value, pointer, index)
    } else {
      storeTail(value, pointer, index, count: count)
    }
  }
}
