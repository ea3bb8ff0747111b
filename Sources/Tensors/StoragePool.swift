// Where the memory of tensors comes from and goes back to.
//
// A training step allocates the same sizes again and again; freed blocks are kept in lists by size, so
// that in the steady state nothing reaches malloc and no page is faulted in twice.  The pool is the one
// piece of shared mutable state in this target; it hands out uninitialised memory and so cannot change
// a result.

import Synchronization

/// Freed tensor memory, by size class, shared by all threads of the process.
public final class StoragePool: Sendable {
  /// The pool that every tensor uses.
  public static let shared = StoragePool()

  /// Counters for `bench` and for the test that the steady state allocates nothing.
  public struct Statistics: Sendable {
    /// Blocks that came from malloc since the process started.
    public var systemAllocations = 0
    /// Bytes now held, in use or free.
    public var bytesHeld = 0
    /// Bytes now in use.
    public var bytesInUse = 0
    /// The largest value that `bytesInUse` has had.
    public var peakBytesInUse = 0
  }

  private struct FreeLists {
    var blocks: [Int: [UInt]] = [:]  // size class in bytes -> addresses
    var statistics = Statistics()
  }

  private let state = Mutex(FreeLists())

  /// Alignment of every block: a cache line, and the widest vector register.
  static let alignment = 64

  public var statistics: Statistics { state.withLock { $0.statistics } }

  /// The bytes of the block that serves a request: at most an eighth more than asked for.
  static func sizeClass(_ bytes: Int) -> Int {
    let minimum = max(bytes, alignment)
    let step = max(alignment, (1 << (Int.bitWidth - 1 - minimum.leadingZeroBitCount)) >> 3)
    return (minimum + step - 1) / step * step
  }

  func allocate(bytes: Int) -> UnsafeMutableRawPointer {
    let size = Self.sizeClass(bytes)
    let reused: UInt? = state.withLock { state in
      state.statistics.bytesInUse += size
      state.statistics.peakBytesInUse = max(
        state.statistics.peakBytesInUse, state.statistics.bytesInUse)
      if let address = state.blocks[size]?.popLast() { return address }
      state.statistics.systemAllocations += 1
      state.statistics.bytesHeld += size
      return nil
    }
    if let reused, let pointer = UnsafeMutableRawPointer(bitPattern: reused) { return pointer }
    return .allocate(byteCount: size, alignment: Self.alignment)
  }

  func deallocate(_ pointer: UnsafeMutableRawPointer, bytes: Int) {
    let size = Self.sizeClass(bytes)
    state.withLock { state in
      state.statistics.bytesInUse -= size
      state.blocks[size, default: []].append(UInt(bitPattern: pointer))
    }
  }

  /// Returns all free blocks to the system.
  public func trim() {
    let freed: [UInt] = state.withLock { state in
      let freed = state.blocks.flatMap { $0.value }
      for (size, blocks) in state.blocks { state.statistics.bytesHeld -= size * blocks.count }
      state.blocks = [:]
      return freed
    }
    for address in freed { UnsafeMutableRawPointer(bitPattern: address)?.deallocate() }
  }
}

/// One block of float32 memory, returned to the pool with its last reference.
///
/// Unchecked: written only while a single owner holds it (`Tensor.init(shape:initialize:)`,
/// `FlatBuffer`), read by anyone afterwards.
final class Storage: @unchecked Sendable {
  let pointer: UnsafeMutablePointer<Float>
  let count: Int

  init(count: Int) {
    self.count = count
    let raw = StoragePool.shared.allocate(bytes: count * MemoryLayout<Float>.stride)
    pointer = raw.bindMemory(to: Float.self, capacity: max(count, 1))
  }

  deinit {
    StoragePool.shared.deallocate(
      UnsafeMutableRawPointer(pointer), bytes: count * MemoryLayout<Float>.stride)
  }
}
