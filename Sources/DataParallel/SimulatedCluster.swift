// Several ranks in one process under a scheduler whose choices are given: any order of delivery can be
// tried, and tried again, without MPI and without real time.
// Not here: the messages under way (see SimulatedNetwork.swift).
import Dispatch
import Foundation
import MPI
import Synchronization

/// A cluster of ranks that run one at a time.
///
/// Each rank is a thread, but only the one that holds the baton runs; it passes the baton on where it
/// would wait.  Who is next, how long a message travels (in simulated time) and whether the sender's
/// buffer is read at once or on arrival are decided by `choose`: a run is a function of its choices.
public final class SimulatedCluster: Sendable {
  /// The ranks of the cluster.
  public let size: Int
  private let network: Mutex<SimulatedNetwork>
  private let batons: [DispatchSemaphore]

  /// - Parameters:
  ///   - faults: what goes wrong with some messages.
  ///   - choose: random bits for the n-th choice, n = 0, 1, ...
  public init(
    size: Int, faults: [SimulatedFault] = [], choose: @escaping @Sendable (Int) -> UInt32
  ) {
    precondition(size > 0, "a cluster of \(size) ranks")
    self.size = size
    network = Mutex(SimulatedNetwork(size: size, faults: faults, choose: choose))
    batons = (0..<size).map { _ in DispatchSemaphore(value: 0) }
  }

  /// Runs `body` on every rank, once for each cluster; what each rank returned or threw.
  public func run<Value: Sendable>(
    _ body: @escaping @Sendable (any Transport) throws -> Value
  ) -> [Result<Value, any Error>] {
    let outcomes = Outcomes<Value>(size: size)
    let ended = DispatchGroup()
    for rank in 0..<size {
      ended.enter()
      let thread = Thread { [self] in
        batons[rank].wait()
        let transport = SimulatedTransport(self, rank: rank)
        outcomes.store(Result { try body(transport) }, rank: rank)
        if let next = network.withLock({ $0.end(rank: rank) }) { batons[next].signal() }
        ended.leave()
      }
      thread.stackSize = 8 << 20
      thread.start()
    }
    if let first = network.withLock({ $0.nextRank() }) { batons[first].signal() }
    ended.wait()
    return outcomes.all
  }

  func withNetwork<Value: Sendable>(
    _ body: (inout sending SimulatedNetwork) throws -> sending Value
  ) rethrows -> sending Value {
    try network.withLock(body)
  }

  /// Ends the turn of `rank` and returns when its next one begins.
  func passBaton(rank: Int) {
    guard let next = network.withLock({ $0.endTurn() }), next != rank else { return }
    batons[next].signal()
    batons[rank].wait()
  }
}

/// What the ranks returned or threw.
private final class Outcomes<Value: Sendable>: Sendable {
  private let results: Mutex<[Result<Value, any Error>?]>

  init(size: Int) { results = Mutex(Array(repeating: nil, count: size)) }

  func store(_ result: Result<Value, any Error>, rank: Int) {
    results.withLock { $0[rank] = result }
  }

  var all: [Result<Value, any Error>] { results.withLock { $0.compactMap { $0 } } }
}

/// The transport that a rank of a simulated cluster sees.
private final class SimulatedTransport: Transport {
  private let cluster: SimulatedCluster
  let rank: Int

  init(_ cluster: SimulatedCluster, rank: Int) {
    self.cluster = cluster
    self.rank = rank
  }

  var size: Int { cluster.size }
  var now: Double { cluster.withNetwork { $0.time } }

  func makeTransfer() -> any Transfer { SimulatedTransfer(cluster, rank: rank) }

  func pause(rounds: Int) { cluster.passBaton(rank: rank) }
}

private final class SimulatedTransfer: Transfer {
  private enum State {
    case idle
    case sending(Int)
    case receiving(SimulatedNetwork.Path, MessageBuffer)
  }

  private let cluster: SimulatedCluster
  private let rank: Int
  private var state = State.idle

  init(_ cluster: SimulatedCluster, rank: Int) {
    self.cluster = cluster
    self.rank = rank
  }

  private func requireIdle() {
    guard case .idle = state else { preconditionFailure("a transfer is used twice at a time") }
  }

  func send(_ buffer: MessageBuffer, count: Int, to target: Int, tag: Int) throws {
    requireIdle()
    let path = SimulatedNetwork.Path(source: rank, target: target, tag: tag)
    state = .sending(cluster.withNetwork { $0.send(buffer, count: count, path) })
  }

  func receive(into buffer: MessageBuffer, from source: Int, tag: Int) throws {
    requireIdle()
    state = .receiving(SimulatedNetwork.Path(source: source, target: rank, tag: tag), buffer)
  }

  func test() throws -> Int? {
    let count: Int?
    switch state {
    case .idle: preconditionFailure("nothing is under way")
    case .sending(let message): count = cluster.withNetwork { $0.isSent(message) } ? 0 : nil
    case .receiving(let path, let buffer):
      count = try cluster.withNetwork { try $0.receive(path, into: buffer) }
    }
    if count != nil { state = .idle }
    return count
  }
}
