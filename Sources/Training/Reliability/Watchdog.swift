// Ends a rank that is stuck in its own computing or its own input and output: peers would only see its
// silence, and a single process has no peers.
//
// The thread touches nothing that the stuck thread may hold: it reads atomics, writes one line with
// write(2) and ends the process.  mpirun then ends the others.

import Diagnostics
import Foundation
import Reporting

final class Watchdog: Sendable {
  /// Later than the peers, whose message says the same with the others' state.
  static let graceSeconds = 2.0
  private static let tick = 0.25

  private let rank: Int
  private let position: RunPosition
  private let limit: StallLimit

  init(rank: Int, position: RunPosition, limit: StallLimit) {
    self.rank = rank
    self.position = position
    self.limit = limit
    Thread.detachNewThread { [self] in watch() }
  }

  /// Counts its own ticks, which come late on a busy host, but none for longer than a second: the clock runs on
  /// while the whole job is suspended.
  private func watch() {
    var lastSigns = position.lifeSigns
    var lastLook = monotonicSeconds()
    var silence = 0.0
    while true {
      usleep(UInt32(Self.tick * 1e6))
      let (signs, now) = (position.lifeSigns, monotonicSeconds())
      silence = signs == lastSigns ? silence + min(now - lastLook, 1) : 0
      (lastSigns, lastLook) = (signs, now)
      if silence >= limit.seconds * position.phase.patience + Self.graceSeconds {
        endProcess(silence)
      }
    }
  }

  private func endProcess(_ silence: Double) -> Never {
    let sentence =
      "transgan-dist: rank \(rank) has been stuck in phase \(position.phase) of step "
      + "\(position.step) for \(Int(silence)) s (host \(ownHostName()), process \(getpid())): look "
      + "at the host's disks and load, then start the run again from its last checkpoint\n"
    let bytes = Array(sentence.utf8)
    // Standard error may be a pipe that nobody reads; ending matters more than saying.
    var ready = pollfd(fd: STDERR_FILENO, events: Int16(POLLOUT), revents: 0)
    if poll(&ready, 1, 1000) == 1 { _ = Glibc.write(STDERR_FILENO, bytes, bytes.count) }
    _exit(ExitCode.peerLost.rawValue)
  }
}
