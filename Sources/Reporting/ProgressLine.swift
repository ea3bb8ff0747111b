// The progress of a run for the person who watches it: one rewritten line on a terminal, a line of the
// log every so often elsewhere.
// Not here: the numbers (`ProgressSnapshot`) and their layout (`ProgressText`).
import Glibc
import Logging
import Synchronization

/// Shows how far a run is.  Call `update` as often as convenient; it draws at most ten times a second
/// on a terminal, and elsewhere logs a line every `plainEverySeconds`.
public final class ProgressLine: Sendable {
  private struct State {
    var lastDrawn: Double?
    var pending: ProgressSnapshot?
  }

  /// The time between two drawings on a terminal, in seconds.
  static let redrawSeconds = 0.1

  private let console: Console
  private let logger: Logger
  private let plainEverySeconds: Double
  private let clock: @Sendable () -> Double
  private let state = Mutex(State())

  /// - Parameters:
  ///   - logger: takes the lines where there is no terminal, as `info`.
  ///   - plainEverySeconds: the time between two lines where there is no terminal.
  ///   - clock: seconds of a clock that never goes back.
  public init(
    console: Console, logger: Logger, plainEverySeconds: Double = 60,
    clock: @escaping @Sendable () -> Double = monotonicSeconds
  ) {
    self.console = console
    self.logger = logger
    self.plainEverySeconds = plainEverySeconds
    self.clock = clock
  }

  /// Shows `snapshot`, unless the last drawing was a moment ago.
  public func update(_ snapshot: ProgressSnapshot) {
    let now = clock()
    let pause = console.terminal == nil ? plainEverySeconds : Self.redrawSeconds
    state.withLock { state in
      if let last = state.lastDrawn, now - last < pause {
        state.pending = snapshot
        return
      }
      state.lastDrawn = now
      state.pending = nil
      draw(snapshot)
    }
  }

  /// Shows the last snapshot if it was held back, and leaves the line for good; `update` may start
  /// another.
  public func finish() {
    state.withLock { state in
      if let pending = state.pending { draw(pending) }
      state = State()
      console.endStatus()
    }
  }

  private func draw(_ snapshot: ProgressSnapshot) {
    guard let terminal = console.terminal else {
      let text = ProgressText(snapshot: snapshot, colour: false, unicode: false)
      logger.info("\(text.plainLine())")
      return
    }
    let text = ProgressText(
      snapshot: snapshot, colour: terminal.colour, unicode: terminal.unicode)
    console.drawStatus(text.line(columns: terminal.columns))
  }
}

/// Seconds of the monotonic clock.
@Sendable public func monotonicSeconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}
