// Hand-made safetensors files that must be refused, each with its exact reason.
// The format's rules: 64-bit length, JSON header that starts with "{", entries that tile the data.

import Testing

@testable import Tensors

/// A file that must be refused.
struct SafetensorsAttack: Sendable, CustomTestStringConvertible {
  let name: String
  let bytes: [UInt8]
  let reason: SafetensorsError.Reason

  var testDescription: String { name }

  init(_ name: String, bytes: [UInt8], _ reason: SafetensorsError.Reason) {
    self.name = name
    self.bytes = bytes
    self.reason = reason
  }

  /// A header of the given text, with its true length, before `data` bytes of zeros.
  init(_ name: String, _ json: String, data: Int = 0, _ reason: SafetensorsError.Reason) {
    self.init(name, json: Array(json.utf8), data: data, reason)
  }

  init(_ name: String, json: [UInt8], data: Int = 0, _ reason: SafetensorsError.Reason) {
    self.init(name, bytes: Self.file(json, data: data), reason)
  }

  static func file(_ json: [UInt8], data: Int) -> [UInt8] {
    length(UInt64(json.count)) + json + [UInt8](repeating: 0, count: data)
  }

  static func length(_ count: UInt64) -> [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: count >> (8 * $0)) }
  }
}

/// The text of an entry; each part can be replaced.
func entry(
  _ name: String = "a", type: String = "\"F32\"", shape: String = "[2]", offsets: String = "[0,8]"
) -> String {
  "\"\(name)\":{\"dtype\":\(type),\"shape\":\(shape),\"data_offsets\":\(offsets)}"
}

extension SafetensorsAttack {
  static let all = framing + text + strings + numbers + fields + shapes + layouts + metadata

  static let framing: [SafetensorsAttack] = [
    .init("empty file", bytes: [], .tooShort(bytes: 0)),
    .init("one byte", bytes: [2], .tooShort(bytes: 1)),
    .init("seven bytes", bytes: Array(length(2).prefix(7)), .tooShort(bytes: 7)),
    .init("length 0", bytes: length(0), .headerEmpty),
    .init("length 0 before a header", bytes: length(0) + Array("{}".utf8), .headerEmpty),
    .init(
      "length one beyond the file", bytes: length(3) + Array("{}".utf8),
      .headerBeyondFile(length: 3, fileBytes: 10)),
    .init(
      "length alone", bytes: length(2), .headerBeyondFile(length: 2, fileBytes: 8)),
    .init(
      "length at the format's bound", bytes: length(100_000_000) + Array("{}".utf8),
      .headerBeyondFile(length: 100_000_000, fileBytes: 10)),
    .init(
      "length beyond the format's bound", bytes: length(100_000_001) + Array("{}".utf8),
      .headerTooLong(length: 100_000_001)),
    .init(
      "length 2^31", bytes: length(1 << 31) + Array("{}".utf8), .headerTooLong(length: 1 << 31)),
    .init(
      "length 2^63 - 1", bytes: length(UInt64(Int64.max)) + Array("{}".utf8),
      .headerTooLong(length: UInt64(Int64.max))),
    .init(
      "length 2^63", bytes: length(1 << 63) + Array("{}".utf8), .headerTooLong(length: 1 << 63)),
    .init(
      "length 2^64 - 8, which wraps", bytes: length(.max - 7) + Array("{}".utf8),
      .headerTooLong(length: .max - 7)),
    .init(
      "length 2^64 - 1", bytes: length(.max) + Array("{}".utf8), .headerTooLong(length: .max)),
    .init(
      "big-endian length", bytes: length(2).reversed() + Array("{}".utf8),
      .headerTooLong(length: 2 << 56)),
    .init("data after no tensor", "{}", data: 1, .trailingData(bytes: 1)),
    .init("data after the last tensor", "{\(entry())}", data: 9, .trailingData(bytes: 1)),
  ]

