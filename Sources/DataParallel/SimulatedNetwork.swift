// The messages under way in a simulated cluster, its clock and its choices.
// Not here: threads (see SimulatedCluster.swift).
import MPI

/// Something that happens to one message: the `message`-th (from 0) that `source` sends to `target`.
public struct SimulatedFault: Sendable {
  public enum Kind: Sendable, Equatable {
    /// One bit flips on the way, counted round the end of a shorter message.
    case flipBit(Int)
    /// Only the first bytes arrive.
    case cut(toBytes: Int)
    /// The message arrives twice.
    case duplicate
    /// The message arrives after the next one of the same tag.
    case swapWithNext
    /// The message never arrives.
    case drop
  }

  public let kind: Kind
  public let source: Int
  public let target: Int
  public let message: Int

  public init(_ kind: Kind, source: Int, target: Int, message: Int) {
    self.kind = kind
    self.source = source
    self.target = target
    self.message = message
  }
}

/// What is under way, between ranks that take turns.
struct SimulatedNetwork {
  /// Messages of one path arrive in the order of sending.
  struct Path: Hashable {
    let source: Int
    let target: Int
    let tag: Int
  }

  private struct Message {
    let number: Int
    let content: Content
    var arrival = 0.0
  }

  /// A small message is copied at once; a large one is read from the sender's buffer on arrival, which
  /// shows a sender that writes too early.
  private enum Content {
    case copied([UInt8])
    case inPlace(MessageBuffer, count: Int)
  }

  /// The simulated seconds of a turn.
  private static let turnSeconds = 0.001
  /// The longest way of a message, in turns.
  private static let longestTravel: UInt32 = 20

  private(set) var time = 0.0
  private let size: Int
  private let choose: @Sendable (Int) -> UInt32
  private let faults: [SimulatedFault]
  private var choices = 0
  private var running: [Int]
  private var underWay: [Path: [Message]] = [:]
  private var lastArrival: [Path: Double] = [:]
  private var heldBack: [Path: Message] = [:]
  private var sentBetween: [Path: Int] = [:]
  private var numbers = 0
  private var unread: Set<Int> = []

  init(size: Int, faults: [SimulatedFault], choose: @escaping @Sendable (Int) -> UInt32) {
    self.size = size
    self.faults = faults
    self.choose = choose
    running = Array(0..<size)
  }

  private mutating func choice(below bound: UInt32) -> UInt32 {
    defer { choices += 1 }
    return choose(choices) % bound
  }

  // MARK: Turns

  /// The rank that runs next; nil when all have ended.
  mutating func nextRank() -> Int? {
    running.isEmpty ? nil : running[Int(choice(below: UInt32(running.count)))]
  }

  mutating func endTurn() -> Int? {
    time += Self.turnSeconds
    return nextRank()
  }

  mutating func end(rank: Int) -> Int? {
    running.removeAll { $0 == rank }
    return endTurn()
  }

  // MARK: Messages

  /// Sends a message; its number.
  mutating func send(_ buffer: MessageBuffer, count: Int, _ path: Path) -> Int {
    numbers += 1
    let number = numbers
    let between = Path(source: path.source, target: path.target, tag: 0)
    let position = sentBetween[between, default: 0]
    sentBetween[between] = position + 1
    let fault = faults.first {
      $0.source == path.source && $0.target == path.target && $0.message == position
    }
    let copy = { Array(buffer.bytes[..<count]) }
    let held = heldBack.removeValue(forKey: path)
    switch fault?.kind {
    case nil where choice(below: 2) == 0:
      unread.insert(number)
      enqueue(Message(number: number, content: .inPlace(buffer, count: count)), path)
    case nil:
      enqueue(Message(number: number, content: .copied(copy())), path)
    case .flipBit(let bit):
      var bytes = copy()
      bytes[bit / 8 % count] ^= 1 << UInt8(bit % 8)
      enqueue(Message(number: number, content: .copied(bytes)), path)
    case .cut(let bytes):
      enqueue(Message(number: number, content: .copied(Array(copy().prefix(bytes)))), path)
    case .duplicate:
      let message = Message(number: number, content: .copied(copy()))
      enqueue(message, path)
      enqueue(message, path)
    case .swapWithNext:
      heldBack[path] = Message(number: number, content: .copied(copy()))
    case .drop: break
    }
    if let held { enqueue(held, path) }
    return number
  }

  private mutating func enqueue(_ message: Message, _ path: Path) {
    var message = message
    let travel = Double(choice(below: Self.longestTravel)) * Self.turnSeconds
    message.arrival = max(time + travel, lastArrival[path, default: 0])
    lastArrival[path] = message.arrival
    underWay[path, default: []].append(message)
  }

  /// Whether the sender's buffer is free again.
  func isSent(_ number: Int) -> Bool { !unread.contains(number) }

  /// The bytes of the next message of `path` that has arrived, written to `buffer`; nil if none has.
  mutating func receive(_ path: Path, into buffer: MessageBuffer) throws(MPIError) -> Int? {
    guard let message = underWay[path]?.first, message.arrival <= time else { return nil }
    underWay[path]?.removeFirst()
    unread.remove(message.number)
    switch message.content {
    case .copied(let bytes):
      guard bytes.count <= buffer.capacity else { throw .truncated(buffer.capacity, bytes.count) }
      buffer.bytes.copyBytes(from: bytes)
      return bytes.count
    case .inPlace(let source, let count):
      guard count <= buffer.capacity else { throw .truncated(buffer.capacity, count) }
      buffer.bytes.copyMemory(from: UnsafeRawBufferPointer(rebasing: source.bytes[..<count]))
      return count
    }
  }
}
