// The digests of one block's gradients, taken on their way into the sum.

import Checksums
import Synchronization
import Tensors

/// Collects the digest of each gradient that a block delivers.
final class BlockDigests: Sendable {
  private let block: Int
  private let digests: Mutex<[UInt64]>

  /// - Parameter count: how many parameters there are; one that is not delivered has 0.
  init(block: Int, count: Int) {
    self.block = block
    digests = Mutex(Array(repeating: 0, count: count))
  }

  /// Notes a gradient; those of other blocks are passed over.
  func add(block: Int, entry: Int, _ gradient: borrowing Tensor) {
    guard block == self.block else { return }
    let digest = gradient.withUnsafeBuffer { MemoryDigest.digest($0) }
    digests.withLock { $0[entry] = digest }
  }

  var values: [UInt64] { digests.withLock { $0 } }
}
