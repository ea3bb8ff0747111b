// The transport over MPI.
// Not here: MPI's life (see Communicator) and collectives of the library (see FastReducer.swift).
import Foundation
import MPI

/// Messages over `MPI_Isend`, `MPI_Irecv` and `MPI_Test`.
public final class MPITransport: Transport {
  public let communicator: Communicator

  public init(_ communicator: Communicator) { self.communicator = communicator }

  public var rank: Int { communicator.rank }
  public var size: Int { communicator.size }
  public var now: Double { monotonicSeconds() }

  public func makeTransfer() -> any Transfer { MPITransfer(communicator) }

  public func pause(rounds: Int) { yieldOrSleep(rounds: rounds) }
}

/// Keeps a pending operation, and gives it up if the run ends in the middle of it.
private final class MPITransfer: Transfer {
  private let communicator: Communicator
  private var pending: PendingOperation?

  init(_ communicator: Communicator) { self.communicator = communicator }

  deinit { pending.take()?.abandon() }

  func send(_ buffer: MessageBuffer, count: Int, to target: Int, tag: Int) throws {
    precondition(pending == nil, "a transfer is used twice at a time")
    pending = try communicator.send(buffer, count: count, to: target, tag: tag)
  }

  func receive(into buffer: MessageBuffer, from source: Int, tag: Int) throws {
    precondition(pending == nil, "a transfer is used twice at a time")
    pending = try communicator.receive(into: buffer, from: source, tag: tag)
  }

  func test() throws -> Int? {
    guard let count = try pending?.test() else { return nil }
    pending = nil
    return count
  }
}

/// Seconds of a clock that never jumps.
func monotonicSeconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}

/// Yields the core for the first rounds, because a peer on the same core may be what is waited for,
/// then sleeps for up to half a millisecond, because a peer on another machine is.
private func yieldOrSleep(rounds: Int) {
  if rounds < 200 {
    sched_yield()
  } else {
    usleep(min(UInt32(rounds - 199), 10) * 50)
  }
}
