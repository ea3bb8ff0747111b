// The checksums of one block's gradients, taken on their way into the sum.

import Checksums
import Synchronization
import Tensors

/// Collects the CRC-32C of each gradient that a block delivers.
final class BlockDigests: Sendable {
  private let block: Int
  private let checksums: Mutex<[UInt64]>

  /// - Parameter count: how many parameters there are; one that is not delivered has 0.
  init(block: Int, count: Int) {
    self.block = block
    checksums = Mutex(Array(repeating: 0, count: count))
  }

  /// Notes a gradient; those of other blocks are passed over.
  func add(block: Int, entry: Int, _ gradient: borrowing Tensor) {
    guard block == self.block else { return }
    let checksum = gradient.withUnsafeBuffer { CRC32C.checksum(UnsafeRawBufferPointer($0)) }
    checksums.withLock { $0[entry] = UInt64(checksum) }
  }

  var values: [UInt64] { checksums.withLock { $0 } }
}
