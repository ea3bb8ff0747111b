// The table of keys, in the order in which they are shown.  Not here: how a row works
// (`ConfigurationKey`), and what must hold between keys (`Configuration+Validation`).

extension ConfigurationKey {
  /// Every key of the configuration.
  public static let all: [ConfigurationKey] =
    run + batchAndData + model + loss + optimizer + average + augmentation + locality + output

  /// The key of a name.
  public static func named(_ name: String) -> ConfigurationKey? { byName[name] }

  private static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })

  /// The keys by their environment variables.
  static let ofVariable = Dictionary(
    uniqueKeysWithValues: all.map { ($0.environmentName, $0) })

  /// The names of the levels above the keys, such as `model.generator`.
  static let sections: Set<String> = {
    var result: Set<String> = []
    for key in all {
      var parts = key.name.split(separator: ".")
      while parts.count > 1 {
        parts.removeLast()
        result.insert(parts.joined(separator: "."))
      }
    }
    return result
  }()

  private static let kimg = NumberRange.closed(0, 1e9)
  private static let positiveKimg = NumberRange.above(0, 1e9)
  private static let probability = NumberRange.closed(0, 1)

  private static let run: [ConfigurationKey] = [
    .text(
      "name", \.name, "1...100 letters, digits, '.', '-' or '_', a letter or digit first",
      "Name of the recipe, and of the run directory runs/NAME unless --run-dir is given.",
      onResume: .free,
      isAllowed: isName),
    .integer("seed", \.signedSeed, 0...Int.max, "Key of every random number of the run."),
    .number(
      "total_kimg", \.totalKimg, positiveKimg,
      "Length of the training in thousands of real images seen.", onResume: .free),
    .number(
      "checkpoint_every_kimg", \.checkpointEveryKimg, positiveKimg,
      "Thousands of real images between two checkpoints.", onResume: .free),
    .integer(
      "n_critic", \.criticSteps, 1...1000, "Discriminator steps for each generator step."),
    .integer(
      "threads", \.threads, 1...1024,
      "Threads of a rank, each computing whole blocks; the bits do not depend on it.",
      onResume: .free),
    .choice(
      "reduction", \.reduction,
      "Sums over ranks: the same bits for any number of ranks, or MPI's own all-reduce.",
      onResume: .free),
    .choice(
      "fidelity", \.fidelity,
      "Follow the paper, or the published code where its training step differs."),
    .choice(
      "on_non_finite", \.onNonFinite,
      "When a gradient is not finite: end (79), or go back to a checkpoint and on in another order.",
      onResume: .free),
    .integer(
      "rollback_limit", \.rollbackLimit, 1...1000,
      "How often a run may go back so, in its whole life; the next time it ends (79).",
      onResume: .free),
  ]

  private static let batchAndData: [ConfigurationKey] = [
    .integer(
      "batch.discriminator", \.batch.discriminator, 1...1_048_576,
      "Real images, and as many generated ones, of a discriminator step, over all ranks."),
    .integer(
      "batch.generator", \.batch.generator, 1...1_048_576,
      "Generated images of a generator step, over all ranks."),
    .integer(
      "batch.blocks", \.batch.blocks, 1...65536,
      "Micro-blocks of each global batch; at most so many ranks, and threads of all ranks, work."),
    .choice("data.source", \.data.source, "Where the real images come from."),
    .text(
      "data.path", \.data.path, "a path of at most 4096 characters, none of them invisible",
      "Folder or cifar-10-binary.tar.gz of the source cifar10.", onResume: .free, isAllowed: isPath),
    .boolean("data.flip", \.data.flip, "Mirror every second real image, drawn at random."),
  ]

  private static let model: [ConfigurationKey] = [
    .integer("model.latent", \.model.latent, 1...65536, "Width of the noise."),
    .integer(
      "model.generator.channels", \.model.generator.channels, 1...16384,
      "Channels of the generator's first stage."),
    .integers(
      "model.generator.depths", \.model.generator.depths, 1...64, count: 1...6,
      "Encoder blocks of each stage of the generator; the side doubles from stage to stage."),
    .integer(
      "model.generator.heads", \.model.generator.heads, 1...256,
      "Attention heads of the generator's blocks."),
    .integer(
      "model.generator.mlp_ratio", \.model.generator.mlpRatio, 1...16,
      "Hidden width of the generator's feed-forward parts over its channels."),
    .integer(
      "model.generator.bottom", \.model.generator.bottom, 1...32,
      "Side of the first stage's grid in tokens."),
    .integers(
      "model.generator.widths", \.model.generator.widths, 1...16384, count: 0...6,
      "Channels of each stage; [] for C, C/4, C/16."),
    .integer(
      "model.discriminator.channels", \.model.discriminator.channels, 1...16384,
      "Channels of the discriminator."),
    .integer(
      "model.discriminator.depth", \.model.discriminator.depth, 1...64,
      "Encoder blocks of the discriminator."),
    .integer(
      "model.discriminator.heads", \.model.discriminator.heads, 1...256,
      "Attention heads of the discriminator's blocks."),
    .integer(
      "model.discriminator.mlp_ratio", \.model.discriminator.mlpRatio, 1...16,
      "Hidden width of the discriminator's feed-forward parts over its channels."),
    .integer(
      "model.discriminator.patch", \.model.discriminator.patch, 1...32,
      "Side of a patch in pixels."),
  ]

  private static let loss: [ConfigurationKey] = [
    .choice("loss.kind", \.loss.kind, "Form of the adversarial loss."),
    .number(
      "loss.drift", \.loss.drift, .closed(0, 1000),
      "Factor of the squared mean of D(real) in wgan-eps."),
    .choice(
      "loss.penalty.kind", \.loss.penalty.kind,
      "Penalty on D's gradient: at mixtures of real and generated images, or (r1) at real ones."),
    .number("loss.penalty.weight", \.loss.penalty.weight, .closed(0, 1e6), "Its factor."),
    .number(
      "loss.penalty.phi", \.loss.penalty.phi, .above(0, 1e6),
      "The norm that the gradient penalty pulls towards."),
  ]

  private static let optimizer: [ConfigurationKey] =
    adam(.generator) + adam(.discriminator) + [
      .number(
        "optimizer.decay.start_kimg", \.optimizer.decay.startKimg, kimg,
        "Where the linear decay of both learning rates starts, in kimg."),
      .number(
        "optimizer.decay.end_kimg", \.optimizer.decay.endKimg, kimg,
        "Where the decay ends, in kimg."),
      .number(
        "optimizer.decay.final_factor", \.optimizer.decay.finalFactor, .closed(0, 1),
        "Factor on the learning rates from there on; 1 for no decay."),
    ]

  private static func adam(_ network: Configuration.Network) -> [ConfigurationKey] {
    [
      .number(
        "optimizer.\(network).learning_rate", \.optimizer[network].learningRate, .above(0, 1),
        "Adam's learning rate for the \(network)."),
      .number(
        "optimizer.\(network).beta1", \.optimizer[network].beta1, .halfOpen(0, 1),
        "Adam's decay of the first moment for the \(network)."),
      .number(
        "optimizer.\(network).beta2", \.optimizer[network].beta2, .halfOpen(0, 1),
        "Adam's decay of the second moment for the \(network)."),
      .number(
        "optimizer.\(network).epsilon", \.optimizer[network].epsilon, .above(0, 1),
        "Adam's addition to the denominator for the \(network)."),
      .number(
        "optimizer.\(network).clip_norm", \.optimizer[network].clipNorm, .closed(0, 1e9),
        "Longest gradient of the \(network); 0 never clips."),
    ]
  }

  private static let average: [ConfigurationKey] = [
    .choice("ema.kind", \.ema.kind, "How the average of G's weights forgets."),
    .number("ema.decay", \.ema.decay, .halfOpen(0, 1), "Decay of a generator step (fixed)."),
    .number(
      "ema.half_life_kimg", \.ema.halfLifeKimg, positiveKimg, "Half-life in kimg (half_life)."),
    .number(
      "ema.ramp", \.ema.ramp, .closed(0, 1000),
      "The half-life is at most this part of the kimg seen (half_life); 0 for no ramp."),
  ]

  private static let augmentation: [ConfigurationKey] = [
    .list(
      "augmentation.policy", \.augmentation.policy,
      "a list of translation, cutout, color in any order, none twice", count: 0...3,
      "Augmentations of what the discriminator sees, in their order; [] for none.",
      readElement: { (value) throws(ConfigurationMismatch) in
        try value.choice(expected: "a list of translation, cutout, color in any order, none twice")
      },
      writeElement: { .word($0.rawValue) }),
    .number(
      "augmentation.translation_ratio", \.augmentation.translationRatio, probability,
      "Largest shift each way, as a part of the side."),
    .number(
      "augmentation.translation_probability", \.augmentation.translationProbability, probability,
      "Probability that an image is shifted."),
    .number(
      "augmentation.cutout_ratio", \.augmentation.cutoutRatio, probability,
      "Side of the erased square, as a part of the side."),
    .number(
      "augmentation.cutout_probability", \.augmentation.cutoutProbability, probability,
      "Probability that a square is erased."),
    .number(
      "augmentation.color_probability", \.augmentation.colorProbability, probability,
      "Probability that an image's colours change."),
    .number(
      "augmentation.brightness", \.augmentation.brightness, .closed(0, 2),
      "Brightness shifts by at most this much each way, of the scale -1...1."),
    .number(
      "augmentation.saturation", \.augmentation.saturation, .closed(0, 1),
      "Saturation is scaled by a factor within 1 minus and 1 plus this."),
    .number(
      "augmentation.contrast", \.augmentation.contrast, .closed(0, 1),
      "Contrast is scaled by a factor within 1 minus and 1 plus this."),
    .number(
      "super_resolution.weight", \.superResolution.weight, .closed(0, 1e6),
      "Factor of the super-resolution error; 0 for no co-training."),
  ]

  private static let locality: [ConfigurationKey] = [
    .choice(
      "locality.preset", \.locality.preset,
      "Locality-aware attention: none, two known schedules, or custom for the keys below."),
    .choice(
      "locality.metric", \.locality.metric,
      "What a window is measured along: both axes, or the flattened sequence."),
    .boolean(
      "locality.last_block_only", \.locality.lastBlockOnly,
      "Mask only the last block of each stage."),
    .list(
      "locality.schedule", \.locality.schedule, phaseForm, count: 0...64,
      "Phases in order, with how far a query sees in each stage; after them nothing is masked.",
      readElement: readPhase, writeElement: writePhase),
  ]

  private static let output: [ConfigurationKey] = [
    .number(
      "samples.every_kimg", \.samples.everyKimg, kimg,
      "Thousands of real images between two grids of samples; 0 for none.", onResume: .free),
    .integer("samples.rows", \.samples.rows, 1...64, "Rows of the grid.", onResume: .free),
    .integer("samples.columns", \.samples.columns, 1...64, "Columns of the grid.", onResume: .free),
    .integer(
      "log.every_steps", \.log.everySteps, 1...1_000_000_000,
      "Discriminator steps between two records of the metrics.", onResume: .free),
    .integer(
      "checkpoints.keep", \.checkpoints.keep, 3...1_000_000,
      "How many of the newest checkpoints stay.", onResume: .free),
    .integer(
      "checkpoints.keep_every", \.checkpoints.keepEvery, 0...1_000_000,
      "Every so-many-th checkpoint stays for good; 0 for none.", onResume: .free),
    .number(
      "evaluation.sliced_wasserstein_every_kimg", \.evaluation.slicedWassersteinEveryKimg, kimg,
      "Thousands of real images between two sliced Wasserstein distances; 0 for none.",
      onResume: .free),
    .integer(
      "evaluation.images", \.evaluation.images, 16...1_000_000,
      "Real images, and as many samples, of such a measurement.", onResume: .free),
    .integer(
      "audit.every_updates", \.audit.everyUpdates, 0...1_000_000_000,
      "Updates of a network between two with a block that another rank computes too; 0 for none.",
      onResume: .free),
  ]
}
