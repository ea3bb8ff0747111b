// Adam (Kingma and Ba 2015) over flat buffers, with PyTorch's placement of epsilon and bias corrections.
// Not here: gradient clipping, whose factor is passed in, and learning-rate schedules.

import CSIMD
import Tensors

/// The settings of one step of Adam.
public struct Adam: Hashable, Sendable {
  public var learningRate: Float
  public var beta1: Float
  public var beta2: Float
  public var epsilon: Float

  public init(learningRate: Float, beta1: Float, beta2: Float, epsilon: Float) {
    self.learningRate = learningRate
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
  }

  /// Takes update number `update` (1 is the first) with the gradient times `scale`:
  ///
  ///     m = b1 m + (1 - b1) g;  v = b2 v + (1 - b2) g^2
  ///     w = w - lr / (1 - b1^t) m / (sqrt(v / (1 - b2^t)) + epsilon)
  ///
  /// All buffers have the same count; weights and moments are written.
  public func update(
    _ weights: UnsafeMutableBufferPointer<Float>, gradient: UnsafeBufferPointer<Float>,
    scale: Float, first: UnsafeMutableBufferPointer<Float>,
    second: UnsafeMutableBufferPointer<Float>, update: Int
  ) {
    precondition(
      gradient.count == weights.count && first.count == weights.count
        && second.count == weights.count && update > 0,
      "an update \(update) of \(weights.count) weights by \(gradient.count) gradients")
    guard let w = weights.baseAddress, let g = gradient.baseAddress, let m = first.baseAddress,
      let v = second.baseAddress
    else { return }
    let rule = Rule(self, scale: scale, update: update)
    var i = 0
    while i &+ 16 <= weights.count {
      let next = rule.apply(load16(w, i), load16(g, i), load16(m, i), load16(v, i))
      store16(next.w, w, i)
      store16(next.m, m, i)
      store16(next.v, v, i)
      i &+= 16
    }
    let rest = weights.count &- i
    guard rest > 0 else { return }
    let next = rule.apply(
      loadTail(w, i, count: rest), loadTail(g, i, count: rest), loadTail(m, i, count: rest),
      loadTail(v, i, count: rest))
    storeTail(next.w, w, i, count: rest)
    storeTail(next.m, m, i, count: rest)
    storeTail(next.v, v, i, count: rest)
  }

  /// The constants of one update.
  private struct Rule {
    let scale, b1, b2, c1, c2, stepSize, rootOfCorrection, epsilon: Vector16

    init(_ adam: Adam, scale: Float, update: Int) {
      // The corrections in double precision: 1 - b^t loses digits in float32 for the first updates.
      let correction1 = 1 - power(Double(adam.beta1), update)
      let correction2 = 1 - power(Double(adam.beta2), update)
      self.scale = Vector16(repeating: scale)
      b1 = Vector16(repeating: adam.beta1)
      b2 = Vector16(repeating: adam.beta2)
      c1 = Vector16(repeating: 1 - adam.beta1)
      c2 = Vector16(repeating: 1 - adam.beta2)
      stepSize = Vector16(repeating: Float(Double(adam.learningRate) / correction1))
      rootOfCorrection = Vector16(repeating: Float(correction2.squareRoot()))
      epsilon = Vector16(repeating: adam.epsilon)
    }

    @inline(__always)
    func apply(
      _ w: Vector16, _ g: Vector16, _ m: Vector16, _ v: Vector16
    ) -> (w: Vector16, m: Vector16, v: Vector16) {
      let g = g * scale
      let m = csimd_fma(b1, m, c1 * g)
      let v = csimd_fma(b2, v, c2 * (g * g))
      let denominator = csimd_sqrt(v) / rootOfCorrection + epsilon
      return (w - stepSize * (m / denominator), m, v)
    }
  }
}

/// base^exponent by repeated squaring: the same bits everywhere, unlike the C library's pow.
private func power(_ base: Double, _ exponent: Int) -> Double {
  var (result, square, rest) = (1.0, base, exponent)
  while rest > 0 {
    if rest & 1 == 1 { result *= square }
    square *= square
    rest >>= 1
  }
  return result
}
