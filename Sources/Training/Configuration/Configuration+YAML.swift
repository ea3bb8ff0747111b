// A configuration as text, and what two configurations differ in.  Not here: reading.

extension Configuration {
  /// The whole configuration as a YAML file that reads back equal.
  ///
  /// - Parameter comment: a comment for the line of a key, or nil for none.
  public func yaml(comment: (ConfigurationKey) -> String? = { _ in nil }) -> String {
    var lines: [(text: String, comment: String?)] = []
    var sections: [Substring] = []
    for key in ConfigurationKey.all {
      let parts = key.name.split(separator: ".")
      let shared = zip(sections, parts.dropLast()).prefix { $0 == $1 }.count
      sections = Array(parts.dropLast())
      for (level, part) in parts.enumerated().dropFirst(shared) {
        let isLast = level == parts.count - 1
        let text = String(repeating: "  ", count: level) + part + ":"
        lines.append(
          isLast ? (text + " " + key.text(in: self), comment(key)) : (text, nil))
      }
    }
    let width = lines.filter { $0.comment != nil }.map(\.text.count).max() ?? 0
    return lines.map { line in
      guard let comment = line.comment else { return line.text + "\n" }
      let padding = String(repeating: " ", count: width - line.text.count)
      return "\(line.text)\(padding)  # \(comment)\n"
    }.joined()
  }

  /// The keys whose values differ, in the order of the table.
  public func changedKeys(from other: Configuration) -> [ConfigurationKey] {
    ConfigurationKey.all.filter { $0.read(self) != $0.read(other) }
  }

  /// Reads a configuration that `yaml(comment:)` wrote: a run directory's or a checkpoint's.
  ///
  /// - Parameter source: the name of the text in errors.
  /// - Throws: `ConfigurationError`.
  public init(yaml text: String, source: String) throws(ConfigurationError) {
    var loader = ConfigurationLoader()
    try loader.add(yaml: text, path: source)
    self = try loader.validated()
  }
}
