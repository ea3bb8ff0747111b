// Penalties on the gradient of the discriminator with respect to its input: the reason for second order.

import Autodiff
import Tensors

/// A penalty on |grad D|, as a sum over a block's samples divided by the global batch.
public enum GradientPenalty: Hashable, Sendable {
  /// weight (|grad D(mixed)| - phi)^2 / phi^2 at mixtures of real and generated images
  /// (Gulrajani et al. 2017, Karras et al. 2018).
  case mixed(weight: Float, phi: Float)
  /// weight / 2 |grad D(real)|^2 at real images (Mescheder et al. 2018, R1).
  case real(weight: Float)

  /// The images at which the gradient is taken, (b, 3, S, S).
  ///
  /// - Parameter alpha: one weight of the real image a sample, (b); read for `mixed` only.
  public func images(real: Tensor, fake: Tensor, alpha: Tensor) -> Tensor {
    switch self {
    case .real: return real
    case .mixed:
      let a = Kernels.broadcastTrailing(alpha, to: real.shape)
      // alpha real + (1 - alpha) fake, each product rounded once as the reference does it.
      let remaining = Kernels.addScalar(Kernels.scale(a, by: -1), 1)
      return Kernels.add(Kernels.multiply(a, real), Kernels.multiply(remaining, fake))
    }
  }

  /// The penalty over a block, recorded, so that its gradient with respect to D's parameters exists.
  ///
  /// - Parameters:
  ///   - images: from `images(real:fake:alpha:)`.
  ///   - batch: the global batch.
  ///   - discriminator: image (b, 3, S, S) -> logit (b, 1), augmentation included.
  /// - Returns: weighted penalty / batch, and the gradient norms of the samples.
  public func penalty(
    at images: Tensor, batch: Int, discriminator: (Variable) -> Variable
  ) throws -> (loss: Variable, norms: Tensor) {
    let images = Variable.independent(images)
    let logits = discriminator(images).sum
    let found = try gradients(of: logits, withRespectTo: [images], differentiable: true)
    let gradient = found[0] ?? Variable(.zeros(images.shape))
    let squares = gradient.squared.summedTrailing(to: [images.shape[0]])  // (b)
    let scale = 1 / Float(batch)
    switch self {
    case .mixed(let weight, let phi):
      let norms = squares.squareRoot
      return ((weight * scale / (phi * phi)) * (norms - phi).squared.sum, norms.value)
    case .real(let weight):
      return ((weight * scale / 2) * squares.sum, Kernels.squareRoot(squares.value))
    }
  }
}
