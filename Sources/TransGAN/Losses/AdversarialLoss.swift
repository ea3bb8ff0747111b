// The adversarial losses, as sums over samples.
//
// A micro-block knows only its own samples, so a loss is the sum over them divided by the global batch; the
// sum of the blocks' losses is then the mean over the batch.  The drift term of `wgan-eps` squares a mean
// over the whole batch, which the caller passes in.

import Autodiff
import Tensors

/// A pair of losses, for the discriminator and for the generator.
public enum AdversarialLoss: String, CaseIterable, Hashable, Sendable {
  /// max(0, 1 - D(real)) + max(0, 1 + D(fake)); -D(fake)  (Lim and Ye 2017).
  case hinge
  /// softplus(-D(real)) + softplus(D(fake)); softplus(-D(fake))  (Goodfellow et al. 2014, non-saturating).
  case logistic
  /// (D(real) - 1)^2 + D(fake)^2; (D(fake) - 1)^2  (Mao et al. 2017).
  case lsgan
  /// D(fake) - D(real); -D(fake)  (Arjovsky et al. 2017).
  case wgan
  /// `wgan` and drift (mean D(real))^2  (Karras et al. 2018, on the mean as the published code has it).
  case wganEpsilon = "wgan-eps"

  /// The discriminator's loss over a block: sum / batch, without the drift term.
  ///
  /// - Parameters:
  ///   - real: D(real), (b, 1).
  ///   - fake: D(fake), (b, 1).
  ///   - batch: the global batch.
  public func discriminatorLoss(real: Variable, fake: Variable, batch: Int) -> Variable {
    let scale = 1 / Float(batch)
    switch self {
    case .hinge: return scale * (relu(1 - real).sum + relu(fake + 1).sum)
    case .logistic: return scale * (softplus(-real).sum + softplus(fake).sum)
    case .lsgan: return scale * ((real - 1).squared.sum + fake.squared.sum)
    case .wgan, .wganEpsilon: return scale * (fake.sum - real.sum)
    }
  }

  /// The generator's loss over a block: sum / batch of D(fake), (b, 1).
  public func generatorLoss(fake: Variable, batch: Int) -> Variable {
    let scale = 1 / Float(batch)
    switch self {
    case .logistic: return scale * softplus(-fake).sum
    case .lsgan: return scale * (fake - 1).squared.sum
    case .hinge, .wgan, .wganEpsilon: return -scale * fake.sum
    }
  }

  /// Whether the loss has the drift term.
  public var hasDrift: Bool { self == .wganEpsilon }
}

/// A block's share of drift (mean D(real))^2, whose gradient is that of the global term.
///
/// The mean over the batch depends on all blocks, the gradient on this block's samples is
/// 2 drift mean / batch each; so the block's share is linear: 2 drift mean sum(D(real)) / batch.
public func driftShare(
  real: Variable, globalMean: Float, drift: Float, batch: Int
) -> Variable {
  (2 * drift * globalMean / Float(batch)) * real.sum
}
