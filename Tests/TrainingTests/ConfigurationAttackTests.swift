// Hostile and mistaken configurations: each is refused with its exact sentence, in one line, and leaves the
// values as they were.

import TestSupport
import Testing

@testable import Training

struct ConfigurationAttackTests {
  @Test func theCorpusIsLargeAndWithoutRepetition() {
    #expect(ConfigurationAttack.all.count >= 100)
    #expect(Set(ConfigurationAttack.all.map(\.name)).count == ConfigurationAttack.all.count)
  }

  @Test(arguments: ConfigurationAttack.all)
  func isRefusedWithItsSentence(attack: ConfigurationAttack) {
    var loader = ConfigurationLoader()
    let error = #expect(throws: ConfigurationError.self) {
      switch attack.way {
      case .file: try loader.add(yaml: attack.text, path: "f.yaml")
      case .flag: try loader.add(assignment: attack.text)
      case .variable(let name): try loader.add(environment: [name: attack.text])
      }
      #expect(loader.configuration != Configuration())
      _ = try loader.validated()
    }
    let text = "\(error?.description ?? "accepted")"
    #expect(text == attack.sentence)
    #expect(error?.exitCode == .usage)
    #expect(text.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control })
    if case .inconsistent? = error { return }
    #expect(loader.configuration == Configuration())
  }

  /// The seeds of `launch/fuzz`: the attacks, as the fuzzer tells the ways apart, and what is accepted.
  @Test(.enabled(if: fuzzSeedFolder != nil)) func fuzzSeeds() throws {
    var seeds = ConfigurationAttack.all.map { attack in
      switch attack.way {
      case .file: (attack.name, Array(attack.text.utf8))
      case .flag: (attack.name, Array("--set \(attack.text)".utf8))
      case .variable(let name): (attack.name, Array("\(name)=\(attack.text)".utf8))
      }
    }
    let start = Configuration()
    for key in ConfigurationKey.all {
      seeds.append((key.name, Array("--set \(key.name)=\(key.text(in: start))".utf8)))
    }
    for section in Set(ConfigurationKey.all.compactMap { $0.name.split(separator: ".").first }) {
      let lines = start.yaml().split(separator: "\n", omittingEmptySubsequences: false)
      let first = lines.firstIndex { $0.hasPrefix(section + ":") } ?? 0
      let rest = lines[(first + 1)...].prefix { $0.hasPrefix(" ") }
      seeds.append(
        ("section \(section)", Array(([lines[first]] + rest).joined(separator: "\n").utf8)))
    }
    try writeFuzzSeeds("configuration", longest: 2048, seeds)
  }
}
