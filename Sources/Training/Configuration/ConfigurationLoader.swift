// Layers of values: the defaults, then files in their order, then the environment, then `--set`.
// Not here: keys and types (`ConfigurationKey`), YAML (`ConfigurationText`).
import Diagnostics

/// A configuration that is being put together, and where each value comes from.
///
/// Later layers win.  Every method leaves the values as they were before it where it throws.
public struct ConfigurationLoader: Sendable {
  /// The values so far.
  public private(set) var configuration = Configuration()
  /// Where each key was last set; keys that are not here have their default.
  private var origins: [String: ConfigurationOrigin] = [:]

  public init() {}

  /// Where the value of a key comes from.
  public func origin(of key: ConfigurationKey) -> ConfigurationOrigin {
    origins[key.name] ?? .defaults
  }

  /// Adds a configuration file.
  ///
  /// - Throws: `ConfigurationError`, with file and line.
  public mutating func add(file path: String) throws(ConfigurationError) {
    try add(yaml: try ConfigurationFile.read(path), path: path)
  }

  /// Adds the text of a configuration file.
  ///
  /// - Parameter path: the name of the text in errors and origins.
  public mutating func add(yaml text: String, path: String) throws(ConfigurationError) {
    let root = try ConfigurationText.parse(text) { .file(path: path, line: $0) }
    guard let root else { return }
    guard case .mapping(let entries) = root else {
      throw .malformed(
        origin: .file(path: path, line: 1),
        problem: "\(root.found), expected lines of the form KEY: VALUE")
    }
    var layer = self
    try layer.add(entries, below: "", path: path)
    self = layer
  }

  private mutating func add(
    _ entries: [ConfigurationValue.Entry], below section: String, path: String
  ) throws(ConfigurationError) {
    for entry in entries {
      let name = section.isEmpty ? entry.key : "\(section).\(entry.key)"
      let origin = ConfigurationOrigin.file(path: path, line: entry.line)
      guard !entry.key.contains(".") else {
        throw .wrongLevel(
          name: entry.key, origin: origin,
          problem: "is written with dots: in a file each level stands on a line of its own, "
            + "indented below the level before")
      }
      if let key = ConfigurationKey.named(name) {
        try set(key, entry.value, origin)
      } else if ConfigurationKey.sections.contains(name) {
        guard case .mapping(let inner) = entry.value else {
          throw .wrongLevel(
            name: name, origin: origin,
            problem: "is \(entry.value.found), expected its keys on indented lines below it")
        }
        try add(inner, below: name, path: path)
      } else {
        throw Self.unknown(
          name, origin,
          among: ConfigurationKey.all.map(\.name)
            + ConfigurationKey.sections.sorted())
      }
    }
  }

  /// Adds the variables `TRANSGAN_KEY`, with `__` for the dots of the key.
  ///
  /// Variables that other parts of the project read, `otherVariables`, are left alone; any other
  /// name with that beginning is an error, because it would silently do nothing.
  public mutating func add(
    environment: [String: String]
  ) throws(ConfigurationError) {
    var layer = self
    let prefix = ConfigurationKey.environmentPrefix
    for (variable, text) in environment.sorted(by: { $0.key < $1.key })
    where variable.hasPrefix(prefix) && !Self.otherVariables.contains(variable) {
      let origin = ConfigurationOrigin.environment(variable: variable)
      guard let key = ConfigurationKey.ofVariable[variable] else {
        throw Self.unknown(
          variable, origin, among: ConfigurationKey.all.map(\.environmentName))
      }
      try layer.set(key, text: text, origin)
    }
    self = layer
  }

  /// Variables with the same beginning that are not keys: they steer the build, the tests and the
  /// fault points.
  public static let otherVariables: Set<String> = [
    "TRANSGAN_ARCH", "TRANSGAN_STRICT", "TRANSGAN_FIXTURES", "TRANSGAN_FAULT", "TRANSGAN_FAULTS",
    "TRANSGAN_FUZZ",
  ]

  /// Adds `KEY=VALUE` of the command line.
  public mutating func add(assignment: String) throws(ConfigurationError) {
    guard let equals = assignment.firstIndex(of: "="), equals != assignment.startIndex else {
      throw .notAnAssignment(assignment)
    }
    let name = String(assignment[..<equals])
    let origin = ConfigurationOrigin.flag(assignment)
    guard let key = ConfigurationKey.named(name) else {
      guard !ConfigurationKey.sections.contains(name) else {
        throw .wrongLevel(
          name: name, origin: origin,
          problem: "is a section: name one of its keys, as `transgan-dist config keys` lists them")
      }
      throw Self.unknown(name, origin, among: ConfigurationKey.all.map(\.name))
    }
    try set(key, text: String(assignment[assignment.index(after: equals)...]), origin)
  }

  /// Sets a key from a text that is the value itself; lists may leave out their brackets.
  private mutating func set(
    _ key: ConfigurationKey, text: String, _ origin: ConfigurationOrigin
  ) throws(ConfigurationError) {
    guard key.isList else { return try set(key, .word(text), origin) }
    let list = text.hasPrefix("[") ? text : "[\(text)]"
    try set(key, try ConfigurationText.parse(list) { _ in origin } ?? .word(""), origin)
  }

  private mutating func set(
    _ key: ConfigurationKey, _ value: ConfigurationValue, _ origin: ConfigurationOrigin
  ) throws(ConfigurationError) {
    do {
      try key.set(value, in: &configuration)
    } catch {
      throw .wrongValue(
        key: key.name, origin: origin, found: error.found, expected: error.expected)
    }
    origins[key.name] = origin
  }

  private static func unknown(
    _ name: String, _ origin: ConfigurationOrigin, among names: [String]
  ) -> ConfigurationError {
    .unknownKey(name: name, origin: origin, nearest: nearestName(to: name, among: names))
  }

  /// The configuration, after checking that its values go together.
  public func validated() throws(ConfigurationError) -> Configuration {
    let problems = configuration.problems()
    guard problems.isEmpty else {
      throw .inconsistent(problems.map(describe))
    }
    return configuration
  }

  /// A problem with where its keys were set.
  private func describe(_ problem: Configuration.Problem) -> String {
    let places = problem.keys.compactMap { key in origins[key].map { "\(key) from \($0)" } }
    return problem.sentence + (places.isEmpty ? "" : " (\(places.joined(separator: ", ")))")
  }
}
