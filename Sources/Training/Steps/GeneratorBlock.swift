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
  /// Whether instead of the gradient of the latent's weight W its factor is delivered, the gradient of
  /// z W^T + b; see `FactoredGradient`.
  let factorsLatentWeight: Bool
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
  /// Computes the block and delivers the gradient of each of G's parameters as soon as it is final: of the
  /// latent's weight, where it is factored, (b, outputs) instead.
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

    let projection = projection(inputs.latent, parameters)
    let images = generator.image(fromProjection: projection, parameters, locality: locality)
    let logits = discriminator(augment(images, inputs.augmentation), critic)
    var objective = loss.generatorLoss(fake: logits, batch: batch)
    values.loss = objective.value.scalar
    if superResolutionWeight > 0, let real = inputs.real {
      let error = superResolutionError(real, parameters, locality)
      values.superResolution = error.value.scalar
      objective = objective + superResolutionWeight * error
    }
    // Last come the critic's, or the projection, or both.
    let own = parameters.variables.count
    let leftover = deliverLeftover == nil ? [] : critic.variables
    let factor = factorsLatentWeight ? [projection] : []
    try backpropagate(from: objective, to: parameters.variables + leftover + factor) {
      index, gradient in
      if index < own {
        try deliver(index, gradient)
      } else if index < own + leftover.count {
        try deliverLeftover?(index - own, gradient)
      } else {
        try deliver(generator.latentBias, biasGradient(gradient))
        try deliver(generator.latentWeight, gradient)
      }
    }
    return values
  }

  /// z W^T + b (b, outputs): where W is factored the record begins here, and this is what gradients are asked of.
  func projection(_ latent: Tensor, _ parameters: ParameterValues) -> Variable {
    let projection = generator.projection(Variable(latent), parameters)
    return factorsLatentWeight ? .independent(projection.value) : projection
  }

  /// The gradient of b from that of z W^T + b, (b, outputs) -> (outputs).
  private func biasGradient(_ gradient: Tensor) -> Tensor {
    Variable(gradient).summedLeading(to: generator.table.entries[generator.latentBias].shape).value
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
