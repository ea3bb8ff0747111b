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
  /// The gradient of the latent's weight, where it is not summed with the others.
  private let factored: FactoredGradient?
  private let audits: AuditSchedule
  private let auditor: BlockAuditor
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
    let table = recipe.generator.table
    factored = recipe.factorsLatentWeight ? recipe.latentFactors : nil
    sum = try GradientSum(
      table: table, group: group, tree: tree, lanes: lanes, buffers: buffers,
      reduction: reduction, position: position, factored: factored)
    leftoverSum = try leftoverBuffers.map {
      try GradientSum(
        table: recipe.discriminator.table, group: group, tree: tree, lanes: lanes, buffers: $0,
        reduction: reduction, position: position)
    }
    audits = try AuditSchedule(
      everyUpdates: recipe.configuration.audit.everyUpdates, tree: tree, ranks: group.size)
    let leftoverNames = leftoverSum == nil ? [] : recipe.discriminator.table.entries.map(\.name)
    auditor = BlockAuditor(
      group: group, position: position, network: Self.network, phase: .generatorBlocks,
      names: table.entries.map(\.name) + leftoverNames)
  }

  private static let network = "the generator"

  /// What the sums over the ranks have cost so far.
  var reductionStatistics: ReductionStatistics { sum.statistics }

  func run(_ state: TrainingState) throws -> StepReport.GeneratorPart {
    let (step, inputs) = (state.step, inputs)
    let start = monotonicSeconds()
    position.enter(.generatorBlocks, step: step)
    let update = step / recipe.configuration.criticSteps
    let audit = audits.audit(update: update)
    let audited = auditor.digests(audit)
    let compute = blockComputation(state)
    let leftover = leftoverSum?.collector
    let entries = recipe.generator.table.entries.count
    let factored = factored
    let local = try sum.compute(
      ReductionLabel(step: step, phase: "G gradient"), audited: audited
    ) { block, deliver in
      let blockInputs = try inputs.generatorInputs(step: step, block: block)
      factored?.add(block: block, inputs: blockInputs.latent)
      return try compute(blockInputs, deliver) { entry, gradient in
        audited?.add(block: block, entry: entries + entry, gradient)
        leftover?.add(block: block, entry: entry, gradient)
      }
    }
    let seconds = monotonicSeconds() - start
    position.enter(.generatorValues)
    let exchanged = try group.allGatherBlockValues(local, tree: tree, phase: "G values")
    position.enter(.generatorGradient)
    let gradient = try sum.finish()
    let norm = try sum.finiteNorm(gradient, Self.network, step) {
      inputs.generatorImages(step: step, block: $0)
    }
    let values = try GeneratorBlockValues.finiteSum(exchanged, Self.network, step) {
      audits.owner(ofBlock: $0)
    }
    if let audit {
      try auditor.check(audit, step: step, own: audited) { block, deliver in
        let blockInputs = try inputs.ofAllBlocks.generatorInputs(step: step, block: block)
        _ = try compute(blockInputs, deliver) { try deliver(entries + $0, $1) }
      }
    }
    position.enter(.generatorUpdate)
    let settings = recipe.configuration.optimizer.generator
    let decay = averageDecay(step: step)
    state.generator.step(
      recipe.adam(settings, step: step), gradient: gradient, norm: norm,
      clipNorm: settings.clipNorm, update: update + 1, average: (state.average, decay))
    if let leftoverSum, let leftover = state.leftover {
      let gradient = try leftoverSum.reduceCollected(
        ReductionLabel(step: step, phase: "D leftover"))
      _ = leftover.elements.update(fromContentsOf: gradient)
    }
    return StepReport.GeneratorPart(
      loss: values.loss,
      superResolution: objective.superResolutionWeight > 0 ? values.superResolution : nil,
      gradientNorm: norm, averageDecay: decay, computeSeconds: seconds)
  }

  private typealias Deliver = (_ entry: Int, Tensor) throws -> Void

  /// Computes a block from the state as it is now, and delivers gradients of G's parameters, and of D's where they
  /// are wanted.
  private func blockComputation(
    _ state: TrainingState
  )
    -> @Sendable (GeneratorInputs, Deliver, _ leftover: Deliver) throws
    -> GeneratorBlockValues
  {
    let objective = objective
    let (weights, critic) = (state.generator.weights, state.discriminator.weights)
    let locality = recipe.localityWindows(step: state.step)
    let hasLeftover = leftoverSum != nil
    return { inputs, deliver, deliverLeftover in
      try withoutActuallyEscaping(deliverLeftover) { deliverLeftover in
        try objective.run(
          inputs, generator: weights, discriminator: critic, locality: locality, deliver: deliver,
          deliverLeftover: hasLeftover ? deliverLeftover : nil)
      }
    }
  }

  private func averageDecay(step: Int) -> Double {
    let images = recipe.configuration.criticSteps * recipe.configuration.batch.discriminator
    let seen = (step + 1) * recipe.configuration.batch.discriminator
    return recipe.average.decay(images: images, imagesSeen: seen)
  }
}
