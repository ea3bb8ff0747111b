// The table of keys itself: names, both ways of a value, what may change on resume, refused values.
import Testing

@testable import Training

@Suite struct ConfigurationTableTests {
  @Test func namesAndVariablesAreUnique() {
    let keys = ConfigurationKey.all
    #expect(Set(keys.map(\.name)).count == keys.count)
    #expect(Set(keys.map(\.environmentName)).count == keys.count)
    for key in keys {
      #expect(
        key.name.allSatisfy { $0.isASCII && ($0.isLowercase || $0.isNumber || "._".contains($0)) },
        "\(key.name)")
      #expect(!key.name.contains("__") && !key.summary.isEmpty, "\(key.name)")
      #expect(!ConfigurationKey.sections.contains(key.name), "\(key.name)")
      #expect(!ConfigurationLoader.otherVariables.contains(key.environmentName), "\(key.name)")
    }
  }

  @Test func keysThatScriptsRelyOnAreThere() {
    for name in [
      "seed", "total_kimg", "checkpoint_every_kimg", "batch.discriminator", "batch.generator",
      "batch.blocks", "data.source", "data.path",
    ] {
      #expect(ConfigurationKey.named(name) != nil, "\(name)")
    }
  }

  /// What a resumed run may differ in: how long, how often, where to, how fast; nothing that a weight
  /// depends on.
  @Test func onlyTheseKeysMayChangeOnResume() {
    let free = Set(ConfigurationKey.all.filter(\.mayChangeOnResume).map(\.name))
    #expect(
      free == [
        "name", "total_kimg", "checkpoint_every_kimg", "threads", "reduction", "data.path",
        "samples.every_kimg", "samples.rows", "samples.columns", "log.every_steps",
        "checkpoints.keep", "checkpoints.keep_every", "evaluation.sliced_wasserstein_every_kimg",
        "evaluation.images", "on_non_finite", "rollback_limit", "audit.every_updates",
      ])
  }

  /// For every key a value other than the default: it is read, shown, told apart and kept.
  @Test func everyKeyIsReadWrittenAndTold() throws {
    let other: [String: String] = [
      "name": "\"other-1\"", "data.path": "\"a \\\"b\\\" \\\\ c: #d\"", "data.source": "cifar10",
      "reduction": "fast", "fidelity": "published",
      "on_non_finite": "rollback", "loss.kind": "hinge",
      "loss.penalty.kind": "gradient", "ema.kind": "fixed", "locality.preset": "paper",
      "locality.metric": "sequence", "augmentation.policy": "[color, translation]",
      "locality.schedule": "[{until_kimg: 0.3, windows: [none, 4, 10]}]",
      "model.generator.depths": "[5, 4]", "model.generator.widths": "[128, 64, 32]",
      "data.flip": "true", "locality.last_block_only": "true",
    ]
    let start = Configuration()
    for key in ConfigurationKey.all {
      let isCount = key.expected.hasPrefix("an integer")
      let text = other[key.name] ?? (isCount ? "16" : "0.3125")
      var loader = ConfigurationLoader()
      try loader.add(yaml: nested(key.name, text), path: "f.yaml")
      let changed = loader.configuration
      #expect(changed.changedKeys(from: start).map(\.name) == [key.name])
      #expect(key.text(in: changed) == text, "\(key.name)")
      #expect(loader.origin(of: key) == .file(path: "f.yaml", line: key.name.levels), "\(key.name)")
      var again = ConfigurationLoader()
      try again.add(yaml: changed.yaml(), path: "f.yaml")
      #expect(again.configuration == changed, "\(key.name)")
    }
  }

  @Test(arguments: [
    ("seed", "-1"), ("seed", "1.5"), ("seed", "9223372036854775808"), ("seed", "1e3"),
    ("seed", "'7'"), ("seed", "0x10"), ("seed", "1_000"), ("seed", ""), ("seed", "null"),
    ("seed", "[1]"), ("seed", "{a: 1}"), ("seed", "99999999999999999999999999"),
    ("total_kimg", "0"), ("total_kimg", "-1"), ("total_kimg", "1e999"), ("total_kimg", ".inf"),
    ("total_kimg", ".nan"), ("total_kimg", "inf"), ("total_kimg", "nan"), ("total_kimg", "0x1p3"),
    ("total_kimg", "1.2.3"), ("total_kimg", "e5"), ("total_kimg", "."), ("total_kimg", "ten"),
    ("total_kimg", "\"10\""), ("total_kimg", "1e-999"), ("total_kimg", "1,5"),
    ("optimizer.generator.beta1", "1"), ("optimizer.generator.learning_rate", "0"),
    ("data.flip", "yes"), ("data.flip", "True"), ("data.flip", "1"), ("data.flip", "'true'"),
    ("data.source", "cifar"), ("data.source", "'cifar10'"), ("data.source", "[cifar10]"),
    ("name", "../up"), ("name", "a/b"), ("name", ""), ("name", "-x"), ("name", ".hidden"),
    ("name", "[a]"), ("data.path", "\"a\\u001bb\""), ("data.path", "\"a\\nb\""),
    ("augmentation.policy", "color"), ("augmentation.policy", "[colour]"),
    ("augmentation.policy", "[color, color, color, color]"),
    ("augmentation.cutout_probability", "2"),
    ("model.generator.depths", "[]"), ("model.generator.depths", "[1, x]"),
    ("model.generator.depths", "[1, 2, 3, 4, 5, 6, 7]"), ("model.generator.depths", "[[1]]"),
    ("checkpoints.keep", "2"),
    ("locality.schedule", "[{until_kimg: 1, windows: [0, 1, 1]}]"),
    ("locality.schedule", "[{until_kimg: 1}]"), ("locality.schedule", "[{windows: [1, 1, 1]}]"),
    ("locality.schedule", "[{until_kimg: 0, windows: [1, 1, 1]}]"),
    ("locality.schedule", "[{until_kimg: 1, windows: 4}]"),
    ("locality.schedule", "[{until_kimg: 1, windows: [1], more: 2}]"),
    ("locality.schedule", "[3]"), ("locality.schedule", "{}"),
  ])
  func valuesOfTheWrongTypeOrRangeAreRefused(name: String, text: String) throws {
    var loader = ConfigurationLoader()
    let key = try #require(ConfigurationKey.named(name))
    let error = #expect(throws: ConfigurationError.self) {
      try loader.add(yaml: nested(name, text), path: "dir/f.yaml")
    }
    guard case .wrongValue(name, .file("dir/f.yaml", name.levels), _, key.expected)? = error else {
      Issue.record("\(name): \(text) gave \(String(describing: error))")
      return
    }
    #expect(error?.exitCode == .usage)
    #expect(loader.configuration == Configuration())
  }

  /// The lines of a file that sets one key.
  private func nested(_ name: String, _ text: String) -> String {
    name.split(separator: ".").enumerated().map { level, part in
      String(repeating: "  ", count: level) + part + ":"
    }.joined(separator: "\n") + " \(text)\n"
  }
}

extension String {
  /// How many parts a key's name has.
  fileprivate var levels: Int { split(separator: ".").count }
}
