// The second part of writing a safetensors file: header and tensors, streamed to a sink in order.

/// Where the bytes of a file go; each call appends.
public protocol ByteSink {
  mutating func append(_ bytes: UnsafeRawBufferPointer) throws
}

/// Bytes in memory.
public struct MemorySink: ByteSink {
  public private(set) var bytes: [UInt8] = []
  public init() {}
  public mutating func append(_ piece: UnsafeRawBufferPointer) { bytes.append(contentsOf: piece) }
}

/// Streams one file: the header, then each tensor of the layout, in its order.
public struct SafetensorsWriter<Sink: ByteSink> {
  public private(set) var sink: Sink
  private let layout: SafetensorsLayout
  private var written = 0

  /// Writes the header.
  public init(_ layout: SafetensorsLayout, to sink: Sink) throws {
    self.layout = layout
    self.sink = sink
    try layout.header.withUnsafeBytes { try self.sink.append($0) }
  }

  /// Writes the bytes of the layout's next tensor, all of them, little-endian.
  public mutating func append(_ bytes: UnsafeRawBufferPointer) throws {
    precondition(written < layout.entries.count, "more tensors than the layout has")
    let entry = layout.entries[written]
    precondition(
      bytes.count == entry.bytes.count,
      "\(bytes.count) bytes for \(entry.name), which has \(entry.bytes.count)")
    written += 1
    try sink.append(bytes)
  }

  /// Writes a float32 tensor, the layout's next.
  public mutating func append(_ tensor: Tensor) throws {
    try tensor.withUnsafeBuffer { try append(UnsafeRawBufferPointer($0)) }
  }

  /// Ends the file, which is complete, and gives the sink back.
  public consuming func finish() -> Sink {
    precondition(written == layout.entries.count, "only \(written) tensors were written")
    return sink
  }
}

extension SafetensorsFile {
  /// The bytes of a file of float32 tensors in the given order.
  public static func encode(
    _ tensors: [(name: String, tensor: Tensor)], metadata: [String: String] = [:]
  ) -> [UInt8] {
    let layout = SafetensorsLayout(
      tensors: tensors.map { .init(name: $0.name, shape: $0.tensor.shape) }, metadata: metadata)
    var bytes = layout.header
    bytes.reserveCapacity(layout.byteCount)
    for (_, tensor) in tensors {
      tensor.withUnsafeBuffer { bytes.append(contentsOf: UnsafeRawBufferPointer($0)) }
    }
    return bytes
  }
}
