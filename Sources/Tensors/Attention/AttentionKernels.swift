// The attention kernels as others call them: raw float32 pointers, one thread, and the same bits for
// the same shape and input.  Which of two implementations runs depends on the shape alone.
// Not here: tensors and gradients (see the target Autodiff); the implementations, which are
// `StreamingAttention` (scores never leave the registers) and `ProductAttention` (matrix products).

/// Multi-head self-attention and its derivatives.
///
/// Layouts, contiguous and row-major: `qkv` is (B, N, 3C), a row being [q | k | v] with H heads of
/// width d in each third, as the qkv linear layer of the published networks yields it; `y` and its
/// gradient are (B, N, C); `logSumExp` is (B, H, N).  Scores are q k / sqrt(d), softmax over the keys
/// that `window` shows.  Outputs are overwritten and may not overlap inputs.
public enum AttentionKernels {
  /// y = softmax(Q K^T / sqrt(d)) V.
  ///
  /// - Parameters:
  ///   - y: (B, N, C), overwritten.
  ///   - logSumExp: (B, H, N), overwritten: per query, the natural logarithm of the sum of
  ///     exp(score) over the keys that it sees; `backward` needs it.
  public static func forward(
    _ shape: AttentionShape, qkv: UnsafePointer<Float>, window: AttentionWindow = .none,
    y: UnsafeMutablePointer<Float>, logSumExp: UnsafeMutablePointer<Float>
  ) {
    window.check(shape)
    if usesStreaming(shape, window) {
      StreamingAttention.forward(shape, qkv: qkv, window: window, y: y, logSumExp: logSumExp)
    } else {
      ProductAttention.forward(shape, qkv: qkv, window: window, y: y, logSumExp: logSumExp)
    }
  }

  /// The gradient with respect to qkv, given that with respect to y.
  ///
  /// - Parameters:
  ///   - y: (B, N, C), as `forward` left it.
  ///   - logSumExp: (B, H, N), as `forward` left it.
  ///   - gy: (B, N, C), the gradient of y.
  ///   - gqkv: (B, N, 3C), overwritten.
  public static func backward(
    _ shape: AttentionShape, qkv: UnsafePointer<Float>, y: UnsafePointer<Float>,
    logSumExp: UnsafePointer<Float>, gy: UnsafePointer<Float>, window: AttentionWindow = .none,
    gqkv: UnsafeMutablePointer<Float>
  ) {
    window.check(shape)
    if usesStreaming(shape, window) {
      StreamingAttention.backward(
        shape, qkv: qkv, y: y, logSumExp: logSumExp, gy: gy, window: window, gqkv: gqkv)
    } else {
      ProductAttention.backward(
        shape, qkv: qkv, y: y, logSumExp: logSumExp, gy: gy, window: window, gqkv: gqkv)
    }
  }

  /// The vector-Jacobian product of `backward`, seen as a function (qkv, gy) -> gqkv.
  ///
  /// - Parameters:
  ///   - gy: (B, N, C), the argument of `backward`.
  ///   - cotangent: (B, N, 3C), the gradient of its result gqkv.
  ///   - gqkv: (B, N, 3C), overwritten with the gradient with respect to qkv.
  ///   - ggy: (B, N, C), overwritten with the gradient with respect to gy.
  public static func secondBackward(
    _ shape: AttentionShape, qkv: UnsafePointer<Float>, gy: UnsafePointer<Float>,
    cotangent: UnsafePointer<Float>, window: AttentionWindow = .none,
    gqkv: UnsafeMutablePointer<Float>, ggy: UnsafeMutablePointer<Float>
  ) {
    window.check(shape)
    ProductAttention.secondBackward(
      shape, qkv: qkv, gy: gy, cotangent: cotangent, window: window, gqkv: gqkv, ggy: ggy)
  }

  /// Whether scores stay in registers (true) or go through matrix products.
  ///
  /// Measured on one Zen 5 core, forward + backward in ms an image of four heads, streaming / products,
  /// with OpenBLAS's AVX2 kernels: N = 1024, d = 6: 2.8 / 9.3, d = 16: 7.2 / 12;
  /// N = 256, d = 24: 0.73 / 0.89, d = 32: 1.06 / 1.12, d = 64: 1.9 / 2.0;
  /// N = 64, d = 12: 0.041 / 0.051, d = 16: 0.049 / 0.049, d = 24: 0.072 / 0.065.
  /// Its AVX-512 kernels make products up to 1.9 times as fast, hence no streaming where both are equal.
  /// With a window, streaming does not visit hidden keys, and products do.
  static func usesStreaming(_ shape: AttentionShape, _ window: AttentionWindow) -> Bool {
    window != .none || shape.headWidth <= (shape.tokens >= 256 ? 32 : 16)
  }
}
