// Writing checkpoints while training goes on.

import Dispatch
import Reporting
import Synchronization

/// Saves one checkpoint at a time on a thread of its own.
final class BackgroundSaver: Sendable {
  private let store: CheckpointStore
  private let saved: @Sendable (_ path: String, _ seconds: Double) -> Void
  private let queue = DispatchQueue(label: "checkpoint")
  private let failure = Mutex<(any Error)?>(nil)

  /// - Parameter saved: called on the saving thread when a checkpoint is durable, with what it took.
  init(
    store: CheckpointStore,
    saved: @escaping @Sendable (_ path: String, _ seconds: Double) -> Void
  ) {
    self.store = store
    self.saved = saved
  }

  /// Hands over a snapshot; waits for the one before, so that at most one is held in memory.
  ///
  /// - Throws: what the save before threw.
  func save(_ contents: CheckpointContents) throws {
    try finish()
    queue.async { [self] in
      do {
        let start = monotonicSeconds()
        let result = try store.save(contents)
        saved(result.path, monotonicSeconds() - start)
      } catch {
        failure.withLock { $0 = error }
      }
    }
  }

  /// Waits until nothing is being written.
  ///
  /// - Throws: what the last save threw.
  func finish() throws {
    queue.sync {}
    try rethrow()
  }

  /// Throws what a save threw, without waiting.
  func rethrow() throws {
    let error = failure.withLock { failure in
      defer { failure = nil }
      return failure
    }
    if let error { throw error }
  }
}
