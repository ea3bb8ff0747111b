// The memory behind a tensor.  Not here: where it comes from; see `StoragePool`.

/// One block of float32 memory, returned to the pool with its last reference.
///
/// Unchecked: written only while a single owner holds it (`Tensor.init(_:initialize:)`,
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
