// How the values that are neither numbers nor choices are read and written: names, paths, the phases
// of a locality schedule.  Not here: the table of keys.
import Diagnostics

extension ConfigurationKey {
  /// Whether a text can be the name of a folder everywhere.
  static func isName(_ text: String) -> Bool {
    func isAlphanumeric(_ byte: UInt8) -> Bool {
      (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
    }
    guard let first = text.utf8.first, text.utf8.count <= 100 else { return false }
    return isAlphanumeric(first)
      && text.utf8.allSatisfy { isAlphanumeric($0) || [45, 46, 95].contains($0) }
  }

  static func isPath(_ text: String) -> Bool {
    text.utf8.count <= 4096 && printable(text, limit: .max) == text
  }

  static let phaseForm =
    "a list of {until_kimg: KIMG, windows: [W, ...]} with a window of 1...1024 or none for each "
    + "stage"

  /// Reads `{until_kimg: 10, windows: [none, 4, 6]}`.
  static let readPhase:
    @Sendable (ConfigurationValue) throws(ConfigurationMismatch) -> Configuration.Locality.Phase = {
      (value) throws(ConfigurationMismatch) in
      guard case .mapping(let entries) = value, entries.count == 2,
        let until = entries.first(where: { $0.key == "until_kimg" }),
        let windows = entries.first(where: { $0.key == "windows" })
      else {
        throw ConfigurationMismatch(found: value.yamlExcerpt, expected: phaseForm)
      }
      var phase = Configuration.Locality.Phase(
        untilKimg: try until.value.number(in: .above(0, 1e9), expected: phaseForm), windows: [])
      for window in try windows.value.list(expected: phaseForm) {
        phase.windows.append(
          window == .word("none")
            ? nil : try window.integer(in: 1...1024, expected: phaseForm))
      }
      return phase
    }

  static let writePhase: @Sendable (Configuration.Locality.Phase) -> ConfigurationValue = { phase in
    let windows = phase.windows.map { ConfigurationValue.word($0.map { "\($0)" } ?? "none") }
    return .mapping([
      .init(key: "until_kimg", value: .number(phase.untilKimg), line: 0),
      .init(key: "windows", value: .list(windows), line: 0),
    ])
  }
}

extension ConfigurationValue {
  /// The value as an error shows it where its kind alone would not help.
  fileprivate var yamlExcerpt: String { "'\(printable(yaml, limit: 80))'" }
}

extension Configuration {
  /// The seed as the table reads it; seeds end at 2^63 - 1 so that every YAML reader can hold them.
  var signedSeed: Int {
    get { Int(truncatingIfNeeded: seed) }
    set { seed = UInt64(newValue) }
  }
}
