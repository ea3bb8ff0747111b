// Work on several threads whose results come in the order of the work.

import Dispatch
import Synchronization

/// The results of `body` for 0..<count, computed on at most `threads` threads.
///
/// - Throws: the error of the smallest index that threw.
func concurrentMap<Result: Sendable>(
  count: Int, threads: Int, _ body: @Sendable (Int) throws -> Result
) throws -> [Result] {
  if threads <= 1 || count <= 1 { return try (0..<count).map(body) }
  let next = Atomic(0)
  let results = Mutex<[Int: Swift.Result<Result, any Error>]>([:])
  DispatchQueue.concurrentPerform(iterations: min(threads, count)) { _ in
    while true {
      let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
      guard index < count else { return }
      let result = Swift.Result { try body(index) }
      results.withLock { $0[index] = result }
    }
  }
  let found = results.withLock { $0 }
  return try (0..<count).map { index in
    guard let result = found[index] else { preconditionFailure("\(index) was not computed") }
    return try result.get()
  }
}
