// The configuration as the types of the mathematics: networks, losses, schedules.

import Tensors
import TransGAN

/// Everything that a step computes by, resolved from a configuration.
public struct Recipe: Sendable {
  public let configuration: Configuration
  public let generator: Generator
  public let discriminator: Discriminator
  public let discriminatorCut: BlockCut
  public let generatorCut: BlockCut
  let loss: AdversarialLoss
  let penalty: GradientPenalty?
  let average: MovingAverage
  private let locality: Configuration.Locality

  /// - Parameter configuration: a valid one; see `Configuration.validate`.
  public init(_ configuration: Configuration) {
    self.configuration = configuration
    generator = Generator(configuration.model.generatorSizes)
    discriminator = Discriminator(configuration.model.discriminatorSizes)
    let batch = configuration.batch
    discriminatorCut = BlockCut(batch: batch.discriminator, blocks: batch.blocks)
    generatorCut = BlockCut(batch: batch.generator, blocks: batch.blocks)
    loss = AdversarialLoss(configuration.loss.kind)
    penalty = GradientPenalty(configuration.loss.penalty)
    average = MovingAverage(configuration.ema)
    locality = configuration.locality.resolved(stages: configuration.model.generator.depths.count)
  }

  var discriminatorObjective: DiscriminatorObjective {
    DiscriminatorObjective(
      generator: generator, discriminator: discriminator, loss: loss,
      drift: Float(configuration.loss.drift), penalty: penalty,
      batch: configuration.batch.discriminator)
  }

  var generatorObjective: GeneratorObjective {
    GeneratorObjective(
      generator: generator, discriminator: discriminator, loss: loss,
      superResolutionWeight: Float(configuration.superResolution.weight),
      batch: configuration.batch.generator, factorsLatentWeight: factorsLatentWeight)
  }

  /// Whether the gradient of the latent's weight is made of its factors: they are then smaller than it.  The
  /// recipe alone decides, so that the bits are the same for any number of ranks.
  var factorsLatentWeight: Bool { configuration.batch.generator <= configuration.model.latent }

  /// An empty gradient of the latent's weight.
  var latentFactors: FactoredGradient {
    let entry = generator.latentWeight
    return FactoredGradient(
      entry: entry, shape: generator.table.entries[entry].shape, cut: generatorCut)
  }

  /// What the factors of some of the batch's samples hold; 0 where there are none.
  func latentFactorBytes(samples: Int) -> Int {
    let shape = generator.table.entries[generator.latentWeight].shape
    return factorsLatentWeight
      ? FactoredGradient.floats(shape: shape, samples: samples) * MemoryLayout<Float>.stride : 0
  }

  /// How many of G's parameters have gradients that are sums over blocks: the first of the table.
  var summedGeneratorCount: Int {
    let table = generator.table
    return factorsLatentWeight ? table.entries[generator.latentWeight].offset : table.count
  }

  /// Thousands of real images seen before step `step`.
  public func kimg(beforeStep step: Int) -> Double {
    Double(step) * Double(configuration.batch.discriminator) / 1000
  }

  /// The attention windows in force at a step.
  public func localityWindows(step: Int) -> LocalityWindows {
    guard let windows = locality.windows(atKimg: kimg(beforeStep: step)) else { return .none }
    return LocalityWindows(
      metric: locality.metric == .grid ? .grid : .sequence, windows: windows,
      lastBlockOnly: locality.lastBlockOnly)
  }

  func adam(_ settings: Configuration.Optimizer.Adam, step: Int) -> Adam {
    let factor = configuration.optimizer.decay.factor(atKimg: kimg(beforeStep: step))
    return Adam(
      learningRate: Float(settings.learningRate * factor), beta1: Float(settings.beta1),
      beta2: Float(settings.beta2), epsilon: Float(settings.epsilon))
  }

  /// Whether a generator step follows discriminator step `step`.
  public func updatesGenerator(step: Int) -> Bool { step % configuration.criticSteps == 0 }

  /// The augmentation inside D.
  public var augmentation: AugmentationPolicy {
    let settings = configuration.augmentation
    var policy = AugmentationPolicy(
      order: settings.policy.map {
        switch $0 {
        case .translation: .translation
        case .cutout: .cutout
        case .color: .color
        }
      })
    policy.translationRatio = Float(settings.translationRatio)
    policy.translationProbability = Float(settings.translationProbability)
    policy.cutoutRatio = Float(settings.cutoutRatio)
    policy.cutoutProbability = Float(settings.cutoutProbability)
    policy.colorProbability = Float(settings.colorProbability)
    policy.brightness = Float(settings.brightness)
    policy.saturation = Float(settings.saturation)
    policy.contrast = Float(settings.contrast)
    return policy
  }
}

extension Configuration.Model {
  /// The generator's extents.
  public var generatorSizes: GeneratorConfiguration {
    GeneratorConfiguration(
      latent: latent, channels: generator.channels, depths: generator.depths,
      heads: generator.heads, mlpRatio: generator.mlpRatio, bottom: generator.bottom,
      widths: generator.stageWidths)
  }

  /// The discriminator's extents.
  public var discriminatorSizes: DiscriminatorConfiguration {
    DiscriminatorConfiguration(
      channels: discriminator.channels, depth: discriminator.depth, heads: discriminator.heads,
      mlpRatio: discriminator.mlpRatio, patch: discriminator.patch,
      imageSide: Configuration.imageSide)
  }
}

extension AdversarialLoss {
  init(_ kind: Configuration.Loss.Kind) {
    switch kind {
    case .hinge: self = .hinge
    case .logistic: self = .logistic
    case .lsgan: self = .lsgan
    case .wgan: self = .wgan
    case .wganEpsilon: self = .wganEpsilon
    }
  }
}

extension GradientPenalty {
  init?(_ settings: Configuration.Loss.Penalty) {
    switch settings.kind {
    case .none: return nil
    case .gradient: self = .mixed(weight: Float(settings.weight), phi: Float(settings.phi))
    case .r1: self = .real(weight: Float(settings.weight))
    }
  }
}

extension MovingAverage {
  init(_ settings: Configuration.MovingAverage) {
    switch settings.kind {
    case .fixed: self = .fixed(decay: settings.decay)
    case .halfLife: self = .halfLife(kimg: settings.halfLifeKimg, ramp: settings.ramp)
    }
  }
}
