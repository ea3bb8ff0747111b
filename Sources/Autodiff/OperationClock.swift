// Which operations the time of a computation goes to.
//
// Operations come one after another on a thread, and each passes `Variable.recording` when its value is
// there, recorded or not; so the time since the last such moment is its own.  What a reverse pass does beside
// its pullbacks' operations is booked for the operation whose pullback it is.
// Not here: names that are alike put together; a benchmark does that.

import Foundation
import Synchronization

/// Adds up processor time by operation, of the thread that runs `measure`.
public final class OperationClock: Sendable {
  private struct State {
    var seconds: [String: Double] = [:]
    var last = 0.0
  }

  /// The clock of the running `measure`; without one nothing is looked at.
  @TaskLocal private static var current: OperationClock?

  private let state = Mutex(State())

  public init() {}

  /// Seconds of processor time by the operation's name.
  public var seconds: [String: Double] { state.withLock { $0.seconds } }

  /// Runs `body` and books its operations.
  public func measure<Result>(_ body: () throws -> Result) rethrows -> Result {
    state.withLock { $0.last = Self.threadSeconds() }
    return try Self.$current.withValue(self, operation: body)
  }

  /// Books the time since the last booking for `operation`, where a clock runs.
  @inline(__always)
  public static func book(_ operation: StaticString) {
    if let current { current.book(operation) }
  }

  /// Leaves out the time since the last booking, where a clock runs.
  public static func skip() {
    if let current { current.state.withLock { $0.last = threadSeconds() } }
  }

  private func book(_ operation: StaticString) {
    state.withLock { state in
      let now = Self.threadSeconds()
      state.seconds["\(operation)", default: 0] += now - state.last
      state.last = Self.threadSeconds()
    }
  }

  /// Processor time of this thread: what other programs take does not count.
  package static func threadSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}
