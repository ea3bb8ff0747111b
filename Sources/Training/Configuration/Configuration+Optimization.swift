// Loss, optimizers, averaging.  Not here: their arithmetic.

extension Configuration {
  /// The adversarial loss.
  public struct Loss: Sendable, Equatable {
    /// The form of the loss.
    public enum Kind: String, Sendable, CaseIterable {
      case hinge
      /// Non-saturating logistic loss.
      case logistic
      case lsgan
      case wgan
      /// `wgan` plus `drift` times the squared mean of D(real).
      case wganEpsilon = "wgan-eps"
    }

    /// A penalty on the discriminator's gradient with respect to its input.
    public struct Penalty: Sendable, Equatable {
      /// Where the gradient is taken.
      public enum Kind: String, Sendable, CaseIterable {
        case none
        /// At random mixtures of real and generated images: weight * mean((|g| - phi)^2) / phi^2.
        case gradient
        /// At real images: weight / 2 * mean(|g|^2).
        case r1
      }
      public var kind = Kind.r1
      /// Factor of the penalty.
      public var weight = 0.5
      /// The norm that the `gradient` penalty pulls towards.
      public var phi = 1.0
      public init() {}
    }

    public var kind = Kind.logistic
    /// Factor of the squared mean of D(real) in `wgan-eps`.
    public var drift = 1e-3
    public var penalty = Penalty()
    public init() {}
  }

  /// Both optimizers.
  public struct Optimizer: Sendable, Equatable {
    /// Adam of one network.
    public struct Adam: Sendable, Equatable {
      public var learningRate = 5e-4
      public var beta1 = 0.0
      public var beta2 = 0.99
      public var epsilon = 1e-8
      /// The gradient is scaled down to this norm where it is longer; 0 never clips.
      public var clipNorm = 5.0
      public init() {}
    }

    /// Linear decay of both learning rates.
    public struct Decay: Sendable, Equatable {
      /// Where the decay starts, in kimg.
      public var startKimg = 0.0
      /// Where it ends, in kimg.
      public var endKimg = 0.0
      /// The factor on the learning rates from the end on; 1 for no decay.
      public var finalFactor = 1.0
      public init() {}

      /// The factor on the learning rates after `kimg` thousand images.
      public func factor(atKimg kimg: Double) -> Double {
        guard finalFactor != 1, kimg > startKimg else { return 1 }
        guard kimg < endKimg else { return finalFactor }
        return 1 + (finalFactor - 1) * (kimg - startKimg) / (endKimg - startKimg)
      }
    }

    public var generator = Adam()
    public var discriminator = Adam()
    public var decay = Decay()
    public init() {
      generator.learningRate = 7e-4
      discriminator.learningRate = 3.5e-4
    }

    /// Adam of one of the networks.
    public subscript(network: Network) -> Adam {
      get {
        switch network {
        case .generator: generator
        case .discriminator: discriminator
        }
      }
      set {
        switch network {
        case .generator: generator = newValue
        case .discriminator: discriminator = newValue
        }
      }
    }
  }

  /// One of the two networks, as its name stands in keys.
  public enum Network: String, Sendable, CaseIterable, CustomStringConvertible {
    case generator, discriminator

    public var description: String { rawValue }
  }

  /// The exponential moving average of the generator's weights, from which samples are drawn.
  public struct MovingAverage: Sendable, Equatable {
    /// How the decay of a generator step is found.
    public enum Kind: String, Sendable, CaseIterable {
      /// `decay`, every step.
      case fixed
      /// 0.5^(images of the step / half-life).
      case halfLife = "half_life"
    }
    public var kind = Kind.halfLife
    /// Decay of a generator step (`fixed`).
    public var decay = 0.999
    /// Half-life in kimg (`half_life`).
    public var halfLifeKimg = 1.0
    /// The half-life is at most this part of the kimg seen so far (`half_life`); 0 for no ramp.
    public var ramp = 0.3
    public init() {}
  }
}