  static let text: [SafetensorsAttack] = [
    .init("starts with a space", " {}", .headerStart(byte: 0x20)),
    .init("starts with a bracket", "[]", .headerStart(byte: 0x5B)),
    .init("starts with a byte-order mark", "\u{FEFF}{}", .headerStart(byte: 0xEF)),
    .init("starts with NUL", "\0{}", .headerStart(byte: 0)),
    .init("a pickle", json: [0x80, 0x04, 0x95], .headerStart(byte: 0x80)),
    .init("a ZIP file", "PK\u{3}\u{4}", .headerStart(byte: 0x50)),
    .init("only a brace", "{", .unexpected(found: nil, expected: "a quoted key", offset: 1)),
    .init(
      "unquoted key", "{a:1}",
      .unexpected(found: UInt8(ascii: "a"), expected: "a quoted key", offset: 1)),
    .init(
      "key in single quotes", "{'a':1}",
      .unexpected(found: UInt8(ascii: "'"), expected: "a quoted key", offset: 1)),
    .init(
      "a number as key", "{1:{}}",
      .unexpected(found: UInt8(ascii: "1"), expected: "a quoted key", offset: 1)),
    .init(
      "no colon", "{\"a\" {}}", .unexpected(found: UInt8(ascii: "{"), expected: "':'", offset: 5)),
    .init(
      "comma first", "{,}",
      .unexpected(found: UInt8(ascii: ","), expected: "a quoted key", offset: 1)
    ),
    .init(
      "comma last", "{\(entry()),}", data: 8,
      .unexpected(
        found: UInt8(ascii: "}"), expected: "a quoted key", offset: 2 + entry().utf8.count)),
    .init(
      "no comma", "{\(entry()) \(entry("b"))}", data: 8,
      .unexpected(
        found: UInt8(ascii: "\""), expected: "',' or '}'", offset: 2 + entry().utf8.count)),
    .init(
      "closed by a bracket", "{]", .unexpected(found: 0x5D, expected: "a quoted key", offset: 1)),
    .init("two objects", "{}{}", .trailingHeaderByte(byte: 0x7B, offset: 2)),
    .init("a newline after the object", "{}\n", .trailingHeaderByte(byte: 0x0A, offset: 2)),
    .init("a tab behind a space", "{} \t", .trailingHeaderByte(byte: 0x09, offset: 3)),
    .init("padded with NUL", "{}\0\0", .trailingHeaderByte(byte: 0, offset: 2)),
    .init("a comment", "{/**/}", .unexpected(found: 0x2F, expected: "a quoted key", offset: 1)),
    .init("null as tensor", "{\"a\":null}", .unexpected(found: 0x6E, expected: "'{'", offset: 5)),
    .init("an array as tensor", "{\"a\":[]}", .unexpected(found: 0x5B, expected: "'{'", offset: 5)),
    .init(
      "a string as tensor", "{\"a\":\"b\"}", .unexpected(found: 0x22, expected: "'{'", offset: 5)),
    .init(
      "100 000 opening brackets", "{\"a\":" + String(repeating: "[", count: 100_000),
      .unexpected(found: 0x5B, expected: "'{'", offset: 5)),
    .init(
      "100 000 opening braces", String(repeating: "{\"a\":", count: 100_000),
      .unknownField(tensor: "a", field: "a")),
    .init(
      "nested shape", "{\(entry(shape: "[[2]]"))}", data: 8,
      .unexpected(found: 0x5B, expected: "a number", offset: 29)),
    .init(
      "70 000 tensors",
      "{"
        + (0..<70_000).map { entry("\($0)", shape: "[0]", offsets: "[0,0]") }
        .joined(separator: ",") + "}", .tooManyEntries(limit: 65_536)),
  ]

