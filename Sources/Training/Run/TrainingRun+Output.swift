// What follows a step where it is due: samples, a measurement, a checkpoint.
//
// What rank 0 does with a disk, all ranks wait for in a phase that has time for disks: else they would be in the
// next step already, and take rank 0 for stalled.
// Not here: how files are written.

import DataParallel
import Tensors

extension TrainingRun {
  /// Samples and a checkpoint where they are due.
  func afterStep(isLast: Bool, isStopping: Bool) throws {
    let (before, after) = (imagesSeen(step: state.step - 1), imagesSeen(step: state.step))
    let samples = Cadence(everyKimg: configuration.samples.everyKimg)
    if samples.isDue(before: before, after: after) || (isLast && samples.images > 0) {
      try showSamples()
    }
    monitor.position.enter(.evaluation)
    if let measurement = try evaluation.measureIfDue(state, before: before, after: after) {
      root?.reporter.report(measurement, step: state.step - 1)
    }
    let checkpoints = Cadence(everyKimg: configuration.checkpointEveryKimg)
    if checkpoints.isDue(before: before, after: after) || isLast || isStopping {
      try save()
    } else {
      try root?.saver.rethrow()
    }
  }

  /// Hands the state to the writer, unless a checkpoint holds it; never one that the ranks differ in.
  func save() throws {
    monitor.position.enter(.replicas)
    monitor.position.flipBit(in: state, at: .replicas, step: state.step - 1)
    if group.size > 1 {
      try group.compareDigests(ReplicaDigests(state).tensors, step: state.step - 1)
    }
    monitor.position.enter(.checkpoint)
    // All ranks wait while rank 0 waits for the checkpoint before, in a phase that has time for disks.
    _ = try group.decideAtRoot {
      if root?.savedStep != state.step { try saveAtRoot() }
      return []
    }
  }

  /// Rank 0: hands a copy of the state to the writer.
  func saveAtRoot() throws {
    try root?.saver.save(state.snapshot(try checkpointState()))
    root?.savedStep = state.step
  }

  private func checkpointState() throws -> CheckpointState {
    CheckpointState(
      step: state.step, images: imagesSeen(step: state.step), seed: configuration.seed,
      blocks: configuration.batch.blocks, configuration: configuration.yaml(),
      datasetDigest: dataset.digest,
      additional: Checkpoint.additional(rollbacks: state.rollbacks)
        .merging(try root?.reporter.watchState ?? [:]) { own, _ in own })
  }

  /// What untrained weights draw.
  func showFirstSamples() throws {
    if configuration.samples.everyKimg > 0 { try showSamples() }
  }

  private func showSamples() throws {
    monitor.position.enter(.samples)
    let renderer = SampleRenderer(
      generator: recipe.generator, locality: recipe.localityWindows(step: state.step))
    let pictures = try renderer.pictures(gridLatents, weights: state.average, group: group)
    _ = try group.decideAtRoot {
      guard let pictures, let root else { return [] }
      try root.reporter.show(
        pictures, real: root.realGrid, images: imagesSeen(step: state.step), step: state.step)
      return []
    }
  }
}
