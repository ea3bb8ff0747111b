// How a command that several ranks run begins and ends, so that an error is said once and all ranks have its
// exit code.
// Not here: errors in the middle of a training (`RunMonitor`).
import DataParallel
import Training

/// Prepares on each rank, starts the group, and runs `body` once all ranks are prepared; ends MPI.
///
/// - Throws: `SharedFailure`, the same on all ranks, when a rank could not prepare; what `body` throws.
func withRanks<Settings>(
  prepare: () throws -> Settings, body: (Settings, ProcessGroup) throws -> Void
) throws {
  let prepared = Result { try prepare() }
  let group = try ProcessGroup.start()
  let outcome = Result {
    try group.verifyLaunch()
    return try prepared.get()
  }
  do {
    switch outcome {
    case .success(let settings):
      try group.agreeOnStart(nil)
      try body(settings, group)
    case .failure(let error):
      try group.agreeOnStart(Program.failure(of: error))
    }
    try group.finalize()
  } catch {
    endAllRanks(group, error)
  }
}
