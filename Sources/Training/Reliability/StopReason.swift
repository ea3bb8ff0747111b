// Why a run that is not finished stops, as it travels between ranks and as a person reads it.
// Not here: who finds out; see `StopRequests`.

import Diagnostics

/// A reason to stop after the step under way, with a checkpoint.
///
/// The raw value rides in a step's exchange: the largest that a rank gives is everybody's.
public enum StopReason: Int, Sendable, CaseIterable, CustomStringConvertible {
  case userSignal1 = 1
  case userSignal2, terminationSignal, stopFile, timeLimit, batchEnd

  public var description: String {
    switch self {
    case .userSignal1: "the signal SIGUSR1 came"
    case .userSignal2: "the signal SIGUSR2 came"
    case .terminationSignal: "the signal SIGTERM came"
    case .stopFile: "the file STOP is in the run directory"
    case .timeLimit: "the time of --max-time is nearly over"
    case .batchEnd: "the time that the batch system gave the job is nearly over"
    }
  }
}

/// The end of a run that was asked to stop: nothing is lost.
public struct StoppedOnNotice: DiagnosableError {
  public let reason: StopReason
  /// Steps done.
  public let step: Int
  public let totalSteps: Int
  /// The checkpoint that holds them.
  public let checkpoint: String

  public var exitCode: ExitCode { .stopped }
  public var description: String {
    "stopped after step \(step) of \(totalSteps), because \(reason); the checkpoint "
      + "\(printable(checkpoint)) is durable: start the same command again to go on"
  }
}
