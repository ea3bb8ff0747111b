// Passes over real images that wait for the mean of D(real).
//
// What a pass records is large, and a rank may have many blocks; so only as many are kept as fit a fixed
// share of memory, the others are computed again.  Both give the same bits.

import Synchronization

/// The kept passes of a step, by block.
///
/// Unchecked: a pass is made on one lane and used up on another, one after the other under the lock.
final class KeptRealPasses: @unchecked Sendable {
  /// What the records of a rank may hold, in bytes.
  static let budget = 176 << 20

  /// The blocks whose passes are kept.
  private let blocks: Range<Int>
  private let passes = Mutex<[Int: Handover]>([:])

  private struct Handover: @unchecked Sendable {
    let pass: RealPass
  }

  /// - Parameter bytesPerBlock: what the record of a block's pass holds.
  init(blocks: Range<Int>, bytesPerBlock: Int) {
    self.blocks = blocks.prefix(Self.budget / max(bytesPerBlock, 1))
  }

  func keep(_ pass: RealPass, block: Int) {
    guard blocks.contains(block) else { return }
    let handover = Handover(pass: pass)
    passes.withLock { $0[block] = handover }
  }

  /// The pass of a block, which is then forgotten; nil where it was not kept.
  func take(block: Int) -> RealPass? {
    passes.withLock { $0.removeValue(forKey: block) }?.pass
  }
}
