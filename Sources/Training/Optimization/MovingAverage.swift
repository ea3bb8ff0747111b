// The exponential moving average of the generator's weights, from which samples are drawn.

import CSIMD
import Tensors

/// How fast the average forgets.
public enum MovingAverage: Hashable, Sendable {
  /// The same decay every generator step (the first version's 0.999).
  case fixed(decay: Double)
  /// 0.5^(images since the last generator step / half-life), the half-life being at most `ramp` times the
  /// images seen (Karras et al. 2020; the published code's later version); no ramp where it is 0.
  case halfLife(kimg: Double, ramp: Double)

  /// The decay of a step that ends at `imagesSeen` real images, `images` after the one before.
  public func decay(images: Int, imagesSeen: Int) -> Double {
    switch self {
    case .fixed(let decay): return decay
    case .halfLife(let kimg, let ramp):
      let halfLife = ramp > 0 ? min(kimg * 1000, ramp * Double(imagesSeen)) : kimg * 1000
      return power2(-Double(images) / max(halfLife, 1e-8))
    }
  }

  /// average = decay average + (1 - decay) weights.
  public static func update(
    _ average: UnsafeMutableBufferPointer<Float>, towards weights: UnsafeBufferPointer<Float>,
    decay: Double
  ) {
    precondition(average.count == weights.count, "averages and weights differ in number")
    guard let a = average.baseAddress, let w = weights.baseAddress else { return }
    let rate = Vector16(repeating: Float(1 - decay))
    mapVectors(a, w, into: a, count: average.count) { a, w in csimd_fma(w - a, rate, a) }
  }
}

/// 2^x by the series of e^(x ln 2) on the fraction: the same bits everywhere, unlike the C library's.
private func power2(_ x: Double) -> Double {
  guard x > -1000 else { return 0 }
  let whole = x.rounded(.down)
  let y = (x - whole) * 0.693147180559945309417
  var (term, sum) = (1.0, 1.0)
  for k in 1...20 {
    term *= y / Double(k)
    sum += term
  }
  return sum * Double(sign: .plus, exponent: Int(whole), significand: 1)
}
