// One long run of float32 values that tensors are cut from: a network's parameters, gradients or moments.
//
// Not a tensor: its elements change in place while views of it exist, under the rule stated below.

/// Float32 memory with views.
///
/// Unchecked: an optimiser writes while no recorded computation holds views of the buffer, that is
/// between the end of one phase of a step and the beginning of the next; views are read by any thread.
public final class FlatBuffer: @unchecked Sendable {
  private let storage: Storage

  /// `count` zeros.
  public init(count: Int) {
    storage = Storage(count: count)
    storage.pointer.initialize(repeating: 0, count: count)
  }

  public var count: Int { storage.count }

  /// The elements, writable; see the rule of the class.
  public var elements: UnsafeMutableBufferPointer<Float> {
    UnsafeMutableBufferPointer(start: storage.pointer, count: storage.count)
  }

  /// A tensor over `shape.count` elements at `offset`; it shares memory with the buffer.
  public func view(at offset: Int, shape: Shape) -> Tensor {
    Tensor(shape: shape, storage: storage, offset: offset)
  }

  /// Takes all elements of a buffer of the same count.
  public func copy(from other: FlatBuffer) {
    precondition(other.count == count, "copying \(other.count) elements into \(count)")
    storage.pointer.update(from: other.storage.pointer, count: count)
  }
}