  static let strings: [SafetensorsAttack] = [
    .init("unclosed string", "{\"a", .unexpected(found: nil, expected: "'\"'", offset: 3)),
    .init("string that ends in an escape", "{\"a\\", .badEscape(offset: 3)),
    .init("escaped last quote", "{\"a\\\"", .unexpected(found: nil, expected: "'\"'", offset: 5)),
    .init("unknown escape", "{\"\\x41\":{}}", .badEscape(offset: 2)),
    .init("escape of a newline", "{\"\\\n\":{}}", .badEscape(offset: 2)),
    .init("\\u without digits", "{\"\\u\":{}}", .badEscape(offset: 2)),
    .init("\\u with three digits", "{\"\\u123\":{}}", .badEscape(offset: 2)),
    .init("\\u with a letter g", "{\"\\u12g4\":{}}", .badEscape(offset: 2)),
    .init("\\u with a sign", "{\"\\u+123\":{}}", .badEscape(offset: 2)),
    .init("\\U", "{\"\\U0041\":{}}", .badEscape(offset: 2)),
    .init("lone high surrogate", "{\"\\ud800\":{}}", .badEscape(offset: 2)),
    .init("lone low surrogate", "{\"\\udc00\":{}}", .badEscape(offset: 2)),
    .init("two high surrogates", "{\"\\ud800\\ud800\":{}}", .badEscape(offset: 2)),
    .init("high surrogate before a letter", "{\"\\ud800\\n\":{}}", .badEscape(offset: 2)),
    .init("raw NUL", "{\"\0\":{}}", .controlCharacter(byte: 0, offset: 2)),
    .init("raw newline", "{\"a\nb\":{}}", .controlCharacter(byte: 10, offset: 3)),
    .init("raw ESC", "{\"\u{1B}[2J\":{}}", .controlCharacter(byte: 27, offset: 2)),
    .init("raw 0x1F", "{\"\u{1F}\":{}}", .controlCharacter(byte: 31, offset: 2)),
    .init(
      "lone continuation byte", json: Array("{\"".utf8) + [0x80] + Array("\":{}}".utf8),
      .badUTF8(offset: 1)),
    .init(
      "overlong slash", json: Array("{\"".utf8) + [0xC0, 0xAF] + Array("\":{}}".utf8),
      .badUTF8(offset: 1)),
    .init(
      "surrogate in UTF-8", json: Array("{\"".utf8) + [0xED, 0xA0, 0x80] + Array("\":{}}".utf8),
      .badUTF8(offset: 1)),
    .init(
      "cut UTF-8 sequence", json: Array("{\"".utf8) + [0xE2, 0x82] + Array("\":{}}".utf8),
      .badUTF8(offset: 1)),
    .init(
      "beyond Unicode", json: Array("{\"".utf8) + [0xF4, 0x90, 0x80, 0x80] + Array("\":{}}".utf8),
      .badUTF8(offset: 1)),
    .init("0xFF", json: Array("{\"".utf8) + [0xFF] + Array("\":{}}".utf8), .badUTF8(offset: 1)),
    .init(
      "0xFF between tokens", json: Array("{".utf8) + [0xFF] + Array("}".utf8),
      .unexpected(found: 0xFF, expected: "a quoted key", offset: 1)),
  ]

