// What can be wrong with a configuration, and how it is said.  Not here: who finds it.
import Diagnostics

/// Where a value of the configuration comes from.
public enum ConfigurationOrigin: Sendable, Equatable, CustomStringConvertible {
  case defaults
  case file(path: String, line: Int)
  case environment(variable: String)
  /// `--set KEY=VALUE`
  case flag(String)

  public var description: String {
    switch self {
    case .defaults: "default"
    case .file(let path, let line): "\(printable(path)):\(line)"
    case .environment(let variable): "environment variable \(printable(variable))"
    case .flag(let text): "--set \(printable(text))"
    }
  }
}

/// What is wrong with a configuration.
public enum ConfigurationError: DiagnosableError, Equatable {
  /// A file is missing.
  case missingFile(path: String)
  /// A file cannot be read, or is not a regular file.
  case unreadableFile(path: String, reason: String)
  /// A file, or the value of a list, is not in the part of YAML that is understood here.
  case malformed(origin: ConfigurationOrigin, problem: String)
  /// `--set` without `=`.
  case notAnAssignment(String)
  /// A key, or a section, that does not exist.
  case unknownKey(name: String, origin: ConfigurationOrigin, nearest: String?)
  /// A key that is written as a section, or a section that is written as a key.
  case wrongLevel(name: String, origin: ConfigurationOrigin, problem: String)
  /// A value of the wrong type or out of range.
  case wrongValue(key: String, origin: ConfigurationOrigin, found: String, expected: String)
  /// Values that do not go together; each text is a sentence that names its keys.
  case inconsistent([String])

  public var exitCode: ExitCode {
    if case .missingFile = self { .missingInput } else { .usage }
  }

  public var description: String {
    switch self {
    case .missingFile(let path):
      "there is no configuration file '\(printable(path))': give the path of an existing file to "
        + "--config"
    case .unreadableFile(let path, let reason):
      "the configuration file '\(printable(path))' cannot be read: \(reason)"
    case .malformed(let origin, let problem):
      "\(origin): \(problem)"
    case .notAnAssignment(let text):
      "--set '\(printable(text))' has no value: write --set KEY=VALUE, e.g. --set total_kimg=10"
    case .unknownKey(let name, let origin, let nearest):
      "\(origin): unknown key '\(printable(name))'"
        + (nearest.map { ", did you mean '\($0)'?" }
          ?? "; `transgan-dist config keys` lists all keys")
    case .wrongLevel(let name, let origin, let problem):
      "\(origin): '\(printable(name))' \(problem)"
    case .wrongValue(let key, let origin, let found, let expected):
      "\(origin): \(key) is \(found), expected \(expected)"
    case .inconsistent(let problems):
      "the configuration contradicts itself: " + problems.prefix(4).joined(separator: "; ")
        + (problems.count > 4 ? "; and \(problems.count - 4) more contradictions" : "")
    }
  }
}
