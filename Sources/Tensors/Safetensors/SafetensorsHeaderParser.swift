// The grammar of a safetensors header: an object whose values are tensor descriptions, and one
// `__metadata__` of strings.  The grammar has three fixed levels, so each is a function of its own and
// deeper nesting is an unexpected character.

extension SafetensorsHeader {
  static let metadataKey = "__metadata__"

  /// Reads the JSON text of a header of a file with `dataBytes` bytes of data.
  init(json: [UInt8], dataBytes: Int) throws(SafetensorsError.Reason) {
    guard let first = json.first else { throw .headerEmpty }
    guard first == UInt8(ascii: "{") else { throw .headerStart(byte: first) }
    var parser = HeaderParser(scanner: HeaderScanner(json))
    try parser.parse()
    try self.init(
      metadata: parser.metadata ?? [:], unordered: parser.entries, dataBytes: dataBytes)
  }
}

private struct HeaderParser {
  var scanner: HeaderScanner
  var metadata: [String: String]?
  var entries: [SafetensorsEntry] = []
  private var names: Set<String> = []

  init(scanner: HeaderScanner) { self.scanner = scanner }

  /// The whole header: the object, then nothing but spaces.
  mutating func parse() throws(SafetensorsError.Reason) {
    try members { parser, name throws(SafetensorsError.Reason) in
      if name == SafetensorsHeader.metadataKey {
        try parser.parseMetadata()
      } else {
        try parser.parseTensor(name)
      }
    }
    while let byte = scanner.current {
      guard byte == 0x20 else {
        throw .trailingHeaderByte(byte: byte, offset: scanner.offset)
      }
      scanner.skipByte()
    }
  }

  private mutating func parseMetadata() throws(SafetensorsError.Reason) {
    guard metadata == nil else { throw .duplicateTensor(SafetensorsHeader.metadataKey) }
    var result: [String: String] = [:]
    try members { parser, key throws(SafetensorsError.Reason) in
      guard parser.scanner.peek() == UInt8(ascii: "\"") else {
        throw .metadataNotString(key: key, offset: parser.scanner.offset)
      }
      let value = try parser.scanner.string("a string")
      guard result.updateValue(value, forKey: key) == nil else {
        throw .duplicateMetadata(key: key)
      }
    }
    metadata = result
  }

  /// `{"dtype": "F32", "shape": [...], "data_offsets": [begin, end]}`, in any order.
  private mutating func parseTensor(_ name: String) throws(SafetensorsError.Reason) {
    // Names that are canonically equivalent in Unicode count as the same one: they would be in a
    // dictionary of this language, too.
    guard names.insert(name).inserted else { throw .duplicateTensor(name) }
    var typeName: String?
    var extents: [Int]?
    var offsets: [Int]?
    try members { parser, field throws(SafetensorsError.Reason) in
      let isDuplicate: Bool
      switch field {
      case "dtype":
        isDuplicate = typeName != nil
        typeName = try parser.scanner.string("a type's name")
      case "shape":
        isDuplicate = extents != nil
        extents = try parser.integers(tensor: name)
      case "data_offsets":
        isDuplicate = offsets != nil
        offsets = try parser.integers(tensor: name)
      default:
        throw .unknownField(tensor: name, field: field)
      }
      if isDuplicate { throw .duplicateField(tensor: name, field: field) }
    }
    guard let typeName else { throw .missingField(tensor: name, field: "dtype") }
    guard let extents else { throw .missingField(tensor: name, field: "shape") }
    guard let offsets else { throw .missingField(tensor: name, field: "data_offsets") }
    guard let type = SafetensorsType(rawValue: typeName) else {
      throw .unknownType(tensor: name, type: typeName)
    }
    guard offsets.count == 2 else { throw .offsetCount(tensor: name, count: offsets.count) }
    entries.append(try checkedEntry(name, type, extents, begin: offsets[0], end: offsets[1]))
  }

  /// An entry whose byte range has the length that type and shape need.
  private func checkedEntry(
    _ name: String, _ type: SafetensorsType, _ extents: [Int], begin: Int, end: Int
  ) throws(SafetensorsError.Reason) -> SafetensorsEntry {
    // The product leaves out zeros, so that no product of some extents can overflow later either.
    var product = type.size
    for extent in extents where extent > 0 {
      let (next, overflow) = product.multipliedReportingOverflow(by: extent)
      guard !overflow else { throw .shapeOverflow(tensor: name) }
      product = next
    }
    let bytes = extents.contains(0) ? 0 : product
    guard begin <= end else { throw .reversedOffsets(tensor: name, begin: begin, end: end) }
    guard end - begin == bytes else {
      throw .sizeMismatch(tensor: name, expectedBytes: bytes, foundBytes: end - begin)
    }
    return SafetensorsEntry(name: name, type: type, shape: Shape(extents), bytes: begin..<end)
  }

  /// Calls `value` for every key of an object, with the scanner behind the key's colon.
  private mutating func members(
    _ value: (inout HeaderParser, String) throws(SafetensorsError.Reason) -> Void
  ) throws(SafetensorsError.Reason) {
    _ = try scanner.expect("{")
    if scanner.peek() == UInt8(ascii: "}") {
      _ = try scanner.expect("}")
      return
    }
    var count = 0
    repeat {
      count += 1
      guard count <= SafetensorsLimits.entries else {
        throw .tooManyEntries(limit: SafetensorsLimits.entries)
      }
      let key = try scanner.string("a quoted key")
      _ = try scanner.expect(":")
      try value(&self, key)
    } while try scanner.expect(",", "}") == ","
  }

  /// An array of non-negative integers.
  private mutating func integers(tensor: String) throws(SafetensorsError.Reason) -> [Int] {
    _ = try scanner.expect("[")
    if scanner.peek() == UInt8(ascii: "]") {
      _ = try scanner.expect("]")
      return []
    }
    var result: [Int] = []
    repeat {
      guard result.count < SafetensorsLimits.dimensions else {
        throw .tooManyDimensions(tensor: tensor, limit: SafetensorsLimits.dimensions)
      }
      result.append(try scanner.integer())
    } while try scanner.expect(",", "]") == ","
    return result
  }
}