  static let numbers: [SafetensorsAttack] = [
    .init("negative extent", "{\(entry(shape: "[-2]"))}", data: 8, .badNumber(offset: 29)),
    .init("minus zero", "{\(entry(shape: "[-0]"))}", .badNumber(offset: 29)),
    .init("only a minus", "{\(entry(shape: "[-]"))}", .badNumber(offset: 29)),
    .init("fraction", "{\(entry(shape: "[2.0]"))}", data: 8, .badNumber(offset: 29)),
    .init("exponent", "{\(entry(shape: "[2e0]"))}", data: 8, .badNumber(offset: 29)),
    .init("exponent bomb", "{\(entry(shape: "[1E999]"))}", .badNumber(offset: 29)),
    .init("leading zero", "{\(entry(shape: "[02]"))}", data: 8, .badNumber(offset: 29)),
    .init(
      "plus sign", "{\(entry(shape: "[+2]"))}", data: 8,
      .unexpected(found: 0x2B, expected: "a number", offset: 29)),
    .init(
      "hexadecimal", "{\(entry(shape: "[0x2]"))}",
      .unexpected(found: 0x78, expected: "',' or ']'", offset: 30)),
    .init(
      "NaN", "{\(entry(shape: "[NaN]"))}",
      .unexpected(found: 0x4E, expected: "a number", offset: 29)),
    .init(
      "a number in quotes", "{\(entry(shape: "[\"2\"]"))}", data: 8,
      .unexpected(found: 0x22, expected: "a number", offset: 29)),
    .init(
      "true", "{\(entry(shape: "[true]"))}",
      .unexpected(found: 0x74, expected: "a number", offset: 29)),
    .init(
      "comma at an array's end", "{\(entry(shape: "[2,]"))}", data: 8,
      .unexpected(found: 0x5D, expected: "a number", offset: 31)),
    .init(
      "2^63", "{\(entry(shape: "[9223372036854775808]"))}", .numberTooLarge(offset: 29)),
    .init(
      "2^64", "{\(entry(shape: "[18446744073709551616]"))}", .numberTooLarge(offset: 29)),
    .init(
      "a thousand digits", "{\(entry(shape: "[\(String(repeating: "9", count: 1000))]"))}",
      .numberTooLarge(offset: 29)),
    .init(
      "offset 2^63", "{\(entry(offsets: "[0,9223372036854775808]"))}", data: 8,
      .numberTooLarge(offset: 50)),
  ]

  static let fields: [SafetensorsAttack] = [
    .init("no fields", "{\"a\":{}}", .missingField(tensor: "a", field: "dtype")),
    .init(
      "no dtype", "{\"a\":{\"shape\":[2],\"data_offsets\":[0,8]}}", data: 8,
      .missingField(tensor: "a", field: "dtype")),
    .init(
      "no shape", "{\"a\":{\"dtype\":\"F32\",\"data_offsets\":[0,8]}}", data: 8,
      .missingField(tensor: "a", field: "shape")),
    .init(
      "no data_offsets", "{\"a\":{\"dtype\":\"F32\",\"shape\":[2]}}", data: 8,
      .missingField(tensor: "a", field: "data_offsets")),
    .init(
      "unknown field", "{\"a\":{\"dtype\":\"F32\",\"strides\":[1]}}",
      .unknownField(tensor: "a", field: "strides")),
    .init(
      "field in capitals", "{\"a\":{\"DTYPE\":\"F32\"}}", .unknownField(tensor: "a", field: "DTYPE")
    ),
    .init(
      "dtype twice", "{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\"}}",
      .duplicateField(tensor: "a", field: "dtype")),
    .init(
      "shape twice", "{\"a\":{\"shape\":[2],\"shape\":[2]}}",
      .duplicateField(tensor: "a", field: "shape")),
    .init(
      "data_offsets twice, the second through an escape",
      "{\"a\":{\"data_offsets\":[0,8],\"data\\u005foffsets\":[0,8]}}",
      .duplicateField(tensor: "a", field: "data_offsets")),
    .init("tensor twice", "{\(entry()),\(entry())}", data: 8, .duplicateTensor("a")),
    .init(
      "tensor twice, the second through an escape", "{\(entry()),\(entry("\\u0061"))}", data: 8,
      .duplicateTensor("a")),
    .init(
      "tensor twice with other fields", "{\(entry()),\(entry(offsets: "[8,16]"))}", data: 16,
      .duplicateTensor("a")),
    .init(
      "dtype is a number", "{\(entry(type: "32"))}", data: 8,
      .unexpected(found: 0x33, expected: "a type's name", offset: 14)),
    .init(
      "dtype is null", "{\(entry(type: "null"))}", data: 8,
      .unexpected(found: 0x6E, expected: "a type's name", offset: 14)),
    .init(
      "unknown dtype", "{\(entry(type: "\"F33\""))}", data: 8,
      .unknownType(tensor: "a", type: "F33")),
    .init(
      "dtype in small letters", "{\(entry(type: "\"f32\""))}", data: 8,
      .unknownType(tensor: "a", type: "f32")),
    .init("empty dtype", "{\(entry(type: "\"\""))}", data: 8, .unknownType(tensor: "a", type: "")),
    .init(
      "object dtype", "{\(entry(type: "\"|O\""))}", data: 8, .unknownType(tensor: "a", type: "|O")),
    .init(
      "shape is a number", "{\(entry(shape: "2"))}", data: 8,
      .unexpected(found: 0x32, expected: "'['", offset: 28)),
    .init(
      "shape is null", "{\(entry(shape: "null"))}", data: 4,
      .unexpected(found: 0x6E, expected: "'['", offset: 28)),
  ]

  static let shapes: [SafetensorsAttack] = [
    .init(
      "33 dimensions", "{\(entry(shape: "[" + "1,".repeated(32) + "1]", offsets: "[0,4]"))}",
      data: 4, .tooManyDimensions(tensor: "a", limit: 32)),
    .init(
      "a million dimensions", "{\(entry(shape: "[" + "0,".repeated(999_999) + "0]"))}",
      .tooManyDimensions(tensor: "a", limit: 32)),
    .init(
      "product 2^64", "{\(entry(shape: "[4294967296,4294967296]"))}", data: 8,
      .shapeOverflow(tensor: "a")),
    .init(
      "product wraps to 8 bytes", "{\(entry(shape: "[4611686018427387906]"))}", data: 8,
      .shapeOverflow(tensor: "a")),
    .init(
      "bytes 2^63", "{\(entry(type: "\"F64\"", shape: "[1152921504606846976]"))}", data: 8,
      .shapeOverflow(tensor: "a")),
    .init(
      "overflow hidden by a zero",
      "{\(entry(shape: "[0,9223372036854775807,9223372036854775807]", offsets: "[0,0]"))}",
      .shapeOverflow(tensor: "a")),
    .init(
      "shape larger than the data", "{\(entry(shape: "[3]"))}", data: 8,
      .sizeMismatch(tensor: "a", expectedBytes: 12, foundBytes: 8)),
    .init(
      "shape smaller than the data", "{\(entry(shape: "[1]"))}", data: 8,
      .sizeMismatch(tensor: "a", expectedBytes: 4, foundBytes: 8)),
    .init(
      "a scalar of two", "{\(entry(shape: "[]"))}", data: 8,
      .sizeMismatch(tensor: "a", expectedBytes: 4, foundBytes: 8)),
    .init(
      "an empty tensor with data", "{\(entry(shape: "[0]"))}", data: 8,
      .sizeMismatch(tensor: "a", expectedBytes: 0, foundBytes: 8)),
    .init(
      "half an element", "{\(entry(shape: "[2]", offsets: "[0,6]"))}", data: 6,
      .sizeMismatch(tensor: "a", expectedBytes: 8, foundBytes: 6)),
    .init(
      "wider type", "{\(entry(type: "\"F64\""))}", data: 8,
      .sizeMismatch(tensor: "a", expectedBytes: 16, foundBytes: 8)),
  ]

  static let layouts: [SafetensorsAttack] = [
    .init("no offsets", "{\(entry(offsets: "[]"))}", data: 8, .offsetCount(tensor: "a", count: 0)),
    .init("one offset", "{\(entry(offsets: "[8]"))}", data: 8, .offsetCount(tensor: "a", count: 1)),
    .init(
      "three offsets", "{\(entry(offsets: "[0,8,8]"))}", data: 8,
      .offsetCount(tensor: "a", count: 3)),
    .init(
      "reversed offsets", "{\(entry(offsets: "[8,0]"))}", data: 8,
      .reversedOffsets(tensor: "a", begin: 8, end: 0)),
    .init(
      "reversed largest offsets", "{\(entry(offsets: "[9223372036854775807,0]"))}", data: 8,
      .reversedOffsets(tensor: "a", begin: .max, end: 0)),
    .init("no data", "{\(entry())}", .beyondData(tensor: "a", end: 8, dataBytes: 0)),
    .init(
      "a byte too few", "{\(entry())}", data: 7, .beyondData(tensor: "a", end: 8, dataBytes: 7)),
    .init(
      "largest end", "{\(entry(offsets: "[9223372036854775799,9223372036854775807]"))}", data: 8,
      .beyondData(tensor: "a", end: .max, dataBytes: 8)),
    .init(
      "a gap before the first", "{\(entry(offsets: "[4,12]"))}", data: 12,
      .gap(before: "a", begin: 0, end: 4)),
    .init(
      "a gap between", "{\(entry()),\(entry("b", offsets: "[12,20]"))}", data: 20,
      .gap(before: "b", begin: 8, end: 12)),
    .init(
      "an empty tensor behind a gap",
      "{\(entry()),\(entry("b", shape: "[0]", offsets: "[12,12]"))}", data: 12,
      .gap(before: "b", begin: 8, end: 12)),
    .init(
      "two tensors at one place", "{\(entry()),\(entry("b"))}", data: 8,
      .overlap(tensor: "b", other: "a", offset: 0)),
    .init(
      "overlap by four bytes", "{\(entry()),\(entry("b", offsets: "[4,12]"))}", data: 12,
      .overlap(tensor: "b", other: "a", offset: 4)),
    .init(
      "a tensor inside another",
      "{\(entry(shape: "[4]", offsets: "[0,16]")),\(entry("b", offsets: "[4,12]"))}", data: 16,
      .overlap(tensor: "b", other: "a", offset: 4)),
    .init(
      "an empty tensor inside another",
      "{\(entry()),\(entry("b", shape: "[0]", offsets: "[4,4]"))}", data: 8,
      .overlap(tensor: "b", other: "a", offset: 4)),
    .init(
      "overlap, listed backwards", "{\(entry("b", offsets: "[4,12]")),\(entry())}", data: 12,
      .overlap(tensor: "b", other: "a", offset: 4)),
  ]

  static let metadata: [SafetensorsAttack] = [
    .init(
      "metadata is a string", "{\"__metadata__\":\"x\"}",
      .unexpected(found: 0x22, expected: "'{'", offset: 16)),
    .init(
      "metadata is null", "{\"__metadata__\":null}",
      .unexpected(found: 0x6E, expected: "'{'", offset: 16)),
    .init(
      "a number as value", "{\"__metadata__\":{\"step\":1}}",
      .metadataNotString(key: "step", offset: 24)),
    .init(
      "null as value", "{\"__metadata__\":{\"k\":null}}", .metadataNotString(key: "k", offset: 21)),
    .init(
      "an object as value", "{\"__metadata__\":{\"k\":{}}}",
      .metadataNotString(key: "k", offset: 21)),
    .init(
      "an array as value", "{\"__metadata__\":{\"k\":[\"x\"]}}",
      .metadataNotString(key: "k", offset: 21)),
    .init(
      "true as value", "{\"__metadata__\":{\"k\":true}}", .metadataNotString(key: "k", offset: 21)),
    .init(
      "a key twice", "{\"__metadata__\":{\"k\":\"1\",\"k\":\"2\"}}", .duplicateMetadata(key: "k")),
    .init(
      "metadata twice", "{\"__metadata__\":{},\"__metadata__\":{}}",
      .duplicateTensor("__metadata__")),
    .init(
      "metadata in the form of a tensor", "{\(entry("__metadata__"))}", data: 8,
      .metadataNotString(key: "shape", offset: 39)),
    .init(
      "100 000 braces in metadata",
      "{\"__metadata__\":{\"k\":" + String(repeating: "{", count: 100_000),
      .metadataNotString(key: "k", offset: 21)),
  ]
}

extension String {
  fileprivate func repeated(_ count: Int) -> String { String(repeating: self, count: count) }
}
