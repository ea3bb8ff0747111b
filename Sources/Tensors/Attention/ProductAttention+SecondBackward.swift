// The vector-Jacobian product of attention's backward: twelve matrix products for each image and head.
//
// Backward G is a function of (Q, K, V, O') with O' the gradient of O:
//   P = softmax(s Q K^T),  P' = O' V^T,  D_i = sum_j P'_ij P_ij,  S' = P (P' - D),
//   G = (s S' K, s S'^T Q, P^T O').
// With the cotangent (a, b, c) of G, L = <a, s S' K> + <b, s S'^T Q> + <c, P^T O'> has the derivatives
//   to S':   E = s (a K^T + Q b^T)
//   to P':   X = P (E - e),  e_i = sum_j E_ij P_ij
//   to P:    W = E (P' - D) - e P' + O' c^T
//   to S:    Y = P (W - w),  w_i = sum_j W_ij P_ij
// and therefore
//   to Q:    s (Y K + S' b)        to K:   s (Y^T Q + S'^T a)
//   to V:    X^T O'                to O':  X V + P c.
// A hidden key has P = 0, hence S' = X = Y = 0: a window needs nothing more.

import BLAS
import CSIMD

extension ProductAttention {
  /// See `AttentionKernels.secondBackward`.
  static func secondBackward(
    _ shape: AttentionShape, qkv: UnsafePointer<Float>, gy: UnsafePointer<Float>,
    cotangent: UnsafePointer<Float>, window: AttentionWindow,
    gqkv: UnsafeMutablePointer<Float>, ggy: UnsafeMutablePointer<Float>
  ) {
    forEachHead(shape, scratch: 4) { head, q, out, _, scratch in
      let (c, c3) = (head.channels, 3 * head.channels)
      let (a, gq) = (cotangent + q, gqkv + q)
      let (q, go, ggo) = (qkv + q, gy + out, ggy + out)
      let p = scratch
      let ds = p + head.matrix  // P', then S'
      let x = ds + head.matrix  // E, then X
      let y = x + head.matrix  // O' c^T, then Y

      head.probabilities(p, q: q, window: window, logSumExp: nil)
      head.scores(ds, go, c, q + 2 * c, c3)
      head.scores(x, a, c3, q + c, c3, factor: head.scale)
      head.scores(x, q, c3, a + c, c3, factor: head.scale, beta: 1)
      head.scores(y, go, c, a + 2 * c, c3)
      for i in 0..<head.tokens {
        let row = i * head.stride
        head.secondBackwardRow(p: p + row, ds: ds + row, x: x + row, y: y + row)
      }
      head.product(gq, c3, y, q + c, c3, factor: head.scale)
      head.product(gq, c3, ds, a + c, c3, factor: head.scale, beta: 1)
      head.product(gq + c, c3, transposed: true, y, q, c3, factor: head.scale)
      head.product(gq + c, c3, transposed: true, ds, a, c3, factor: head.scale, beta: 1)
      head.product(gq + 2 * c, c3, transposed: true, x, go, c)
      head.product(ggo, c, x, q + 2 * c, c3)
      head.product(ggo, c, p, a + 2 * c, c3, beta: 1)
    }
  }

  /// One row: (P', E, O' c^T) become (S', X, Y).
  @inline(__always)
  func secondBackwardRow(
    p: UnsafePointer<Float>, ds: UnsafeMutablePointer<Float>, x: UnsafeMutablePointer<Float>,
    y: UnsafeMutablePointer<Float>
  ) {
    let rowSum = Vector16(repeating: rowDot(ds, p))
    let e = Vector16(repeating: rowDot(x, p))
    var sums = Vector16.zero
    for j in vectors {
      let (probability, dp, score) = (load16(p, j), load16(ds, j), load16(x, j))
      let centred = dp - rowSum
      let w = csimd_fma(score, centred, load16(y, j) - e * dp)
      sums = csimd_fma(w, probability, sums)
      store16(probability * centred, ds, j)
      store16(probability * (score - e), x, j)
      store16(w, y, j)
    }
    let w = Vector16(repeating: csimd_sum(sums))
    for j in vectors { store16(load16(p, j) * (load16(y, j) - w), y, j) }
  }
}
