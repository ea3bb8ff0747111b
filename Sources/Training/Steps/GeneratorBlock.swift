// One micro-block of a generator step: adversarial loss, super-resolution, gradients.
// Not here: sums over blocks and ranks, and the optimiser.

import Autodiff
import Tensors
import TransGAN

/// What a generator step minimises, over a global batch of `batch` samples.
struct GeneratorObjective: Sendable {
  let generator: Generator
  let discriminator: Discriminator
  let loss: AdversarialLoss
  /// The weight of the mean squared error of super-resolution; 0 leaves it out.
  let superResolutionWeight: Float
  let batch: Int
}

/// The figures of one micro-block; each is a sum over its samples divided by the global batch.
struct GeneratorBlockValues: BlockValues {
  var loss: Float = 0
  /// The mean squared error of super-resolution, without its weight.
  var superResolution: Float = 0

  var values: [Float] { [loss, superResolution] }
  init() {}
  init(values: [Float]) { (loss, superResolution) = (values[0], values[1]) }
}

extension GeneratorObjective {
  /// Computes the block and delivers the gradient of each of G's parameters as soon as it is final.
  ///
  /// - Parameter deliverLeftover: receives the gradients that the generator's loss has with respect to D's
  ///   parameters, which the published code adds to D's next step; nil where they are not wanted.
  func run(
    _ inputs: GeneratorInputs, generator weights: FlatBuffer,
    discriminator discriminatorWeights: FlatBuffer, locality: LocalityWindows,
    deliver: (_ entry: Int, Tensor) throws -> Void,
    deliverLeftover: ((_ entry: Int, Tensor) throws -> Void)? = nil
  ) throws -> GeneratorBlockValues {
    let parameters = ParameterValues(weights, generator.table, recorded: true)
    let critic = ParameterValues(
      discriminatorWeights, discriminator.table, recorded: deliverLeftover != nil)
    var values = GeneratorBlockValues()

    let images = generator(Variable(inputs.latent), parameters, locality: locality)
    let logits = discriminator(augment(images, inputs.augmentation), critic)
    var objective = loss.generatorLoss(fake: logits, batch: batch)
    values.loss = objective.value.scalar
    if superResolutionWeight > 0, let real = inputs.real {
      let error = superResolutionError(real, parameters, locality)
      values.superResolution = error.value.scalar
      objective = objective + superResolutionWeight * error
    }
    let own = parameters.variables.count
    let targets = parameters.variables + (deliverLeftover == nil ? [] : critic.variables)
    try backpropagate(from: objective, to: targets) { index, gradient in
      if index < own {
        try deliver(index, gradient)
      } else {
        try deliverLeftover?(index - own, gradient)
      }
    }
    return values
  }

  /// The sum over the block of the mean squared error of each image, divided by the global batch.
  private func superResolutionError(
    _ real: Tensor, _ parameters: ParameterValues, _ locality: LocalityWindows
  ) -> Variable {
    let low = downsampled(real, to: generator.configuration.bottom)
    let restored = generator.superResolve(Variable(low), parameters, locality: locality)
    let elements = Float(batch * (real.shape.count / real.shape[0]))
    return (1 / elements) * (restored - Variable(real)).squared.sum
  }
}
