// The discriminator's part of a step: draw, compute, reduce, check, update.

import DataParallel
import Reporting
import Tensors
import TransGAN

/// One update of D over the global batch.
final class DiscriminatorPhase {
  private let recipe: Recipe
  private let objective: DiscriminatorObjective
  private let group: ProcessGroup
  private let tree: BlockTree
  private let lanes: Lanes
  private let inputs: any StepInputs
  private let sum: GradientSum
  private let audits: AuditSchedule
  private let auditor: BlockAuditor
  private let position: RunPosition

  init(
    recipe: Recipe, group: ProcessGroup, tree: BlockTree, lanes: Lanes,
    inputs: any StepInputs, buffers: GradientBuffers, position: RunPosition
  ) throws {
    self.position = position
    self.recipe = recipe
    self.group = group
    self.tree = tree
    self.lanes = lanes
    self.inputs = inputs
    objective = recipe.discriminatorObjective
    sum = try GradientSum(
      table: recipe.discriminator.table, group: group, tree: tree, lanes: lanes, buffers: buffers,
      reduction: recipe.configuration.reduction, position: position)
    audits = try AuditSchedule(
      everyUpdates: recipe.configuration.audit.everyUpdates, tree: tree, ranks: group.size)
    auditor = BlockAuditor(
      group: group, position: position, network: Self.network, phase: .discriminatorBlocks,
      names: recipe.discriminator.table.entries.map(\.name))
  }

  private static let network = "the discriminator"

  /// What the sums over the ranks have cost so far.
  var reductionStatistics: ReductionStatistics { sum.statistics }

  /// - Parameter flags: this rank's requests, which ride along; see `StepReport.flags`.
  func run(_ state: TrainingState, flags: () -> [Int]) throws -> StepReport {
    let step = state.step
    let (inputs, objective) = (inputs, objective)
    let (weights, generatorWeights) = (state.discriminator.weights, state.generator.weights)
    let locality = recipe.localityWindows(step: step)
    position.enter(.discriminatorMeans, step: step)
    let kept = try keptPasses()
    let drift = try driftMeans(state, kept)

    let label = ReductionLabel(step: step, phase: "D gradient")
    let start = monotonicSeconds()
    position.enter(.discriminatorBlocks)
    let audit = audits.audit(update: step)
    let audited = auditor.digests(audit)
    @Sendable func compute(
      _ inputs: any StepInputs, _ block: Int, _ deliver: (Int, Tensor) throws -> Void
    ) throws -> DiscriminatorBlockValues {
      let blockInputs = try inputs.discriminatorInputs(step: step, block: block)
      let real =
        kept.take(block: block)
        ?? objective.realPass(blockInputs, discriminator: weights)
      return try objective.run(
        blockInputs, real: real, generator: generatorWeights, locality: locality,
        globalMean: drift?[block], deliver: deliver)
    }
    let local = try sum.compute(label, audited: audited) { try compute(inputs, $0, $1) }
    let seconds = monotonicSeconds() - start
    position.enter(.discriminatorValues)
    let exchanged = try group.exchange(local, flags: flags(), tree: tree, phase: "D values")
    position.enter(.discriminatorGradient)
    let gradient = try sum.finish()
    if let leftover = state.leftover { spend(leftover, on: gradient) }
    let norm = try sum.finiteNorm(gradient, Self.network, step) {
      inputs.discriminatorImages(step: step, block: $0)
    }
    let values = try DiscriminatorBlockValues.finiteSum(exchanged.values, Self.network, step) {
      audits.owner(ofBlock: $0)
    }
    if let audit {
      try auditor.check(audit, step: step, own: audited) { block, deliver in
        _ = try compute(inputs.ofAllBlocks, block, deliver)
      }
    }
    position.enter(.discriminatorUpdate)
    let settings = recipe.configuration.optimizer.discriminator
    state.discriminator.step(
      recipe.adam(settings, step: step), gradient: gradient, norm: norm,
      clipNorm: settings.clipNorm, update: step + 1)
    var report = report(values, step, norm, flags: exchanged.flags)
    report.discriminatorComputeSeconds = seconds
    return report
  }

  private func keptPasses() throws -> KeptRealPasses {
    let own = try tree.blocks(ofRank: group.rank, ranks: group.size)
    let images = recipe.discriminatorCut.samples(ofBlock: own.lowerBound).count
    return KeptRealPasses(
      blocks: own, bytesPerBlock: recipe.discriminator.recordBytes(images: images))
  }

  /// For each block, the mean of D(real) that its drift term squares; nil without the term.
  ///
  /// The mean over the global batch must be known before any gradient, so the passes over the real images
  /// come first.  The published code squares each rank's own mean: here a block's.
  private func driftMeans(_ state: TrainingState, _ kept: KeptRealPasses) throws -> [Float]? {
    guard objective.loss.hasDrift, objective.drift != 0 else { return nil }
    let step = state.step
    let (inputs, objective, weights) = (inputs, objective, state.discriminator.weights)
    let (own, position) = (try tree.blocks(ofRank: group.rank, ranks: group.size), position)
    let local = try lanes.map(own) { block in
      position.beat()
      let blockInputs = try inputs.discriminatorInputs(step: step, block: block)
      let pass = objective.realPass(blockInputs, discriminator: weights)
      kept.keep(pass, block: block)
      return [pass.scaledSum]
    }
    let all = try group.allGatherBlockValues(local, tree: tree, phase: "D mean")
    switch recipe.configuration.fidelity {
    case .paper:
      return Array(repeating: TreeSum.sum(all.map { $0[0] }), count: tree.blocks)
    case .published:
      let batch = Float(objective.batch)
      return all.enumerated().map { block, sum in
        sum[0] * batch / Float(recipe.discriminatorCut.samples(ofBlock: block).count)
      }
    }
  }

  /// Adds what the last generator step left behind, once.
  private func spend(_ leftover: FlatBuffer, on gradient: UnsafeMutableBufferPointer<Float>) {
    guard let source = leftover.elements.baseAddress,
      let target = gradient.baseAddress
    else { return }
    mapVectors(target, source, into: target, count: leftover.count) { $0 + $1 }
    leftover.elements.update(repeating: 0)
  }

  private func report(
    _ values: DiscriminatorBlockValues, _ step: Int, _ norm: Double, flags: [Int]
  ) -> StepReport {
    let drift = objective.loss.hasDrift ? objective.drift * values.realLogit * values.realLogit : 0
    let hasPenalty = objective.penalty != nil
    return StepReport(
      step: step, discriminatorLoss: values.loss + drift,
      penalty: hasPenalty ? values.penalty : nil, realLogit: values.realLogit,
      fakeLogit: values.fakeLogit, inputGradientNorm: hasPenalty ? values.gradientNorm : nil,
      discriminatorGradientNorm: norm, generator: nil, flags: flags)
  }
}
