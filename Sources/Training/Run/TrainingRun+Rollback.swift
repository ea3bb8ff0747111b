// What a run does when a value is not finite: it ends, or it goes back to its newest checkpoint and on from there
// with other data.
//
// All ranks get here at the same step, since they look at the same sums, and no message is under way.  Other
// data means that everything a step draws (which images, z, augmentation) has another key: a function of
// the seed and of how often the run went back (`DrawnInputs`).  That number is part of the state.  It is made durable
// before the first step in the new order, so a run that is interrupted afterwards goes on with the same bits,
// on any number of ranks.
// Not here: how such a value is found (`GradientSum.finiteNorm`).

import DataParallel
import Logging

extension TrainingRun {
  /// Goes back where the configuration says so, the same on all ranks.
  ///
  /// - Throws: `error` where it is not about a finite value or the policy is to stop, and
  ///   `TrainingError.rollbackLimit` (79) where the run went back too often.
  func answer(_ error: TrainingError) throws {
    guard configuration.onNonFinite == .rollback, error.exitCode == .nonFinite else { throw error }
    guard state.rollbacks < configuration.rollbackLimit else {
      throw TrainingError.rollbackLimit(state.rollbacks, error)
    }
    monitor.position.enter(.rollback)
    _ = try group.decideAtRoot {
      try goBackAtRoot(because: error)
      return []
    }
    try state.receiveFromRoot(group)
    try renewTrainer()
    if state.step == 0 { try showFirstSamples() }
  }

  /// Rank 0: the newest good checkpoint, or without one the initial state, which is the checkpoint of step 0
  /// that every seed has; then a checkpoint of it with the number of rollbacks.
  private func goBackAtRoot(because error: TrainingError) throws {
    guard let root else { return }
    let rollbacks = state.rollbacks + 1
    // What is being written is the newest.
    try root.saver.finish()
    let source = try restoreNewest(root)
    state.rollbacks = rollbacks
    try saveAtRoot()
    try root.saver.finish()
    monitor.position.reach(within: "durable")
    root.reporter.logger.warning(
      """
      \(error.cause); the run went back to step \(state.step), \(source), and goes on with another \
      order of the data (rollback \(rollbacks) of at most \(configuration.rollbackLimit))
      """)
  }

  /// - Returns: where the state came from, for the log.
  private func restoreNewest(_ root: Root) throws -> String {
    guard let checkpoint = try root.store.latest() else {
      state.restart(recipe)
      try root.reporter.goBack(toStep: 0, nil)
      return "its beginning"
    }
    try state.restore(checkpoint)
    try root.reporter.goBack(toStep: state.step, checkpoint)
    return checkpoint.path
  }
}
