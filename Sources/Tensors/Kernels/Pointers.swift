// The memory of several tensors at once.  Not here: any arithmetic.

/// Memory that may be empty: `baseAddress` is never dereferenced where `count` is 0.
@usableFromInline
struct Memory {
  @usableFromInline let baseAddress: UnsafePointer<Float>
  @usableFromInline let count: Int
}

/// Writable memory that may be empty.
@usableFromInline
struct MutableMemory {
  @usableFromInline let baseAddress: UnsafeMutablePointer<Float>
  @usableFromInline let count: Int
}

extension Tensor {
  /// The elements' memory; valid while the tensor is alive.
  @inline(__always)
  var memory: Memory { Memory(baseAddress: UnsafePointer(storage.pointer + offset), count: count) }
}

extension UnsafeMutableBufferPointer<Float> {
  /// The same memory with an address that is never nil: a tensor's buffer has one even when empty.
  @inline(__always)
  var memory: MutableMemory {
    guard let baseAddress else { preconditionFailure("a tensor's buffer has an address") }
    return MutableMemory(baseAddress: baseAddress, count: count)
  }
}

@inline(__always)
func rowCount(_ count: Int, _ innermost: Int) -> Int { innermost == 0 ? 0 : count / innermost }

@inline(__always)
func withPointers(
  _ a: Tensor, _ out: UnsafeMutableBufferPointer<Float>, _ body: (Memory, MutableMemory) -> Void
) {
  withExtendedLifetime(a) { body(a.memory, out.memory) }
}

@inline(__always)
func withPointers(
  _ a: Tensor, _ b: Tensor, _ out: UnsafeMutableBufferPointer<Float>,
  _ body: (Memory, Memory, MutableMemory) -> Void
) {
  withExtendedLifetime((a, b)) { body(a.memory, b.memory, out.memory) }
}

@inline(__always)
func withPointers(
  _ a: Tensor, _ b: Tensor, _ c: Tensor, _ out: UnsafeMutableBufferPointer<Float>,
  _ body: (Memory, Memory, Memory, MutableMemory) -> Void
) {
  withExtendedLifetime((a, b, c)) { body(a.memory, b.memory, c.memory, out.memory) }
}

@inline(__always)
func withPointers(
  _ a: Tensor, _ out: UnsafeMutableBufferPointer<Float>,
  _ other: UnsafeMutableBufferPointer<Float>, _ body: (Memory, MutableMemory, MutableMemory) -> Void
) {
  withExtendedLifetime(a) { body(a.memory, out.memory, other.memory) }
}
