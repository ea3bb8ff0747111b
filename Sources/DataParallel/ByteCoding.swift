// Numbers and texts as the bytes of control messages, little-endian.
// Not here: messages' headers (see MessageHeader.swift).

/// Appends values to a list of bytes.
struct ByteWriter {
  private(set) var bytes: [UInt8] = []

  mutating func append(_ value: UInt64) {
    withUnsafeBytes(of: value.littleEndian) { bytes += $0 }
  }

  mutating func append(_ value: Int) { append(UInt64(bitPattern: Int64(value))) }

  mutating func append(_ value: Float) {
    withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes += $0 }
  }

  mutating func append(_ text: String) {
    append(text.utf8.count)
    bytes += text.utf8
  }
}

/// Takes values from a list of bytes whose checksum was verified, in the order of writing; nil when
/// the writer wrote something else.
struct ByteReader {
  private var rest: ArraySlice<UInt8>

  init(_ bytes: [UInt8]) { rest = bytes[...] }

  var isAtEnd: Bool { rest.isEmpty }

  private mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
    guard count >= 0, count <= rest.count else { return nil }
    defer { rest = rest.dropFirst(count) }
    return rest.prefix(count)
  }

  mutating func word() -> UInt64? {
    take(8)?.reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  mutating func integer() -> Int? { word().map { Int(truncatingIfNeeded: $0) } }

  mutating func float() -> Float? {
    take(4).map { Float(bitPattern: $0.reversed().reduce(0) { $0 << 8 | UInt32($1) }) }
  }

  mutating func text() -> String? {
    guard let count = integer(), let bytes = take(count) else { return nil }
    return String(decoding: bytes, as: UTF8.self)
  }
}
