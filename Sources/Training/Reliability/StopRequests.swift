// Who asks a rank to stop: signals on any rank; a file and the clock on rank 0.
// Not here: how the ranks agree; a request rides in the step's exchange.

import Foundation
import Reporting

/// What a rank asks for, looked at once a step.
struct StopRequests {
  /// The signal that came, if one did.
  let notice: @Sendable () -> StopReason?
  /// Rank 0's: the file STOP of the run directory.
  var stopFile: String?
  /// Rank 0's: when the run must have ended.
  var limits: [TimeLimit] = []

  /// The request of this rank; 0 for none.
  ///
  /// - Parameter needed: seconds that the run still needs to end in order.
  func current(needed: Double) -> Int {
    if let notice = notice() { return notice.rawValue }
    if let stopFile, access(stopFile, F_OK) == 0 { return StopReason.stopFile.rawValue }
    let due = limits.first { $0.secondsLeft < needed }
    return due?.reason.rawValue ?? 0
  }
}

/// A moment at which the run must have ended.
struct TimeLimit: Sendable {
  let reason: StopReason
  /// On the clock of `monotonicSeconds`, which no correction of the time of day moves.
  private let end: Double

  init(_ reason: StopReason, secondsFromNow: Double) {
    self.reason = reason
    end = monotonicSeconds() + secondsFromNow
  }

  var secondsLeft: Double { end - monotonicSeconds() }

  /// The end of the job as Slurm tells it (`SLURM_JOB_END_TIME`, seconds since 1970), if it does.
  static func batchSystem(
    environment: [String: String], secondsSince1970: Double
  ) -> TimeLimit? {
    guard let end = environment["SLURM_JOB_END_TIME"].flatMap({ Double($0) }) else { return nil }
    return TimeLimit(.batchEnd, secondsFromNow: end - secondsSince1970)
  }
}
