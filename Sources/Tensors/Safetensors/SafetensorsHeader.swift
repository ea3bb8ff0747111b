// The header of a safetensors file as values: entries in the order of their data, checked to tile the
// data without gap or overlap.
// Not here: the JSON text (`SafetensorsHeaderParser`).

/// Bounds on what a header may ask for, so that memory stays proportional to the file.
public enum SafetensorsLimits {
  /// The longest header: 256 bytes for each of the entries.  The format allows 100 MB, and one string of
  /// that length would take three times as much memory while it is read.
  public static let headerBytes = 16 << 20
  /// Tensors, and metadata keys; the networks here have hundreds.
  public static let entries = 65_536
  /// Dimensions of a tensor.
  public static let dimensions = 32
}

/// An element type by its name in the format.
public enum SafetensorsType: String, Sendable, CaseIterable {
  case f64 = "F64"
  case f32 = "F32"
  case f16 = "F16"
  case bf16 = "BF16"
  case i64 = "I64"
  case i32 = "I32"
  case i16 = "I16"
  case i8 = "I8"
  case u64 = "U64"
  case u32 = "U32"
  case u16 = "U16"
  case u8 = "U8"
  case bool = "BOOL"

  /// Bytes of an element.
  public var size: Int {
    switch self {
    case .f64, .i64, .u64: 8
    case .f32, .i32, .u32: 4
    case .f16, .bf16, .i16, .u16: 2
    case .i8, .u8, .bool: 1
    }
  }
}

/// One tensor of a file.
public struct SafetensorsEntry: Sendable, Equatable {
  public let name: String
  public let type: SafetensorsType
  public let shape: Shape
  /// The tensor's bytes, counted from the start of the data.
  public let bytes: Range<Int>
}

/// What the header of a file says.
struct SafetensorsHeader: Sendable {
  let metadata: [String: String]
  /// In the order of their data; entries without bytes keep the header's order.
  let entries: [SafetensorsEntry]

  /// Checks that the entries tile `dataBytes` bytes exactly.
  init(
    metadata: [String: String], unordered: [SafetensorsEntry], dataBytes: Int
  ) throws(SafetensorsError.Reason) {
    let order = unordered.indices.sorted { a, b in
      let (left, right) = (unordered[a].bytes, unordered[b].bytes)
      return (left.lowerBound, left.upperBound, a) < (right.lowerBound, right.upperBound, b)
    }
    let entries = order.map { unordered[$0] }
    var end = 0
    for (index, entry) in entries.enumerated() {
      guard entry.bytes.upperBound <= dataBytes else {
        throw .beyondData(
          tensor: entry.name, end: entry.bytes.upperBound, dataBytes: dataBytes)
      }
      guard entry.bytes.lowerBound <= end else {
        throw .gap(before: entry.name, begin: end, end: entry.bytes.lowerBound)
      }
      guard entry.bytes.lowerBound == end else {
        throw .overlap(
          tensor: entry.name, other: entries[index - 1].name, offset: entry.bytes.lowerBound)
      }
      end = entry.bytes.upperBound
    }
    guard end == dataBytes else { throw .trailingData(bytes: dataBytes - end) }
    self.metadata = metadata
    self.entries = entries
  }
}
