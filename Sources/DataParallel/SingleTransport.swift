// The transport of a process that was started alone: no peer, no MPI.

/// A group of one.
public final class SingleTransport: Transport {
  public init() {}

  public var rank: Int { 0 }
  public var size: Int { 1 }
  public var now: Double { monotonicSeconds() }

  public func makeTransfer() -> any Transfer { preconditionFailure("a process alone has no peer") }

  public func pause(rounds: Int) { preconditionFailure("a process alone has nothing to wait for") }
}
