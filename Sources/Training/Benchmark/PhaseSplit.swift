// Where the time of a step goes, part by part.
//
// A step runs through its parts so closely that a clock inside it would have to live in the step itself; so
// the parts of one more step are run here one after another, on one thread, by the same functions.  Their sum
// beside the whole step's time shows how well they stand for it.
// Not here: the sum over the ranks, which overlaps with the backward pass (`ReductionCost`).

import Autodiff
import DataParallel
import Foundation
import Tensors
import TransGAN

/// Seconds of processor time of the parts of both updates, over all of the rank's blocks.
public struct PhaseSplit: Sendable {
  /// One part of an update.
  public struct Part: Sendable {
    public let name: String
    public var seconds: Double
  }

  public let discriminator: [Part]
  public let generator: [Part]
  /// The same time by the kind of kernel.
  public let discriminatorFamilies: [Part]
  public let generatorFamilies: [Part]

  /// Drawing latents, pictures and what augmentation does to them.
  static let inputs: StaticString = "inputs"
  /// The part of an update that does not grow with the batch: norm, clipping, Adam, moving average.
  static let update: StaticString = "update"

  /// Seconds of `update` of the discriminator and of the generator.
  public var discriminatorUpdateSeconds: Double { Self.seconds(Self.update, discriminator) }
  public var generatorUpdateSeconds: Double { Self.seconds(Self.update, generator) }

  private static func seconds(_ name: StaticString, _ parts: [Part]) -> Double {
    parts.first { $0.name == "\(name)" }?.seconds ?? 0
  }

  init(
    recipe: Recipe, state: TrainingState, inputs: any StepInputs, group: ProcessGroup
  ) throws {
    let blocks = try BlockTree(blocks: recipe.configuration.batch.blocks)
      .blocks(ofRank: group.rank, ranks: group.size)
    (discriminator, discriminatorFamilies) = try Self.measure { clock in
      for block in blocks {
        try Self.discriminatorBlock(block, recipe, state, inputs, &clock)
      }
      Self.update(state.discriminator, recipe.configuration.optimizer.discriminator, recipe, &clock)
    }
    (generator, generatorFamilies) = try Self.measure { clock in
      for block in blocks {
        try Self.generatorBlock(block, recipe, state, inputs, &clock)
      }
      if recipe.factorsLatentWeight { try Self.latentWeightGradient(recipe, &clock) }
      Self.update(
        state.generator, recipe.configuration.optimizer.generator, recipe, &clock,
        average: (state.average, 1))
    }
  }

  /// The time that `body` books, by its parts and by families of kernels.
  private static func measure(
    _ body: (inout PartClock) throws -> Void
  ) rethrows -> (parts: [Part], families: [Part]) {
    var clock = PartClock()
    let operations = OperationClock()
    try operations.measure { try body(&clock) }
    return (clock.parts, KernelFamily.split(operations.seconds))
  }

  private static func discriminatorBlock(
    _ block: Int, _ recipe: Recipe, _ state: TrainingState, _ source: any StepInputs,
    _ clock: inout PartClock
  ) throws {
    let objective = recipe.discriminatorObjective
    let discriminator = recipe.discriminator
    clock.restart()
    let inputs = try source.discriminatorInputs(step: state.step, block: block)
    clock.add(Self.inputs)
    let fake = recipe.generator(
      Variable(inputs.latent),
      ParameterValues(state.generator.weights, recipe.generator.table, recorded: false),
      locality: recipe.localityWindows(step: state.step)
    ).value
    clock.add("G forward")
    let parameters = ParameterValues(
      state.discriminator.weights, discriminator.table, recorded: true)
    let real = discriminator(augment(Variable(inputs.real), inputs.realAugmentation), parameters)
    let fakes = discriminator(augment(Variable(fake), inputs.fakeAugmentation), parameters)
    var loss = objective.loss.discriminatorLoss(real: real, fake: fakes, batch: objective.batch)
    clock.add("D on real and generated images")
    if let penalty = objective.penalty {
      let images = penalty.images(real: inputs.real, fake: fake, alpha: inputs.alpha)
      let (term, _) = try penalty.penalty(at: images, batch: objective.batch) {
        discriminator(augment($0, inputs.mixedAugmentation), parameters)
      }
      loss = loss + term
      clock.add("penalty: D and its input's gradient")
    }
    try backpropagate(from: loss, to: parameters.variables) { _, _ in }
    clock.add("backward")
  }

