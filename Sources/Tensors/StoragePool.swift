// Where the memory of tensors comes from and goes back to.
//
// A training step allocates and frees the same sequence of sizes again and again.  Freed memory stays with the
// process and neighbouring free blocks grow together, so that in the steady state nothing is asked of the
// system, no page is faulted in twice, and the two networks' phases use the same memory in turn; free lists
// by size would hold each phase's sizes apart.  The pool is the one piece of shared mutable state in this
// target; it hands out uninitialised memory and so cannot change a result.

import Synchronization

/// The memory of tensors, shared by all threads of the process.
public final class StoragePool: Sendable {
  /// The pool that every tensor uses.
  public static let shared = StoragePool()

  /// Counters for `bench` and for the test that the steady state allocates nothing.
  public struct Statistics: Sendable {
    /// Regions that came from the system since the process started.
    public var systemAllocations = 0
    /// Bytes now held, in use or free.
    public var bytesHeld = 0
    /// Bytes now in use.
    public var bytesInUse = 0
    /// The largest value that `bytesInUse` has had.
    public var peakBytesInUse = 0
  }

  private struct State {
    var blocks = FreeBlocks()
    var statistics = Statistics()
  }

  private let state = Mutex(State())

  /// Alignment and granule of every block: a cache line, and the widest vector register.
  static let alignment = 64

  /// Regions are at least this large, so that a step's many small tensors share one; pages that were never
  /// written are not resident.
  static let regionBytes = 64 << 20

  public var statistics: Statistics { state.withLock { $0.statistics } }

  /// The bytes of the block that serves a request.
  static func blockBytes(_ bytes: Int) -> Int {
    (max(bytes, 1) + alignment - 1) / alignment * alignment
  }

  func allocate(bytes: Int) -> UnsafeMutableRawPointer {
    let size = Self.blockBytes(bytes)
    let address = state.withLock { state in
      state.statistics.bytesInUse += size
      state.statistics.peakBytesInUse = max(
        state.statistics.peakBytesInUse, state.statistics.bytesInUse)
      if let address = state.blocks.take(size) { return address }
      let regionSize = max(size, Self.regionBytes)
      let region = UnsafeMutableRawPointer.allocate(
        byteCount: regionSize, alignment: Self.alignment)
      state.statistics.systemAllocations += 1
      state.statistics.bytesHeld += regionSize
      let start = UInt(bitPattern: region)
      if regionSize > size {
        state.blocks.give(start + UInt(size), regionSize - size)
      }
      return start
    }
    guard let pointer = UnsafeMutableRawPointer(bitPattern: address) else {
      preconditionFailure("memory at address 0")
    }
    return pointer
  }

  func deallocate(_ pointer: UnsafeMutableRawPointer, bytes: Int) {
    let size = Self.blockBytes(bytes)
    state.withLock { state in
      state.statistics.bytesInUse -= size
      state.blocks.give(UInt(bitPattern: pointer), size)
    }
  }
}

/// Free memory as blocks that never touch each other, found by size.
///
/// Best fit: the smallest block that is large enough, the lowest of equals, so that few large blocks stay whole.
struct FreeBlocks {
  private struct Block: Comparable {
    let size: Int
    let start: UInt

    static func < (a: Block, b: Block) -> Bool { (a.size, a.start) < (b.size, b.start) }
  }

  /// Sorted by size, then address.
  private var sorted: [Block] = []
  private var sizeOfStart: [UInt: Int] = [:]
  private var sizeOfEnd: [UInt: Int] = [:]

  /// The number of blocks.
  var count: Int { sorted.count }

  /// Memory of `size` bytes; nil where no block is large enough.
  mutating func take(_ size: Int) -> UInt? {
    let position = position(of: Block(size: size, start: 0))
    guard position < sorted.count else { return nil }
    let block = sorted[position]
    remove(block)
    if block.size > size { insert(Block(size: block.size - size, start: block.start + UInt(size))) }
    return block.start
  }

  /// Takes memory back; it grows together with its neighbours.
  mutating func give(_ start: UInt, _ size: Int) {
    var (start, size) = (start, size)
    if let before = sizeOfEnd[start] {
      start -= UInt(before)
      remove(Block(size: before, start: start))
      size += before
    }
    if let after = sizeOfStart[start + UInt(size)] {
      remove(Block(size: after, start: start + UInt(size)))
      size += after
    }
    insert(Block(size: size, start: start))
  }

  /// Where a block is, or would be inserted.
  private func position(of block: Block) -> Int {
    var (low, high) = (0, sorted.count)
    while low < high {
      let middle = (low + high) / 2
      if sorted[middle] < block { low = middle + 1 } else { high = middle }
    }
    return low
  }

  private mutating func insert(_ block: Block) {
    sorted.insert(block, at: position(of: block))
    sizeOfStart[block.start] = block.size
    sizeOfEnd[block.start + UInt(block.size)] = block.size
  }

  private mutating func remove(_ block: Block) {
    sorted.remove(at: position(of: block))
    sizeOfStart[block.start] = nil
    sizeOfEnd[block.start + UInt(block.size)] = nil
  }
}
