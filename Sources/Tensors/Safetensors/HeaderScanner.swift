// The tokens of a header's JSON: punctuation, strings, non-negative integers.
// Strict where general JSON readers are lenient (control characters, lone surrogates, leading zeros),
// and without recursion, so that no input can exhaust the stack.

/// A position in the bytes of a header.
struct HeaderScanner {
  private let bytes: [UInt8]
  private(set) var offset = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// The byte at the position, nil at the end.
  var current: UInt8? { offset < bytes.count ? bytes[offset] : nil }

  mutating func skipWhitespace() {
    while let byte = current, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
      offset += 1
    }
  }

  mutating func skipByte() { offset += 1 }

  /// The next byte that is not white space, without consuming it.
  mutating func peek() -> UInt8? {
    skipWhitespace()
    return current
  }

  /// Consumes one of the given punctuation characters and returns it.
  mutating func expect(_ allowed: Character...) throws(SafetensorsError.Reason) -> Character {
    skipWhitespace()
    for character in allowed where character.asciiValue == current {
      offset += 1
      return character
    }
    let expected = allowed.map { "'\($0)'" }.joined(separator: " or ")
    throw .unexpected(found: current, expected: expected, offset: offset)
  }

  /// A whole number of 0...Int.max, without sign, leading zero, fraction, or exponent.
  mutating func integer() throws(SafetensorsError.Reason) -> Int {
    skipWhitespace()
    let start = offset
    guard let first = current, isDigit(first) || first == UInt8(ascii: "-") else {
      throw .unexpected(found: current, expected: "a number", offset: offset)
    }
    var value = 0
    while let byte = current, isDigit(byte) {
      let (product, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, carry) = product.addingReportingOverflow(Int(byte - UInt8(ascii: "0")))
      guard !overflow, !carry else { throw .numberTooLarge(offset: start) }
      value = sum
      offset += 1
    }
    let leadingZero = first == UInt8(ascii: "0") && offset - start > 1
    let continues = current.map { ".eE+-".utf8.contains($0) } ?? false
    guard offset > start, !leadingZero, !continues else { throw .badNumber(offset: start) }
    return value
  }

  /// A string with its escapes resolved.
  mutating func string(_ role: String) throws(SafetensorsError.Reason) -> String {
    skipWhitespace()
    let start = offset
    guard current == UInt8(ascii: "\"") else {
      throw .unexpected(found: current, expected: role, offset: offset)
    }
    offset += 1
    var text: [UInt8] = []
    while let byte = current, byte != UInt8(ascii: "\"") {
      guard byte >= 0x20 else { throw .controlCharacter(byte: byte, offset: offset) }
      if byte == UInt8(ascii: "\\") {
        text.append(contentsOf: String(try escape()).utf8)
      } else {
        text += plainRun()
      }
    }
    guard current != nil else {
      throw .unexpected(found: nil, expected: "'\"'", offset: offset)
    }
    offset += 1
    guard let result = String(validating: text, as: UTF8.self) else {
      throw .badUTF8(offset: start)
    }
    return result
  }

  /// The bytes up to the next quote, backslash or control character; the position is behind them.
  private mutating func plainRun() -> ArraySlice<UInt8> {
    let start = offset
    while let byte = current, byte >= 0x20, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") {
      offset += 1
    }
    return bytes[start..<offset]
  }

  /// The character of an escape sequence; the position is at its backslash.
  private mutating func escape() throws(SafetensorsError.Reason) -> Character {
    let start = offset
    offset += 1
    guard let letter = current else { throw .badEscape(offset: start) }
    offset += 1
    switch letter {
    case UInt8(ascii: "\""): return "\""
    case UInt8(ascii: "\\"): return "\\"
    case UInt8(ascii: "/"): return "/"
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{C}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"): return Character(try unicodeEscape(start: start))
    default: throw .badEscape(offset: start)
    }
  }

  /// The scalar of `\uXXXX`, or of a pair of them that are surrogates; the `\u` is consumed.
  private mutating func unicodeEscape(start: Int) throws(SafetensorsError.Reason) -> UnicodeScalar {
    let high = try fourHexDigits(start: start)
    var value = high
    if (0xD800..<0xDC00).contains(high) {
      guard current == UInt8(ascii: "\\") else { throw .badEscape(offset: start) }
      offset += 1
      guard current == UInt8(ascii: "u") else { throw .badEscape(offset: start) }
      offset += 1
      let low = try fourHexDigits(start: start)
      guard (0xDC00..<0xE000).contains(low) else { throw .badEscape(offset: start) }
      value = 0x10000 + (high - 0xD800) << 10 + (low - 0xDC00)
    }
    guard let scalar = UnicodeScalar(value) else { throw .badEscape(offset: start) }
    return scalar
  }

  private mutating func fourHexDigits(start: Int) throws(SafetensorsError.Reason) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = current, let digit = Character(UnicodeScalar(byte)).hexDigitValue,
        byte < 0x80
      else { throw .badEscape(offset: start) }
      value = value << 4 | UInt32(digit)
      offset += 1
    }
    return value
  }

  private func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }
}
