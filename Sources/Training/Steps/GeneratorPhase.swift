// The generator's part of a step: draw, compute, reduce, check, update, average.

import DataParallel
import Reporting
import Tensors
import TransGAN

/// One update of G over the global batch, and of its moving average.
final class GeneratorPhase {
  private let recipe: Recipe
  private let objective: GeneratorObjective
  private let group: ProcessGroup
  private let tree: BlockTree
  private let inputs: any StepInputs
  private let sum: GradientSum
  private let position: RunPosition
  /// For `fidelity: published`: the gradients that the step leaves in D.
  private let leftoverSum: GradientSum?

  init(
    recipe: Recipe, group: ProcessGroup, tree: BlockTree, lanes: Lanes,
    inputs: any StepInputs, buffers: GradientBuffers, leftoverBuffers: GradientBuffers?,
    position: RunPosition
  ) throws {
    self.position = position
    self.recipe = recipe
    self.group = group
    self.tree = tree
    self.inputs = inputs
    objective = recipe.generatorObjective
    let reduction = recipe.configuration.reduction
    sum = try GradientSum(
      table: recipe.generator.table, group: group, tree: tree, lanes: lanes, buffers: buffers,
      reduction: reduction, position: position)
    leftoverSum = try leftoverBuffers.map {
      try GradientSum(
        table: recipe.discriminator.table, group: group, tree: tree, lanes: lanes, buffers: $0,
        reduction: reduction, position: position)
    }
  }

  /// What the sums over the ranks have cost so far.
  var reductionStatistics: ReductionStatistics { sum.statistics }

  func run(_ state: TrainingState) throws -> StepReport.GeneratorPart {
    let step = state.step
    let start = monotonicSeconds()
    position.enter(.generatorBlocks, step: step)
    let local = try computeBlocks(state)
    let seconds = monotonicSeconds() - start
    position.enter(.generatorValues)
    let values = GeneratorBlockValues.sum(
      try group.allGatherBlockValues(local, tree: tree, phase: "G values"))
    position.enter(.generatorGradient)
    let gradient = try sum.finish()
    let norm = try sum.finiteNorm(gradient, "the generator", step) {
      inputs.generatorImages(step: step, block: $0)
    }
    position.enter(.generatorUpdate)
    let settings = recipe.configuration.optimizer.generator
    state.generator.step(
      recipe.adam(settings, step: step), gradient: gradient, norm: norm,
      clipNorm: settings.clipNorm, update: step / recipe.configuration.criticSteps + 1)
    if let leftoverSum, let leftover = state.leftover {
      let gradient = try leftoverSum.reduceCollected(
        ReductionLabel(step: step, phase: "D leftover"))
      _ = leftover.elements.update(fromContentsOf: gradient)
    }
    return StepReport.GeneratorPart(
      loss: values.loss,
      superResolution: objective.superResolutionWeight > 0 ? values.superResolution : nil,
      gradientNorm: norm, averageDecay: updateAverage(state), computeSeconds: seconds)
  }

  private func computeBlocks(_ state: TrainingState) throws -> [[Float]] {
    let step = state.step
    let (inputs, objective) = (inputs, objective)
    let (weights, critic) = (state.generator.weights, state.discriminator.weights)
    let locality = recipe.localityWindows(step: step)
    let leftover = leftoverSum?.collector
    let label = ReductionLabel(step: step, phase: "G gradient")
    let local = try sum.compute(label) { block, deliver in
      try objective.run(
        try inputs.generatorInputs(step: step, block: block), generator: weights,
        discriminator: critic, locality: locality, deliver: deliver,
        deliverLeftover: leftover.map { leftover in
          { entry, gradient in leftover.add(block: block, entry: entry, gradient) }
        })
    }
    return local
  }

  private func updateAverage(_ state: TrainingState) -> Double {
    position.enter(.average)
    let images = recipe.configuration.criticSteps * recipe.configuration.batch.discriminator
    let seen = (state.step + 1) * recipe.configuration.batch.discriminator
    let decay = recipe.average.decay(images: images, imagesSeen: seen)
    MovingAverage.update(
      state.average.elements, towards: UnsafeBufferPointer(state.generator.weights.elements),
      decay: decay)
    return decay
  }
}
