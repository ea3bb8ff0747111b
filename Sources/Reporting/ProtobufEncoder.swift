// The four encodings of protocol buffers that a TensorBoard event needs.
// Not here: reading, packed fields, schemas.  A protobuf runtime with generated code would be a
// dependency of tens of thousands of lines for messages of seven fields that have not changed since
// 2017; the encoding itself is fixed by https://protobuf.dev/programming-guides/encoding.

/// The bytes of one message, field by field.
struct ProtobufEncoder {
  private(set) var bytes: [UInt8] = []

  private enum WireType: UInt64 {
    case varint = 0
    case fixed64 = 1
    case lengthDelimited = 2
    case fixed32 = 5
  }

  /// An `int32`, `int64` or enum field; a negative value takes ten bytes.
  mutating func integer(_ value: Int64, field: Int) {
    tag(field, .varint)
    varint(UInt64(bitPattern: value))
  }

  /// A `double` field, little endian.
  mutating func double(_ value: Double, field: Int) {
    tag(field, .fixed64)
    bytes += littleEndian(value.bitPattern)
  }

  /// A `float` field, little endian.
  mutating func float(_ value: Float, field: Int) {
    tag(field, .fixed32)
    bytes += littleEndian(value.bitPattern)
  }

  /// A `bytes` field.
  mutating func data(_ value: some Collection<UInt8>, field: Int) {
    tag(field, .lengthDelimited)
    varint(UInt64(value.count))
    bytes += value
  }

  /// A `string` field.
  mutating func string(_ value: String, field: Int) { data(Array(value.utf8), field: field) }

  /// A message field.
  mutating func message(field: Int, _ build: (inout ProtobufEncoder) -> Void) {
    var inner = ProtobufEncoder()
    build(&inner)
    data(inner.bytes, field: field)
  }

  private mutating func tag(_ field: Int, _ type: WireType) {
    varint(UInt64(field) << 3 | type.rawValue)
  }

  private mutating func varint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }
}

/// The bytes of an integer, lowest first.
func littleEndian(_ value: some FixedWidthInteger) -> [UInt8] {
  withUnsafeBytes(of: value.littleEndian) { Array($0) }
}