  private static func generatorBlock(
    _ block: Int, _ recipe: Recipe, _ state: TrainingState, _ source: any StepInputs,
    _ clock: inout PartClock
  ) throws {
    let objective = recipe.generatorObjective
    let locality = recipe.localityWindows(step: state.step)
    clock.restart()
    let inputs = try source.generatorInputs(step: state.step, block: block)
    clock.add(Self.inputs)
    let parameters = ParameterValues(
      state.generator.weights, recipe.generator.table, recorded: true)
    let critic = ParameterValues(
      state.discriminator.weights, recipe.discriminator.table, recorded: false)
    let projection = objective.projection(inputs.latent, parameters)
    let images = recipe.generator.image(
      fromProjection: projection, parameters, locality: locality)
    clock.add("G forward")
    let logits = recipe.discriminator(augment(images, inputs.augmentation), critic)
    var loss = objective.loss.generatorLoss(fake: logits, batch: objective.batch)
    clock.add("D on generated images")
    if objective.superResolutionWeight > 0, let real = inputs.real {
      let low = downsampled(real, to: recipe.generator.configuration.bottom)
      let restored = recipe.generator.superResolve(Variable(low), parameters, locality: locality)
      loss = loss + objective.superResolutionWeight * (restored - Variable(real)).squared.sum
      clock.add("super-resolution")
    }
    let factor = objective.factorsLatentWeight ? [projection] : []
    try backpropagate(from: loss, to: parameters.variables + factor) { _, _ in }
    clock.add("backward")
  }

  /// The product of factors of zeros, which takes as long as that of any others.
  private static func latentWeightGradient(_ recipe: Recipe, _ clock: inout PartClock) throws {
    let factors = recipe.latentFactors
    let count = recipe.generator.table.entries[recipe.generator.latentWeight].shape.count
    let gradient = FlatBuffer(count: count)
    clock.restart()
    try withExtendedLifetime(gradient) {
      try factors.write(to: gradient.elements, lanes: Lanes(count: 1))
    }
    OperationClock.book("matrix product")
    clock.add("backward")
  }

  /// Norm and Adam on a gradient of zeros, which takes as long as on any other.
  private static func update(
    _ network: NetworkState, _ settings: Configuration.Optimizer.Adam, _ recipe: Recipe,
    _ clock: inout PartClock, average: NetworkState.Average? = nil
  ) {
    let gradient = FlatBuffer(count: network.table.count)
    withExtendedLifetime(gradient) {
      clock.restart()
      network.step(
        recipe.adam(settings, step: 0), gradient: gradient.elements,
        norm: GradientNorm.norm(UnsafeBufferPointer(gradient.elements)),
        clipNorm: settings.clipNorm, update: 1, average: average)
      clock.add(update)
    }
  }
}

/// Adds up the processor time of named parts on this thread: what other programs take does not count.
private struct PartClock {
  private(set) var parts: [PhaseSplit.Part] = []
  private var last = OperationClock.threadSeconds()

  mutating func restart() {
    OperationClock.skip()
    last = OperationClock.threadSeconds()
  }

  /// Books the time since the last call for `name`; what its last operation left over is not another one's.
  mutating func add(_ name: StaticString) {
    let now = OperationClock.threadSeconds()
    OperationClock.book(name)
    let name = "\(name)"
    defer { last = OperationClock.threadSeconds() }
    if let index = parts.firstIndex(where: { $0.name == name }) {
      parts[index].seconds += now - last
    } else {
      parts.append(PhaseSplit.Part(name: name, seconds: now - last))
    }
  }
}
