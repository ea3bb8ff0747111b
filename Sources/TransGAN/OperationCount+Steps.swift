// The needed operations of a whole training step, put together from passes of the networks.

/// The operations that the two updates of a recipe need for each image of their batches.
public struct StepOperations: Hashable, Sendable {
  /// Of a discriminator step, for each real image (and its generated one).
  public let discriminator: OperationCount
  /// Of a generator step, for each generated image.
  public let generator: OperationCount

  /// A discriminator step is G's forward map, then D on the real and on the generated image with D's weight
  /// gradients, and the penalty; a generator step is G with its weight gradients behind D with its input's
  /// gradient, and G once more for super-resolution.
  ///
  /// - Parameters:
  ///   - hasPenalty: whether a penalty on D's gradient is taken; both kinds need the same.
  ///   - superResolution: whether the generator step has co-training.
  ///   - locality: the attention windows in force.
  public init(
    generator: GeneratorConfiguration, discriminator: DiscriminatorConfiguration, hasPenalty: Bool,
    superResolution: Bool, locality: LocalityWindows = .none
  ) {
    var critic =
      generator.operations(.forward, locality: locality)
      + 2 * discriminator.operations(.weightGradients)
    if hasPenalty { critic = critic + discriminator.operations(.penalty) }
    self.discriminator = critic
    var own =
      generator.operations(.weightGradients, locality: locality)
      + discriminator.operations(.inputGradient)
    if superResolution {
      own =
        own + generator.operations(.weightGradients, from: .lowResolution, locality: locality)
    }
    self.generator = own
  }
}
