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
func attackEntry(
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
      "length at the bound", bytes: length(1 << 24) + Array("{}".utf8),
      .headerBeyondFile(length: 1 << 24, fileBytes: 10)),
    .init(
      "length beyond the bound", bytes: length(1 << 24 + 1) + Array("{}".utf8),
      .headerTooLong(length: 1 << 24 + 1)),
    .init(
      "length at the format's own bound", bytes: length(100_000_000) + Array("{}".utf8),
      .headerTooLong(length: 100_000_000)),
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
    .init("data after the last tensor", "{\(attackEntry())}", data: 9, .trailingData(bytes: 1)),
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
      "comma last", "{\(attackEntry()),}", data: 8,
      .unexpected(
        found: UInt8(ascii: "}"), expected: "a quoted key", offset: 2 + attackEntry().utf8.count)),
    .init(
      "no comma", "{\(attackEntry()) \(attackEntry("b"))}", data: 8,
      .unexpected(
        found: UInt8(ascii: "\""), expected: "',' or '}'", offset: 2 + attackEntry().utf8.count)),
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
      "nested shape", "{\(attackEntry(shape: "[[2]]"))}", data: 8,
      .unexpected(found: 0x5B, expected: "a number", offset: 29)),
    .init(
      "70 000 tensors",
      "{"
        + (0..<70_000).map { attackEntry("\($0)", shape: "[0]", offsets: "[0,0]") }
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
    .init("negative extent", "{\(attackEntry(shape: "[-2]"))}", data: 8, .badNumber(offset: 29)),
    .init("minus zero", "{\(attackEntry(shape: "[-0]"))}", .badNumber(offset: 29)),
    .init("only a minus", "{\(attackEntry(shape: "[-]"))}", .badNumber(offset: 29)),
    .init("fraction", "{\(attackEntry(shape: "[2.0]"))}", data: 8, .badNumber(offset: 29)),
    .init("exponent", "{\(attackEntry(shape: "[2e0]"))}", data: 8, .badNumber(offset: 29)),
    .init("exponent bomb", "{\(attackEntry(shape: "[1E999]"))}", .badNumber(offset: 29)),
    .init("leading zero", "{\(attackEntry(shape: "[02]"))}", data: 8, .badNumber(offset: 29)),
    .init(
      "plus sign", "{\(attackEntry(shape: "[+2]"))}", data: 8,
      .unexpected(found: 0x2B, expected: "a number", offset: 29)),
    .init(
      "hexadecimal", "{\(attackEntry(shape: "[0x2]"))}",
      .unexpected(found: 0x78, expected: "',' or ']'", offset: 30)),
    .init(
      "NaN", "{\(attackEntry(shape: "[NaN]"))}",
      .unexpected(found: 0x4E, expected: "a number", offset: 29)),
    .init(
      "a number in quotes", "{\(attackEntry(shape: "[\"2\"]"))}", data: 8,
      .unexpected(found: 0x22, expected: "a number", offset: 29)),
    .init(
      "true", "{\(attackEntry(shape: "[true]"))}",
      .unexpected(found: 0x74, expected: "a number", offset: 29)),
    .init(
      "comma at an array's end", "{\(attackEntry(shape: "[2,]"))}", data: 8,
      .unexpected(found: 0x5D, expected: "a number", offset: 31)),
    .init(
      "2^63", "{\(attackEntry(shape: "[9223372036854775808]"))}", .numberTooLarge(offset: 29)),
    .init(
      "2^64", "{\(attackEntry(shape: "[18446744073709551616]"))}", .numberTooLarge(offset: 29)),
    .init(
      "a thousand digits", "{\(attackEntry(shape: "[\(String(repeating: "9", count: 1000))]"))}",
      .numberTooLarge(offset: 29)),
    .init(
      "offset 2^63", "{\(attackEntry(offsets: "[0,9223372036854775808]"))}", data: 8,
      .numberTooLarge(offset: 50)),
  ]
}
