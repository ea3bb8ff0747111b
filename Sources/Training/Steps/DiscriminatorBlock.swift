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

extension DiscriminatorObjective {
  /// The sum of D(real) over the block divided by the global batch: what the drift term's mean is made of.
  func realLogit(_ inputs: DiscriminatorInputs, discriminator weights: FlatBuffer) -> Float {
    let parameters = ParameterValues(weights, discriminator.table, recorded: false)
    return scaledSum(logits(inputs.real, inputs.realAugmentation, parameters).value)
  }

  /// Computes the block and delivers the gradient of each of D's parameters as soon as it is final.
  ///
  /// - Parameter globalMean: the mean of D(real) that the drift term squares; nil without the term.
  func run(
    _ inputs: DiscriminatorInputs, generator generatorWeights: FlatBuffer,
    discriminator weights: FlatBuffer, locality: LocalityWindows, globalMean: Float?,
    deliver: (_ entry: Int, Tensor) throws -> Void
  ) throws -> DiscriminatorBlockValues {
    let fake = generator(
      Variable(inputs.latent),
      ParameterValues(generatorWeights, generator.table, recorded: false), locality: locality
    ).value
    let parameters = ParameterValues(weights, discriminator.table, recorded: true)
    var values = DiscriminatorBlockValues()

    let (real, generated) = realAndFakeLogits(inputs, fake, parameters)
    values.realLogit = scaledSum(real.value)
    values.fakeLogit = scaledSum(generated.value)
    var objective = loss.discriminatorLoss(real: real, fake: generated, batch: batch)
    values.loss = objective.value.scalar
    if let globalMean {
      objective =
        objective
        + driftShare(real: real, globalMean: globalMean, drift: drift, batch: batch)
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

  /// D of real and generated images, (b, 1) each; they go through D as one batch.
  private func realAndFakeLogits(
    _ inputs: DiscriminatorInputs, _ fake: Tensor, _ parameters: ParameterValues
  ) -> (real: Variable, fake: Variable) {
    let count = inputs.real.shape[0]
    let images = Kernels.concatenate(
      augment(Variable(inputs.real), inputs.realAugmentation).value,
      augment(Variable(fake), inputs.fakeAugmentation).value)
    let logits = discriminator(Variable(images), parameters)
    return (logits.rows(0..<count), logits.rows(count..<2 * count))
  }

  private func logits(
    _ images: Tensor, _ augmentation: BlockAugmentation, _ parameters: ParameterValues
  ) -> Variable {
    discriminator(augment(Variable(images), augmentation), parameters)
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
