// A value as it is written in a file, a variable or a flag, before a key has given it a type.
// Not here: types and ranges (`ConfigurationKey`), the reading of YAML (`ConfigurationText`).
import Diagnostics

/// An untyped value of the configuration, and how it is written.
public enum ConfigurationValue: Sendable, Equatable {
  /// An entry of a mapping and the line where its key stands.
  public struct Entry: Sendable, Equatable {
    public var key: String
    public var value: ConfigurationValue
    public var line: Int
  }

  /// A scalar without quotes; empty where nothing is written.
  case word(String)
  /// A scalar in quotes, which is a text and never a number.
  case quoted(String)
  case list([ConfigurationValue])
  case mapping([Entry])

  /// What an error says was found.
  var found: String {
    switch self {
    case .word(""), .word("~"), .word("null"): "nothing"
    case .word(let text): "'\(printable(text))'"
    case .quoted(let text): "the quoted text '\(printable(text))'"
    case .list: "a list"
    case .mapping: "a mapping"
    }
  }

  /// The value on one line of YAML.
  var yaml: String {
    switch self {
    case .word(let text): text
    case .quoted(let text): Self.quote(text)
    case .list(let values): "[" + values.map(\.yaml).joined(separator: ", ") + "]"
    case .mapping(let entries):
      "{" + entries.map { "\($0.key): \($0.value.yaml)" }.joined(separator: ", ") + "}"
    }
  }

  /// In double quotes; what `ConfigurationText` refuses at the start of a word, in quotes too, by its number.
  private static func quote(_ text: String) -> String {
    var result = "\""
    var previous: Unicode.Scalar = "\""
    for scalar in text.unicodeScalars {
      if ConfigurationText.isRefused(scalar, after: previous) {
        result += "\\x" + String(scalar.value, radix: 16)
      } else {
        if scalar == "\"" || scalar == "\\" { result.append("\\") }
        result.unicodeScalars.append(scalar)
      }
      previous = scalar
    }
    return result + "\""
  }
}

/// Why a value does not fit its key: what was found and what was expected.
struct ConfigurationMismatch: Error, Equatable {
  var found: String
  var expected: String
}

// Scalars: each reader throws `ConfigurationMismatch`, each writer gives a text that reads back equal.
extension ConfigurationValue {
  func integer(in range: ClosedRange<Int>, expected: String) throws(ConfigurationMismatch) -> Int {
    guard case .word(let text) = self, Self.isInteger(text) else {
      throw ConfigurationMismatch(found: found, expected: expected)
    }
    guard let value = Int(text), range.contains(value) else {
      throw ConfigurationMismatch(found: "\(printable(text, limit: 40))", expected: expected)
    }
    return value
  }

  func number(in range: NumberRange, expected: String) throws(ConfigurationMismatch) -> Double {
    guard case .word(let text) = self, Self.isNumber(text), let value = Double(text) else {
      throw ConfigurationMismatch(found: found, expected: expected)
    }
    guard value.isFinite, range.contains(value) else {
      throw ConfigurationMismatch(found: "\(printable(text, limit: 40))", expected: expected)
    }
    return value
  }

  func boolean(expected: String) throws(ConfigurationMismatch) -> Bool {
    switch self {
    case .word("true"): return true
    case .word("false"): return false
    default: throw ConfigurationMismatch(found: found, expected: expected)
    }
  }

  func choice<Choice: RawRepresentable<String>>(
    expected: String
  ) throws(ConfigurationMismatch) -> Choice {
    guard case .word(let text) = self, let choice = Choice(rawValue: text) else {
      throw ConfigurationMismatch(found: found, expected: expected)
    }
    return choice
  }

  func list(expected: String) throws(ConfigurationMismatch) -> [ConfigurationValue] {
    guard case .list(let values) = self else {
      throw ConfigurationMismatch(found: found, expected: expected)
    }
    return values
  }

  /// The shortest text that reads back as the same number, in a form that every YAML reader takes
  /// for a number.
  static func number(_ value: Double) -> ConfigurationValue {
    if value == value.rounded(), value.magnitude < 0x1p53 { return .word("\(Int(value))") }
    let text = "\(value)"
    guard let exponent = text.firstIndex(of: "e"), !text.contains(".") else { return .word(text) }
    return .word(text[..<exponent] + ".0" + text[exponent...])
  }

  /// An optional sign and digits.
  private static func isInteger(_ text: String) -> Bool {
    var rest = Substring(text)
    if rest.first == "-" || rest.first == "+" { rest.removeFirst() }
    return !rest.isEmpty && rest.utf8.allSatisfy { $0 >= 48 && $0 <= 57 }
  }

  /// An optional sign, digits with at most one point, an optional decimal exponent.
  private static func isNumber(_ text: String) -> Bool {
    let parts = text.split(
      maxSplits: 1, omittingEmptySubsequences: false, whereSeparator: { $0 == "e" || $0 == "E" })
    guard var mantissa = parts.first else { return false }
    if parts.count == 2, !isInteger(String(parts[1])) { return false }
    if mantissa.first == "-" || mantissa.first == "+" { mantissa.removeFirst() }
    if let point = mantissa.firstIndex(of: ".") { mantissa.remove(at: point) }
    return !mantissa.isEmpty && mantissa.utf8.allSatisfy { $0 >= 48 && $0 <= 57 }
  }
}

/// An interval of numbers, with or without its ends.
struct NumberRange: Sendable, Equatable, CustomStringConvertible {
  var lower: Double
  var upper: Double
  var includesLower = true
  var includesUpper = true

  /// lower <= x <= upper
  static func closed(_ lower: Double, _ upper: Double) -> Self {
    Self(lower: lower, upper: upper)
  }
  /// lower <= x < upper
  static func halfOpen(_ lower: Double, _ upper: Double) -> Self {
    Self(lower: lower, upper: upper, includesUpper: false)
  }
  /// lower < x <= upper
  static func above(_ lower: Double, _ upper: Double) -> Self {
    Self(lower: lower, upper: upper, includesLower: false)
  }

  func contains(_ value: Double) -> Bool {
    (includesLower ? value >= lower : value > lower)
      && (includesUpper ? value <= upper : value < upper)
  }

  var description: String {
    let low = ConfigurationValue.number(lower).yaml
    let high = ConfigurationValue.number(upper).yaml
    return (includesLower ? "at least \(low)" : "above \(low)")
      + (includesUpper ? " and at most \(high)" : " and below \(high)")
  }
}
