// Attention and its derivatives as plain loops over (image, head, query, key) in double precision: the
// specification of the kernels, for tests and `bench`.  Never called by a training step.

import Foundation

/// The specification of `AttentionKernels` and `ClassTokenAttention`; the same layouts, in arrays.
public enum PlainAttention {
  /// (y (B, N, C), log-sum-exp (B, H, N)).
  public static func forward(
    _ shape: AttentionShape, qkv: [Double], window: AttentionWindow = .none
  ) -> (y: [Double], logSumExp: [Double]) {
    var y = [Double](repeating: 0, count: shape.batch * shape.tokens * shape.channels)
    var logSumExp = [Double](repeating: 0, count: shape.batch * shape.heads * shape.tokens)
    forEachHead(shape) { image, head in
      let rows = HeadRows(shape, image, head)
      let p = probabilities(shape, rows, qkv, window)
      for i in 0..<shape.tokens {
        logSumExp[(image * shape.heads + head) * shape.tokens + i] = p.logSumExp[i]
        for c in 0..<shape.headWidth {
          y[rows.y(i) + c] = (0..<shape.tokens).reduce(0.0) { $0 + p[i, $1] * qkv[rows.v($1) + c] }
        }
      }
    }
    return (y, logSumExp)
  }

  /// gqkv (B, N, 3C):  dV = P^T dO,  dP = dO V^T,  D = rowsum(dP P),  dS = P (dP - D),
  /// dQ = scale dS K,  dK = scale dS^T Q.
  public static func backward(
    _ shape: AttentionShape, qkv: [Double], gy: [Double], window: AttentionWindow = .none
  ) -> [Double] {
    let (n, d, scale) = (shape.tokens, shape.headWidth, scale(shape))
    var gqkv = [Double](repeating: 0, count: qkv.count)
    forEachHead(shape) { image, head in
      let rows = HeadRows(shape, image, head)
      let p = probabilities(shape, rows, qkv, window)
      for i in 0..<n {
        let dp = (0..<n).map { j in dot(gy, rows.y(i), qkv, rows.v(j), d) }
        let rowSum = (0..<n).reduce(0.0) { $0 + dp[$1] * p[i, $1] }
        for j in 0..<n {
          let ds = p[i, j] * (dp[j] - rowSum)
          for c in 0..<d {
            gqkv[rows.q(i) + c] += scale * ds * qkv[rows.k(j) + c]
            gqkv[rows.k(j) + c] += scale * ds * qkv[rows.q(i) + c]
            gqkv[rows.v(j) + c] += p[i, j] * gy[rows.y(i) + c]
          }
        }
      }
    }
    return gqkv
  }

  /// y0 (B, C), only the query of token 0: q0 (B, C), kv (B, N, 2C).
  public static func classTokenForward(
    _ shape: AttentionShape, q0: [Double], kv: [Double]
  ) -> [Double] {
    let full = forward(shape, qkv: widened(shape, q0: q0, kv: kv)).y
    return firstRows(full, images: shape.batch, tokens: shape.tokens, width: shape.channels)
  }

  /// (gq0 (B, C), gkv (B, N, 2C)) of `classTokenForward`, given gy0 (B, C).
  public static func classTokenBackward(
    _ shape: AttentionShape, q0: [Double], kv: [Double], gy0: [Double]
  ) -> (gq0: [Double], gkv: [Double]) {
    let (n, channels) = (shape.tokens, shape.channels)
    var gy = [Double](repeating: 0, count: shape.batch * n * channels)
    for image in 0..<shape.batch {
      for c in 0..<channels { gy[image * n * channels + c] = gy0[image * channels + c] }
    }
    let full = backward(shape, qkv: widened(shape, q0: q0, kv: kv), gy: gy)
    let gq0 = firstRows(full, images: shape.batch, tokens: n, width: 3 * channels)
    return (
      (0..<shape.batch).flatMap { gq0[$0 * 3 * channels..<$0 * 3 * channels + channels] },
      (0..<shape.batch * n).flatMap {
        full[$0 * 3 * channels + channels..<($0 + 1) * 3 * channels]
      }
    )
  }

  /// (B, N, 3C) with the queries of all tokens but the first 0.
  private static func widened(
    _ shape: AttentionShape, q0: [Double], kv: [Double]
  ) -> [Double] {
    let channels = shape.channels
    return (0..<shape.batch * shape.tokens).flatMap { row -> [Double] in
      let image = row / shape.tokens
      let query =
        row % shape.tokens == 0
        ? Array(q0[image * channels..<(image + 1) * channels])
        : [Double](repeating: 0, count: channels)
      return query + kv[row * 2 * channels..<(row + 1) * 2 * channels]
    }
  }

  private static func firstRows(
    _ values: [Double], images: Int, tokens: Int, width: Int
  ) -> [Double] {
    (0..<images).flatMap { values[$0 * tokens * width..<$0 * tokens * width + width] }
  }

  /// The probabilities (N, N) of one head, and the log-sum-exp of each row.
  private struct Probabilities {
    var values: [Double]
    var logSumExp: [Double]
    subscript(i: Int, j: Int) -> Double { values[i * logSumExp.count + j] }
  }

  private static func probabilities(
    _ shape: AttentionShape, _ rows: HeadRows, _ qkv: [Double], _ window: AttentionWindow
  ) -> Probabilities {
    let n = shape.tokens
    var result = Probabilities(values: [], logSumExp: [])
    for i in 0..<n {
      let scores = (0..<n).map { j in
        window.sees(query: i, key: j)
          ? scale(shape) * dot(qkv, rows.q(i), qkv, rows.k(j), shape.headWidth) : -.infinity
      }
      let maximum = scores.reduce(-.infinity, max)
      let logSumExp = maximum + log(scores.reduce(0) { $0 + exp($1 - maximum) })
      result.values += scores.map { exp($0 - logSumExp) }
      result.logSumExp.append(logSumExp)
    }
    return result
  }

  /// Where the rows of one image and head start.
  private struct HeadRows {
    let first: Int, channels: Int, offset: Int
    init(_ shape: AttentionShape, _ image: Int, _ head: Int) {
      first = image * shape.tokens
      channels = shape.channels
      offset = head * shape.headWidth
    }
    func q(_ i: Int) -> Int { (first + i) * 3 * channels + offset }
    func k(_ i: Int) -> Int { q(i) + channels }
    func v(_ i: Int) -> Int { q(i) + 2 * channels }
    func y(_ i: Int) -> Int { (first + i) * channels + offset }
  }

  private static func scale(_ shape: AttentionShape) -> Double {
    1 / Double(shape.headWidth).squareRoot()
  }

  private static func forEachHead(_ shape: AttentionShape, _ body: (Int, Int) -> Void) {
    for image in 0..<shape.batch {
      for head in 0..<shape.heads { body(image, head) }
    }
  }

  private static func dot(
    _ a: [Double], _ aStart: Int, _ b: [Double], _ bStart: Int, _ count: Int
  ) -> Double {
    (0..<count).reduce(0) { $0 + a[aStart + $1] * b[bStart + $1] }
  }
}
