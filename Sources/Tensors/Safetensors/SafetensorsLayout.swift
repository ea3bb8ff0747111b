// The first part of writing a safetensors file: which bytes its header has, and where each tensor goes.
// Not here: the data, and where the bytes go (`SafetensorsWriter`).

/// The header of a file to be written.  The same tensors and metadata give the same bytes.
public struct SafetensorsLayout: Sendable {
  /// A tensor to be written.
  public struct Declaration: Sendable {
    public let name: String
    public let type: SafetensorsType
    public let shape: Shape

    public init(name: String, type: SafetensorsType = .f32, shape: Shape) {
      self.name = name
      self.type = type
      self.shape = shape
    }
  }

  /// The length, the JSON text, and spaces up to a multiple of eight bytes.
  public let header: [UInt8]
  /// The tensors in the order given, which is the order of their data.
  public let entries: [SafetensorsEntry]
  /// The bytes of the whole file.
  public let byteCount: Int

  /// Lays out tensors in the given order.  Names are unique and not `__metadata__`, and header and
  /// entries are within `SafetensorsLimits`: what is written can be read back.
  public init(tensors: [Declaration], metadata: [String: String] = [:]) {
    precondition(
      Set(tensors.map(\.name)).count == tensors.count, "two tensors have the same name")
    precondition(tensors.count <= SafetensorsLimits.entries, "\(tensors.count) tensors")
    var end = 0
    entries = tensors.map { tensor in
      precondition(tensor.name != SafetensorsHeader.metadataKey, "a reserved name")
      precondition(tensor.shape.rank <= SafetensorsLimits.dimensions, "\(tensor.shape)")
      let begin = end
      end += tensor.shape.count * tensor.type.size
      return SafetensorsEntry(
        name: tensor.name, type: tensor.type, shape: tensor.shape, bytes: begin..<end)
    }
    var json = Self.json(entries: entries, metadata: metadata)
    json.append(contentsOf: repeatElement(0x20, count: (8 - json.count % 8) % 8))
    precondition(json.count <= SafetensorsLimits.headerBytes, "a header of \(json.count) bytes")
    header = withUnsafeBytes(of: UInt64(json.count).littleEndian) { Array($0) } + json
    byteCount = header.count + end
  }

  /// Metadata first with its keys sorted, then the tensors; no white space.
  private static func json(
    entries: [SafetensorsEntry], metadata: [String: String]
  ) -> [UInt8] {
    var members: [String] = []
    if !metadata.isEmpty {
      let pairs = metadata.sorted { $0.key < $1.key }
        .map { "\(quoted($0.key)):\(quoted($0.value))" }
      members.append("\"\(SafetensorsHeader.metadataKey)\":{\(pairs.joined(separator: ","))}")
    }
    for entry in entries {
      let extents = entry.shape.extents.map(String.init).joined(separator: ",")
      members.append(
        "\(quoted(entry.name)):{\"dtype\":\"\(entry.type.rawValue)\",\"shape\":[\(extents)],"
          + "\"data_offsets\":[\(entry.bytes.lowerBound),\(entry.bytes.upperBound)]}")
    }
    return Array("{\(members.joined(separator: ","))}".utf8)
  }

  /// A JSON string: quote, backslash and control characters escaped, everything else as UTF-8.
  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case "\u{0}"..<"\u{20}":
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
