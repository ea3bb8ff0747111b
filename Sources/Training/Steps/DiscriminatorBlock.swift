// One micro-block of a discriminator step: loss, penalty, gradients.
// Not here: sums over blocks and ranks, and the optimiser.

import Autodiff
import Tensors
import TransGAN

/// What a discriminator step minimises, over a global batch of `batch` samples.
struct DiscriminatorObjective: Sendable {
  let generator: Generator
  let discriminator: Discriminator
  let loss: AdversarialLoss
  let drift: Float
  let penalty: GradientPenalty?
  let batch: Int
}

/// The figures of one micro-block; each is a sum over its samples divided by the global batch.
struct DiscriminatorBlockValues: BlockValues {
  var loss: Float = 0
  /// The penalty with its weight.
  var penalty: Float = 0
  var realLogit: Float = 0
  var fakeLogit: Float = 0
  /// |grad D| where the penalty is taken.
  var gradientNorm: Float = 0

  var values: [Float] { [loss, penalty, realLogit, fakeLogit, gradientNorm] }
  init() {}
  init(values: [Float]) {
    (loss, penalty, realLogit) = (values[0], values[1], values[2])
    (fakeLogit, gradientNorm) = (values[3], values[4])
  }
}

/// D of a block's real images, recorded: the beginning of the block's computation.
///
/// It is of its own, apart from the generated images, since the drift term needs the mean of D(real) over all
/// blocks before any gradient: a pass that was kept need not be computed again.
struct RealPass {
  let parameters: ParameterValues
  /// (b, 1)
  let logits: Variable
  /// The sum of the logits divided by the global batch.
  let scaledSum: Float
}

extension DiscriminatorObjective {
  func realPass(_ inputs: DiscriminatorInputs, discriminator weights: FlatBuffer) -> RealPass {
    let parameters = ParameterValues(weights, discriminator.table, recorded: true)
    let logits = discriminator(
      augment(Variable(inputs.real), inputs.realAugmentation), parameters)
    return RealPass(
      parameters: parameters, logits: logits, scaledSum: scaledSum(logits.value))
  }

  /// Computes the block and delivers the gradient of each of D's parameters as soon as it is final.
  ///
  /// - Parameters:
  ///   - real: the block's `realPass`; its record is consumed.
  ///   - globalMean: the mean of D(real) that the drift term squares; nil without the term.
  func run(
    _ inputs: DiscriminatorInputs, real: RealPass, generator generatorWeights: FlatBuffer,
    locality: LocalityWindows, globalMean: Float?,
    deliver: (_ entry: Int, Tensor) throws -> Void
  ) throws -> DiscriminatorBlockValues {
    let fake = generator(
      Variable(inputs.latent),
      ParameterValues(generatorWeights, generator.table, recorded: false), locality: locality
    ).value
    let parameters = real.parameters
    let fakeLogits = discriminator(
      augment(Variable(fake), inputs.fakeAugmentation), parameters)
    var values = DiscriminatorBlockValues()
    values.realLogit = real.scaledSum
    values.fakeLogit = scaledSum(fakeLogits.value)
    var objective = loss.discriminatorLoss(real: real.logits, fake: fakeLogits, batch: batch)
    values.loss = objective.value.scalar
    if let globalMean {
      objective =
        objective
        + driftShare(real: real.logits, globalMean: globalMean, drift: drift, batch: batch)
    }
    if let penalty {
      let images = penalty.images(real: inputs.real, fake: fake, alpha: inputs.alpha)
      let (term, norms) = try penalty.penalty(at: images, batch: batch) {
        discriminator(augment($0, augmentation(inputs, penalty)), parameters)
      }
      values.penalty = term.value.scalar
      values.gradientNorm = scaledSum(norms)
      objective = objective + term
    }
    try backpropagate(from: objective, to: parameters.variables, deliver: deliver)
    return values
  }

  /// The R1 penalty looks at the real images as D saw them.
  private func augmentation(
    _ inputs: DiscriminatorInputs, _ penalty: GradientPenalty
  ) -> BlockAugmentation {
    switch penalty {
    case .mixed: inputs.mixedAugmentation
    case .real: inputs.realAugmentation
    }
  }

  private func scaledSum(_ x: Tensor) -> Float {
    Kernels.sumTrailing(x, to: []).scalar / Float(batch)
  }
}
