// The bytes of messages, at a fixed address for as long as an operation is under way.
// Not here: what the bytes mean.

/// A block of memory that pending operations keep alive.
///
/// Several sends may share one buffer.  Between the start of an operation and its end the bytes
/// belong to the operation: a sent buffer is not written, a receiving one neither read nor written.
/// That rule, kept by the holders of pending operations, is what makes the class sendable.
public final class MessageBuffer: @unchecked Sendable {
  public let bytes: UnsafeMutableRawBufferPointer

  /// A buffer of `capacity` zeroed bytes, aligned to a cache line.
  public init(capacity: Int) {
    bytes = .allocate(byteCount: capacity, alignment: 64)
    bytes.initializeMemory(as: UInt8.self, repeating: 0)
  }

  deinit { bytes.deallocate() }

  public var capacity: Int { bytes.count }
}
