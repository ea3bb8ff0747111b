// The ranks of a run as the rest of the program sees them, and the loop in which everything waits.
// Not here: the collectives (see ProcessGroup+Collectives.swift) and the sum of gradients.
import Diagnostics
import Foundation
import MPI

/// The ranks that train together: this rank, their number, and small collectives.
///
/// Belongs to the thread that made it.  All ranks call the same operations in the same order; one that
/// does not is an error on the others, with the place and the rank.  After an error in the middle of an
/// operation (`stalledPeer`, `unexpectedMessage`, `damagedMessage`, `MPIError`, whatever `onIdle` threw)
/// messages are still under way, and the only thing left to do is `abort`.
public final class ProcessGroup {
  public let transport: any Transport
  /// How long a rank may be silent, while this one waits, before it counts as lost, in seconds: more
  /// than ranks differ in the time that they compute or read.
  public var deadlineSeconds = 60.0
  /// Called again and again while waiting: looks at signals, beats for a watchdog.  What it throws
  /// ends the wait.
  public var onIdle: (() throws -> Void)?
  /// The identity of the run, in every message; agreed on at the start (see `agreeOnRun`).
  public internal(set) var run: UInt64 = 0
  /// The control operations so far, the step number of their messages.
  var operations = 0
  /// Sums of gradients that have begun and not finished: while there is one, an error leaves messages
  /// under way even where all ranks have it, and the ranks cannot end MPI in order.
  public internal(set) var reductionsUnderWay = 0
  let control: ControlChannel?

  public var rank: Int { transport.rank }
  public var size: Int { transport.size }
  /// Whether this rank is the one that prints, logs and writes.
  public var isRoot: Bool { rank == 0 }

  public init(_ transport: any Transport) {
    self.transport = transport
    control = transport.size > 1 ? ControlChannel(transport) : nil
  }

  /// The group that the launcher's environment variables describe: over MPI when a launcher started
  /// this process, else alone and without MPI.
  ///
  /// Throws `MPIError`, as when N processes that cannot see each other were started.
  public static func start(
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws -> ProcessGroup {
    let launch = try Launch(environment: environment)
    guard launch.isLaunched else { return ProcessGroup(SingleTransport()) }
    return ProcessGroup(MPITransport(try Communicator.start(launch)))
  }

  /// Whether this rank's launcher announced as many processes as there are: a rank that differs in that from
  /// its peers can tell them, and does not leave them waiting.
  ///
  /// Throws `MPIError.launch`.
  public func verifyLaunch(
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws {
    try Launch(environment: environment).verify(size: size)
  }

  /// Ends MPI where it was started; all ranks call it last.
  public func finalize() throws {
    try (transport as? MPITransport)?.communicator.finalize()
  }

  /// Ends all ranks at once with an error's exit code; the caller has said why.
  public func abort(_ code: ExitCode) -> Never {
    if let transport = transport as? MPITransport {
      transport.communicator.abort(code: code.rawValue)
    }
    exit(code.rawValue)
  }

  /// What one look at the transfers of a waiting operation found.
  enum Look {
    case done
    case moved
    /// Nothing happened.
    case idle
  }

  /// Looks until the look says done: gives way to others, calls `onIdle`, and after
  /// `deadlineSeconds` without any movement throws `DataParallelError.stalledPeer` with the ranks and
  /// the bucket that `waitingFor` names.
  func wait(
    _ label: ReductionLabel, waitingFor: () -> (ranks: [Int], bucket: Int),
    until look: () throws -> Look
  ) throws {
    var rounds = 0
    var lastMove = transport.now
    while true {
      switch try look() {
      case .done: return
      case .moved:
        rounds = 0
        lastMove = transport.now
      case .idle:
        try onIdle?()
        let silence = transport.now - lastMove
        guard silence < deadlineSeconds else {
          let due = waitingFor()
          throw DataParallelError.stalledPeer(
            rank: rank, waitingFor: due.ranks, label: label, bucket: due.bucket, seconds: silence)
        }
        transport.pause(rounds: rounds)
        rounds += 1
      }
    }
  }
}
