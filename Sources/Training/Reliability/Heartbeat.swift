// A small file for each rank that says once a second where it is, so that another rank, or a person, can
// tell what a silent one does.
// Not here: what follows from it; see `StalledRanks`.

import Foundation
import Reporting
import Synchronization

/// What `heartbeat/rank-N.json` says.
struct HeartbeatRecord: Codable, Equatable {
  var rank: Int
  var host: String
  var process: Int32
  var step: Int
  var phase: String
  /// Seconds that the rank has been in the phase without a sign of life.
  var seconds: Double
  /// Seconds since 1970.
  var time: Double

  static func path(folder: String, rank: Int) -> String { "\(folder)/rank-\(rank).json" }

  /// The last record of a rank; nil where there is none that can be read.
  init?(folder: String, rank: Int) {
    guard let data = FileManager.default.contents(atPath: Self.path(folder: folder, rank: rank)),
      let record = try? JSONDecoder().decode(HeartbeatRecord.self, from: data.prefix(4096))
    else { return nil }
    self = record
  }

  init(rank: Int, host: String, position: RunPosition, seconds: Double) {
    self.rank = rank
    self.host = host
    process = getpid()
    step = position.step
    phase = position.phase.description
    self.seconds = seconds
    time = secondsSince1970()
  }
}

/// Writes a rank's record from a thread of its own, whatever the rank's other threads do.
final class Heartbeat: Sendable {
  private let folder: String
  private let rank: Int
  private let position: RunPosition
  private let isEnded = Atomic(false)

  /// Begins to write into an existing folder.
  init(folder: String, rank: Int, position: RunPosition) {
    self.folder = folder
    self.rank = rank
    self.position = position
    Thread.detachNewThread { [self] in beat() }
  }

  func end() { isEnded.store(true, ordering: .relaxed) }

  private func beat() {
    let host = ownHostName()
    var lastSigns = position.lifeSigns
    var lastChange = monotonicSeconds()
    while !isEnded.load(ordering: .relaxed) {
      if position.lifeSigns != lastSigns {
        lastSigns = position.lifeSigns
        lastChange = monotonicSeconds()
      }
      let record = HeartbeatRecord(
        rank: rank, host: host, position: position, seconds: monotonicSeconds() - lastChange)
      write(record)
      sleep(1)
    }
  }

  /// Best effort: a heartbeat that cannot be written must not stop a run.
  private func write(_ record: HeartbeatRecord) {
    guard let data = try? JSONEncoder().encode(record) else { return }
    let path = HeartbeatRecord.path(folder: folder, rank: rank)
    let temporary = path + ".tmp"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { return }
    let bytes = Array(data) + [UInt8(ascii: "\n")]
    let isWhole = Glibc.write(descriptor, bytes, bytes.count) == bytes.count
    close(descriptor)
    if isWhole { rename(temporary, path) } else { unlink(temporary) }
  }
}
