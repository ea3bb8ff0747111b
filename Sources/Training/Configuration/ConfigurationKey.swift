// One row of the table of keys, and how rows of each type are made.  The table drives reading,
// writing, the errors' suggestions, `config keys` and the rules of resuming, so that nothing is said
// twice.  Not here: the rows (`ConfigurationKey+Table`).

/// A key of the configuration: its name, type, range, meaning, and where its value lives.
public struct ConfigurationKey: Sendable {
  /// The name with dots between its levels, e.g. `batch.discriminator`.
  public let name: String
  /// The type and the allowed values, as a phrase: `an integer, 1...1024`.
  public let expected: String
  /// What the value means, with its unit.
  public let summary: String
  /// Whether a resumed run may have another value than the run that it continues.
  public let mayChangeOnResume: Bool
  /// Whether the value is a list.
  let isList: Bool
  let read: @Sendable (Configuration) -> ConfigurationValue
  private let write:
    @Sendable (inout Configuration, ConfigurationValue) throws(ConfigurationMismatch) -> Void

  /// The environment variable that sets the key: `TRANSGAN_BATCH__DISCRIMINATOR`.
  public var environmentName: String {
    Self.environmentPrefix
      + name.uppercased().split(separator: ".").joined(separator: "__")
  }

  static let environmentPrefix = "TRANSGAN_"

  /// The value in a configuration, on one line of YAML.
  public func text(in configuration: Configuration) -> String { read(configuration).yaml }

  func set(
    _ value: ConfigurationValue, in configuration: inout Configuration
  ) throws(ConfigurationMismatch) {
    try write(&configuration, value)
  }
}

/// Whether a key may have another value when a run is resumed.
enum OnResume { case fixed, free }

extension ConfigurationKey {
  typealias Path<Value> = WritableKeyPath<Configuration, Value> & Sendable

  static func integer(
    _ name: String, _ path: Path<Int>, _ range: ClosedRange<Int>, _ summary: String,
    onResume: OnResume = .fixed
  ) -> Self {
    let expected = "an integer, \(range.lowerBound)...\(range.upperBound)"
    return Self(
      name: name, expected: expected, summary: summary, mayChangeOnResume: onResume == .free,
      isList: false,
      read: { .word("\($0[keyPath: path])") },
      write: { (target, value) throws(ConfigurationMismatch) in
        target[keyPath: path] = try value.integer(in: range, expected: expected)
      })
  }

  static func number(
    _ name: String, _ path: Path<Double>, _ range: NumberRange, _ summary: String,
    onResume: OnResume = .fixed
  ) -> Self {
    let expected = "a number, \(range)"
    return Self(
      name: name, expected: expected, summary: summary, mayChangeOnResume: onResume == .free,
      isList: false,
      read: { .number($0[keyPath: path]) },
      write: { (target, value) throws(ConfigurationMismatch) in
        target[keyPath: path] = try value.number(in: range, expected: expected)
      })
  }

  static func boolean(
    _ name: String, _ path: Path<Bool>, _ summary: String,
    onResume: OnResume = .fixed
  ) -> Self {
    let expected = "true or false"
    return Self(
      name: name, expected: expected, summary: summary, mayChangeOnResume: onResume == .free,
      isList: false,
      read: { .word("\($0[keyPath: path])") },
      write: { (target, value) throws(ConfigurationMismatch) in
        target[keyPath: path] = try value.boolean(expected: expected)
      })
  }

  static func choice<Choice: RawRepresentable<String> & CaseIterable & Sendable>(
    _ name: String, _ path: Path<Choice>, _ summary: String,
    onResume: OnResume = .fixed
  ) -> Self {
    let expected = "one of " + Choice.allCases.map(\.rawValue).joined(separator: ", ")
    return Self(
      name: name, expected: expected, summary: summary, mayChangeOnResume: onResume == .free,
      isList: false,
      read: { .word($0[keyPath: path].rawValue) },
      write: { (target, value) throws(ConfigurationMismatch) in
        target[keyPath: path] = try value.choice(expected: expected)
      })
  }

  /// A text that `isAllowed` accepts.
  static func text(
    _ name: String, _ path: Path<String>, _ expected: String, _ summary: String,
    onResume: OnResume = .fixed, isAllowed: @escaping @Sendable (String) -> Bool
  ) -> Self {
    Self(
      name: name, expected: expected, summary: summary, mayChangeOnResume: onResume == .free,
      isList: false,
      read: { .quoted($0[keyPath: path]) },
      write: { (target, value) throws(ConfigurationMismatch) in
        switch value {
        case .word(let text) where isAllowed(text), .quoted(let text) where isAllowed(text):
          target[keyPath: path] = text
        default:
          throw ConfigurationMismatch(found: value.found, expected: expected)
        }
      })
  }

  /// A list whose elements are read and written by the two closures.
  static func list<Element: Sendable>(
    _ name: String, _ path: Path<[Element]>, _ expected: String, count: ClosedRange<Int>,
    _ summary: String,
    onResume: OnResume = .fixed,
    readElement: @escaping @Sendable (ConfigurationValue) throws(ConfigurationMismatch) -> Element,
    writeElement: @escaping @Sendable (Element) -> ConfigurationValue
  ) -> Self {
    Self(
      name: name, expected: expected, summary: summary, mayChangeOnResume: onResume == .free,
      isList: true,
      read: { .list($0[keyPath: path].map(writeElement)) },
      write: { (target, value) throws(ConfigurationMismatch) in
        let values = try value.list(expected: expected)
        guard count.contains(values.count) else {
          throw ConfigurationMismatch(
            found: "a list of \(values.count) elements", expected: expected)
        }
        var elements: [Element] = []
        for value in values {
          elements.append(try readElement(value))
        }
        target[keyPath: path] = elements
      })
  }

  /// A list of integers.
  static func integers(
    _ name: String, _ path: Path<[Int]>, _ range: ClosedRange<Int>, count: ClosedRange<Int>,
    _ summary: String,
    onResume: OnResume = .fixed
  ) -> Self {
    let expected =
      "a list of \(count.lowerBound)...\(count.upperBound) integers, each "
      + "\(range.lowerBound)...\(range.upperBound)"
    return list(
      name, path, expected, count: count, summary, onResume: onResume,
      readElement: { (value) throws(ConfigurationMismatch) in
        try value.integer(in: range, expected: expected)
      },
      writeElement: { .word("\($0)") })
  }
}
