// One training step after another: only the phases' names and their order.
// Not here: files, logs, pictures, checkpoints; see `TrainingRun`.

import DataParallel
import Reporting
import Tensors
import TransGAN

/// Takes synchronised training steps on a process group.
public final class Trainer {
  public let recipe: Recipe
  public let state: TrainingState
  public let group: ProcessGroup
  private let discriminatorPhase: DiscriminatorPhase
  private let generatorPhase: GeneratorPhase

  /// - Parameter position: is told of every phase.
  /// - Throws: `DataParallelError.moreRanksThanBlocks`.
  public init(
    recipe: Recipe, state: TrainingState, group: ProcessGroup, inputs: any StepInputs,
    position: RunPosition = RunPosition()
  ) throws {
    self.recipe = recipe
    self.state = state
    self.group = group
    let tree = BlockTree(blocks: recipe.configuration.batch.blocks)
    let cover = tree.cover(try tree.blocks(ofRank: group.rank, ranks: group.size))
    let lanes = Lanes(count: recipe.configuration.threads)
    let buffers = GradientBuffers(
      cover: cover, count: max(recipe.summedGeneratorCount, recipe.discriminator.table.count),
      resultCount: recipe.generator.table.count)
    discriminatorPhase = try DiscriminatorPhase(
      recipe: recipe, group: group, tree: tree, lanes: lanes, inputs: inputs, buffers: buffers,
      position: position)
    generatorPhase = try GeneratorPhase(
      recipe: recipe, group: group, tree: tree, lanes: lanes, inputs: inputs, buffers: buffers,
      leftoverBuffers: state.leftover.map { GradientBuffers(cover: cover, count: $0.count) },
      position: position)
  }

  /// What the sums of either network's gradient over the ranks have cost so far.
  var reductionStatistics: (discriminator: ReductionStatistics, generator: ReductionStatistics) {
    (discriminatorPhase.reductionStatistics, generatorPhase.reductionStatistics)
  }

  /// Discriminator step `state.step`, and the generator step that follows it where it is due.
  ///
  /// - Parameter flags: this rank's requests, asked for as late as they can still ride along; see
  ///   `StepReport.flags`.
  public func step(flags: @autoclosure () -> [Int] = []) throws -> StepReport {
    let start = monotonicSeconds()
    var report = try discriminatorPhase.run(state, flags: flags)
    let middle = monotonicSeconds()
    report.discriminatorSeconds = middle - start
    if recipe.updatesGenerator(step: state.step) {
      var part = try generatorPhase.run(state)
      part.seconds = monotonicSeconds() - middle
      report.generator = part
    }
    state.step += 1
    return report
  }
}
