// Messages between ranks as the collectives see them: MPI, one process alone, or a simulated cluster.
// Not here: what a message holds (see MessageHeader.swift) and who waits how long (see ProcessGroup.swift).
import MPI

/// The ranks of a group and the means to send bytes between them.
///
/// Messages of one tag between two ranks arrive in the order in which they were sent; nothing is
/// promised about others.  A transport belongs to one thread.
public protocol Transport: AnyObject {
  var rank: Int { get }
  var size: Int { get }
  /// Seconds since some moment.
  var now: Double { get }
  /// A place for one message at a time, made once and used again and again.
  func makeTransfer() -> any Transfer
  /// Lets others run; `rounds` counts the calls since something happened.
  func pause(rounds: Int)
}

/// One message under way; nothing is under way after `test` gave a number.
public protocol Transfer: AnyObject {
  /// Starts to send the first `count` bytes of `buffer`, which stay as they are until the end.
  func send(_ buffer: MessageBuffer, count: Int, to target: Int, tag: Int) throws
  /// Starts to receive a message of at most `buffer.capacity` bytes.
  func receive(into buffer: MessageBuffer, from source: Int, tag: Int) throws
  /// The bytes received (0 for a send) when the message is complete, nil while it is under way.
  func test() throws -> Int?
}
