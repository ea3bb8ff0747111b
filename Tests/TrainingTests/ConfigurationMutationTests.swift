// Every misspelling by one edit of every key is refused, and nearly all get the right suggestion.
import Tensors
import Testing

@testable import Training

@Suite struct ConfigurationMutationTests {
  /// Deletions and swaps of neighbours at every place, and replacements and insertions drawn at
  /// random.
  private func mutations(of name: String, salt: Int, alphabet: String) -> Set<String> {
    let characters = Array(name)
    let letters = Array(alphabet)
    let random = RandomSource(seed: 7)
    let stream = RandomStream(rawValue: 1100)
    func letter(_ position: Int) -> Character {
      letters[random.integer(below: letters.count, stream, sample: salt, position: position)]
    }
    var result: Set<String> = []
    for index in characters.indices {
      var deleted = characters
      deleted.remove(at: index)
      result.insert(String(deleted))
      if index > 0 {
        var swapped = characters
        swapped.swapAt(index, index - 1)
        result.insert(String(swapped))
      }
      var replaced = characters
      replaced[index] = letter(2 * index)
      result.insert(String(replaced))
      var inserted = characters
      inserted.insert(letter(2 * index + 1), at: index)
      result.insert(String(inserted))
    }
    result.remove(name)
    return result
  }

  private func suggestion(_ body: (inout ConfigurationLoader) throws -> Void) -> String? {
    var loader = ConfigurationLoader()
    do {
      try body(&loader)
      Issue.record("accepted")
      return nil
    } catch ConfigurationError.unknownKey(_, _, let nearest) {
      return nearest
    } catch {
      return "refused otherwise: \(error)"
    }
  }

  @Test func flagsAreRefusedWithTheRightSuggestion() {
    var (right, total) = (0, 0)
    var wrong: [String] = []
    for (salt, key) in ConfigurationKey.all.enumerated() {
      let value = key.text(in: Configuration())
      for name in mutations(of: key.name, salt: salt, alphabet: "abcdefghijklmnopqrstuvwxyz_.9") {
        let found = suggestion { try $0.add(assignment: "\(name)=\(value)") }
        total += 1
        if found == key.name { right += 1 } else { wrong.append("\(name) -> \(found ?? "-")") }
      }
    }
    #expect(total > 5000)
    #expect(
      Double(right) >= 0.95 * Double(total), "\(right) of \(total); \(wrong.prefix(20))")
  }

  @Test func linesOfFilesAreRefusedWithTheRightSuggestion() {
    var (right, total) = (0, 0)
    var wrong: [String] = []
    let alphabet = "abcdefghijklmnopqrstuvwxyz_"
    for (salt, key) in ConfigurationKey.all.enumerated() {
      let value = key.text(in: Configuration())
      let parts = key.name.split(separator: ".").map(String.init)
      for level in parts.indices {
        for part in mutations(of: parts[level], salt: 1000 * salt + level, alphabet: alphabet)
        where !part.isEmpty {
          var written = parts
          written[level] = part
          let text = written.enumerated().map { depth, part in
            String(repeating: "  ", count: depth) + part + ":"
          }.joined(separator: "\n")
          let meant = parts[...level].joined(separator: ".")
          let found = suggestion { try $0.add(yaml: "\(text) \(value)\n", path: "f.yaml") }
          total += 1
          if found == meant { right += 1 } else { wrong.append("\(written) -> \(found ?? "-")") }
        }
      }
    }
    #expect(total > 5000)
    #expect(
      Double(right) >= 0.95 * Double(total), "\(right) of \(total); \(wrong.prefix(20))")
  }

  @Test func variablesAreRefused() {
    for (salt, key) in ConfigurationKey.all.enumerated() {
      let name = String(key.environmentName.dropFirst(ConfigurationKey.environmentPrefix.count))
      for mutation in mutations(of: name, salt: salt, alphabet: "ABCDEFGHIJKLMNOPQRSTUVWXYZ_") {
        let found = suggestion { try $0.add(environment: ["TRANSGAN_\(mutation)": "1"]) }
        #expect(found?.hasPrefix("TRANSGAN_") == true, "TRANSGAN_\(mutation)")
      }
    }
  }

  /// Distances that can be counted by hand.
  @Test(arguments: [
    ("", "", 0), ("seed", "seed", 0), ("seed", "sede", 1), ("seed", "eed", 1), ("seed", "seeed", 1),
    ("seed", "sead", 1), ("kitten", "sitting", 3), ("", "abc", 3), ("ca", "abc", 3),
  ])
  func editDistanceCountsEdits(first: String, second: String, expected: Int) {
    #expect(editDistance(first, second) == expected)
    #expect(editDistance(second, first) == expected)
  }

  @Test func aLastPartFindsItsKey() {
    #expect(
      nearestName(to: "learning_rate", among: ConfigurationKey.all.map(\.name))
        == "optimizer.generator.learning_rate")
    #expect(nearestName(to: "qqqqqqqq", among: ConfigurationKey.all.map(\.name)) == nil)
  }
}
