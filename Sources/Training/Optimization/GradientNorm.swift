// The Euclidean norm of a flat gradient, and the factor that clips it.

import CSIMD
import Tensors

/// The norm of a gradient over all parameters of a network.
public enum GradientNorm {
  /// Elements of a partial sum: float32 within it, double precision beyond.
  private static let chunk = 4096

  /// sqrt(sum g^2), always added in the same order.
  public static func norm(_ gradient: UnsafeBufferPointer<Float>) -> Double {
    guard let g = gradient.baseAddress else { return 0 }
    var sum = 0.0
    var start = 0
    while start < gradient.count {
      let from = g + start
      let squares = sumVectors(count: min(chunk, gradient.count - start)) { _, load in
        let value = load(from)
        return value * value
      }
      sum += Double(csimd_sum(squares))
      start += chunk
    }
    return sum.squareRoot()
  }

  /// The factor that brings a gradient of norm `norm` to at most `limit`, as PyTorch's
  /// `clip_grad_norm_` computes it; 1 where nothing is clipped or `limit` is 0.
  public static func clippingFactor(norm: Double, limit: Double) -> Float {
    limit > 0 ? Float(min(1, limit / (norm + 1e-6))) : 1
  }
}
