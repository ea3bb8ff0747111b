// What watches over a rank of a run from its start to its end.
// Not here: training, and how ranks end together (`EndAllRanks`).

import DataParallel
import Diagnostics
import Foundation
import Reporting

/// A rank's position, its heartbeat, its watchdog, and the record of its failure.
///
/// Belongs to the thread that trains.
public final class RunMonitor {
  public let position: RunPosition
  let options: RunOptions
  let stallLimit: StallLimit
  /// Begun with the process, so that `maximumSeconds` includes the start-up.
  let limits: [TimeLimit]
  private let group: ProcessGroup
  private let watchdog: Watchdog
  /// Called before all ranks end in order: a checkpoint under way becomes durable.
  var beforeEnd: (() -> Void)?
  private var heartbeat: Heartbeat?
  private var directory: RunDirectory?
  private var lastIdle = 0.0
  private var lastIdlePhase = RunPhase.start
  private var suspended = 0.0

  /// - Throws: `FaultError` (64).
  public init(_ group: ProcessGroup, options: RunOptions) throws {
    self.group = group
    position = RunPosition(
      faults: try FaultInjector(environment: options.environment, rank: group.rank))
    self.options = options
    let own = options.maximumSeconds.map { TimeLimit(.timeLimit, secondsFromNow: $0) }
    let batch = TimeLimit.batchSystem(
      environment: options.environment, secondsSince1970: secondsSince1970())
    limits = [own, batch].compactMap { $0 }
    stallLimit = StallLimit(fixed: options.stallSeconds)
    watchdog = Watchdog(rank: group.rank, position: position, limit: stallLimit)
    group.onIdle = { [unowned self] in try whileWaiting() }
    position.enter(.start)
  }

  /// From now on failures are recorded in the run directory, which belongs to this run.
  func watch(_ directory: RunDirectory) {
    self.directory = directory
    heartbeat = Heartbeat(folder: directory.heartbeats, rank: group.rank, position: position)
  }

  /// Takes the time of a step into account.
  func learn(medianStep: Double?) {
    if let medianStep { stallLimit.learn(medianStep: medianStep) }
    suspended = 0
  }

  /// Called again and again while this rank waits for others.
  private func whileWaiting() throws {
    position.beat()
    position.reach(within: "wait")
    let now = monotonicSeconds()
    // A job that was suspended as a whole comes back with the clock advanced; that was nobody's silence.
    if lastIdle > 0, now - lastIdle > 5, position.phase == lastIdlePhase {
      suspended += now - lastIdle
    }
    group.deadlineSeconds = stallLimit.seconds * position.phase.patience + suspended
    lastIdlePhase = position.phase
    lastIdle = now
    guard options.notice() != nil, let directory else { return }
    // mpirun also sends SIGTERM when another rank has failed; waiting for that one is useless.
    if access(directory.failure, F_OK) == 0 { _exit(recordedCode(directory).rawValue) }
  }

  private func recordedCode(_ directory: RunDirectory) -> ExitCode {
    guard let data = FileManager.default.contents(atPath: directory.failure),
      let record = try? JSONDecoder().decode(FailureRecord.self, from: data)
    else { return .peerLost }
    return ExitCode(rawValue: record.code) ?? .peerLost
  }

  /// The run is over; the watchdog stays until the process has ended.
  public func finish() {
    position.enter(.finalize)
    heartbeat?.end()
  }

  /// Ends all ranks because of an error; see `endAllRanks`.
  public func fail(_ error: any Error) -> Never {
    let (step, phase) = (position.step, position.phase)
    let stalled = StalledRanks(
      error, step: step, phase: phase, heartbeats: directory?.heartbeats)
    if let directory { unlink(directory.ready) }
    endAllRanks(
      group, stalled ?? error,
      record: { [directory, group] failure in
        guard let directory, failure.exitCode != .stopped else { return }
        FailureRecord(
          code: failure.exitCode.rawValue, rank: group.rank, host: ownHostName(),
          step: step, phase: phase.description, sentence: failure.description,
          time: secondsSince1970()
        ).write(to: directory.failure)
      },
      beforeEnd: { [self] in
        beforeEnd?()
        finish()
      })
  }
}
