// The threads of a rank: each takes whole micro-blocks, so bits do not depend on their number.

import Dispatch
import Synchronization

/// Runs micro-blocks on `count` threads.
struct Lanes: Sendable {
  let count: Int

  /// Calls `body` once for each block, and returns its results in the order of the blocks.
  ///
  /// - Throws: the error of the first block, in block order, that threw; the others are still run to
  ///   their end.
  func map<Result: Sendable>(
    _ blocks: Range<Int>, _ body: @Sendable (_ block: Int) throws -> Result
  ) throws -> [Result] {
    if count == 1 || blocks.count == 1 { return try blocks.map(body) }
    let next = Atomic(blocks.lowerBound)
    let results = Mutex<[Int: Swift.Result<Result, any Error>]>([:])
    DispatchQueue.concurrentPerform(iterations: min(count, blocks.count)) { _ in
      while true {
        let block = next.wrappingAdd(1, ordering: .relaxed).oldValue
        guard block < blocks.upperBound else { return }
        let result = Swift.Result { try body(block) }
        results.withLock { $0[block] = result }
      }
    }
    let found = results.withLock { $0 }
    return try blocks.map { block in
      guard let result = found[block] else { preconditionFailure("block \(block) was not run") }
      return try result.get()
    }
  }
}
