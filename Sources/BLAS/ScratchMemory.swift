// Memory for packed operands, kept between products.
//
// There are as many blocks as threads that ever multiplied at the same time; a block's contents never
// outlive a product, so which one a product gets cannot change a result.

import Synchronization

/// Blocks of one size, handed out one to a product.
enum ScratchMemory {
  private static let free = Mutex<[UInt]>([])

  /// A page, and more than the widest vector.
  private static let alignment = 4096

  /// Calls `body` with a block of at least `floats` floats; all calls ask for the same number.
  @inline(__always)
  static func withBlock(floats: Int, _ body: (UnsafeMutablePointer<Float>) -> Void) {
    let reused = free.withLock { $0.popLast() }
    let block =
      reused.flatMap { UnsafeMutableRawPointer(bitPattern: $0) }
      ?? .allocate(byteCount: floats * MemoryLayout<Float>.stride, alignment: alignment)
    body(block.bindMemory(to: Float.self, capacity: floats))
    free.withLock { $0.append(UInt(bitPattern: block)) }
  }
}
