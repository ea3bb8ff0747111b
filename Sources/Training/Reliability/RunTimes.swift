// How long steps and checkpoints take: what limits are measured by.

import Synchronization

/// The last step times of a rank, and the time of its slowest checkpoint.
final class RunTimes: Sendable {
  private struct State {
    var steps: [Double] = []
    var longestSave: Double?
  }

  private static let kept = 64
  private let state = Mutex(State())
  /// What a checkpoint may take before one was measured: its bytes at the pace of a slow disk.
  private let assumedSave: Double

  init(checkpointBytes: Int) { assumedSave = Double(checkpointBytes) / 50e6 }

  func recordStep(_ seconds: Double) {
    state.withLock { state in
      state.steps.append(seconds)
      if state.steps.count > Self.kept { state.steps.removeFirst() }
    }
  }

  func recordSave(_ seconds: Double) {
    state.withLock { $0.longestSave = max($0.longestSave ?? 0, seconds) }
  }

  /// The median of the last steps; nil before the first.
  var medianStep: Double? {
    state.withLock { $0.steps.isEmpty ? nil : $0.steps.sorted()[$0.steps.count / 2] }
  }

  /// What the run needs to end in order: two of the longest steps (one that just begins, and one more
  /// because the next question comes after it), two checkpoints (one may be under way), and the
  /// start-up of the launcher's own end.
  var neededToEnd: Double {
    state.withLock { 2 * ($0.steps.max() ?? 0) + 2 * ($0.longestSave ?? assumedSave) + 3 }
  }
}
