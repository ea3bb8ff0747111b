// What is known of ranks that do not answer: their own last heartbeats.

import DataParallel
import Diagnostics
import Foundation
import Reporting

/// A peer that was silent for too long, with what its heartbeat says.
struct StalledRanks: DiagnosableError {
  let description: String
  var exitCode: ExitCode { .peerLost }

  /// - Parameter heartbeats: the folder of the records; nil where none are written yet.
  init?(_ error: any Error, step: Int, phase: RunPhase, heartbeats: String?) {
    guard
      case .stalledPeer(_, let silent, _, let bucket, let seconds) = error
        as? DataParallelError
    else { return nil }
    let states = silent.map { Self.state(ofRank: $0, heartbeats: heartbeats) }
    description =
      "waiting in phase \(phase) of step \(step), it heard nothing for "
      + "\(Int(seconds.rounded())) s (bucket \(bucket)) from "
      + states.joined(separator: ", and from ")
      + ": look at that host, then start the run again from its last checkpoint"
  }

  private static func state(ofRank rank: Int, heartbeats: String?) -> String {
    guard let heartbeats, let record = HeartbeatRecord(folder: heartbeats, rank: rank) else {
      return "rank \(rank), which left no heartbeat"
    }
    let age = Int(max(secondsSince1970() - record.time, 0).rounded())
    let state =
      age > 5
      ? "its last heartbeat is \(age) s old: the process is stopped, or its host is gone"
      : "where it has been for \(Int(record.seconds.rounded())) s"
    return "rank \(rank) (host \(printable(record.host)), process \(record.process)) in phase "
      + "\(printable(record.phase)) of step \(record.step), \(state)"
  }
}
