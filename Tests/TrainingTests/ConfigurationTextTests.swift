// YAML that attacks or confuses: each is refused with its place, and none traps or takes long.
import Foundation
import TestSupport
import Testing

@testable import Training

@Suite struct ConfigurationTextTests {
  private func refusal(_ text: String) throws -> (line: Int, problem: String) {
    var loader = ConfigurationLoader()
    let error = #expect(throws: ConfigurationError.self, "\(text.prefix(200))") {
      try loader.add(yaml: text, path: "f.yaml")
    }
    #expect(loader.configuration == Configuration())
    #expect(error?.description.contains("\n") == false)
    guard case .malformed(.file("f.yaml", let line), let problem)? = error else {
      Issue.record("\(text.prefix(200)) gave \(String(describing: error))")
      return (0, "")
    }
    return (line, problem)
  }

  static let attacks: [(text: String, line: Int, word: String)] = [
    ("seed: 1\nname: &a x\n", 2, "'&'"), ("a: &a 1\nb: *a\n", 1, "'&'"), ("seed: *a\n", 1, "'*'"),
    ("seed: !!int 3\n", 1, "'!'"), ("!x seed: 3\n", 1, "'!'"),
    ("model: {<<: {latent: 3}}\n", 1, "<<"),
    ("<<: [1]\n", 1, "merge"), ("seed: 1\n\ttotal_kimg: 2\n", 2, "tab"),
    ("\u{FEFF}seed: 1\n", 1, "byte order mark"),
    ("seed: 1\r\nthreads: 2\r\n", 1, "carriage return"),
    ("seed: 1\nname: a\u{1B}[2J\n", 2, "invisible"), ("seed: \u{0}\n", 1, "invisible"),
    ("seed: \u{202E}1\n", 1, "invisible"), ("seed: 1\nseed: 2\n", 1, "twice"),
    ("batch:\n  blocks: 2\n  blocks: 3\n", 2, "twice"), ("seed: 1\n---\nseed: 2\n", 2, "document"),
    ("seed: [1\n", 2, "not YAML"), ("seed: \"1\n", 2, "not YAML"), ("seed: 'a\n", 2, "not YAML"),
    ("batch: blocks: 3\n", 1, "not YAML"), ("? [1, 2]\n: 3\n", 1, "a list or a mapping"),
    ("7\n", 1, "KEY: VALUE"), ("- seed\n", 1, "KEY: VALUE"), ("seed\n", 1, "KEY: VALUE"),
    ("%YAML 9.9\n---\nseed: 1\n", 1, "not YAML"), ("seed: @x\n", 1, "not YAML"),
    (" seed: 1\nthreads: 2\n", 2, "not YAML"),
  ]

  @Test(arguments: attacks)
  func attacksAreRefused(text: String, line: Int, word: String) throws {
    let (foundLine, problem) = try refusal(text)
    #expect(foundLine == line, "\(problem)")
    #expect(problem.contains(word), "\(problem)")
  }

  /// Nested aliases that would grow to 10^9 elements.
  @Test func aliasBombIsRefused() throws {
    var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    for level in 1..<9 {
      let names = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
      text += "a\(level): &a\(level) [\(names)]\n"
    }
    #expect(try refusal(text).line == 1)
    // The same hidden behind what looks like a comment, inside a text of two lines.
    #expect(try refusal("a: [\"x\n# \", &b 1, *b]\n").problem.contains("'&'"))
  }

  static let towers = [
    String(repeating: "[", count: 60000), String(repeating: "{a: ", count: 15000),
    String(repeating: "- ", count: 30000), String(repeating: "? ", count: 30000),
    "seed: " + String(repeating: "[", count: 900) + String(repeating: "]", count: 900),
    "seed: " + String(repeating: "[", count: 17) + String(repeating: "]", count: 17),
    (0..<300).map { String(repeating: " ", count: $0) + "a:" }.joined(separator: "\n"),
    "? " + String(repeating: "[", count: 900) + String(repeating: "]", count: 900) + "\n: 1",
  ]

  @Test(arguments: towers.indices)
  func depthIsBounded(tower: Int) throws {
    let problem = try refusal(Self.towers[tower] + "\n").problem
    #expect(
      ["levels", "not YAML", "list or a mapping"].contains { problem.contains($0) }, "\(problem)")
  }

  @Test func sizeIsBounded() throws {
    let comment = "#" + String(repeating: "x", count: ConfigurationText.largestSize - 2) + "\n"
    var loader = ConfigurationLoader()
    try loader.add(yaml: comment, path: "f.yaml")
    #expect(try refusal(comment + "\n").problem.contains("65537 bytes"))
    // Many short keys: hashing and comparing them must not take long.
    let keys = (0..<8000).map { "k\($0): 1" }.joined(separator: "\n")
    #expect(throws: ConfigurationError.self) { try loader.add(yaml: keys, path: "f.yaml") }
  }

  @Test func nothingWrittenChangesNothing() throws {
    for text in ["", "\n\n", "# only a comment\n", "---\n", "{}\n"] {
      var loader = ConfigurationLoader()
      if text == "---\n" {
        #expect(throws: ConfigurationError.self) { try loader.add(yaml: text, path: "f") }
      } else {
        try loader.add(yaml: text, path: "f.yaml")
      }
      #expect(loader.configuration == Configuration())
    }
  }

  /// Random bytes and random cuts of a real file: an error or a configuration, never a trap.
  @Test func noiseIsAnErrorOrAConfiguration() throws {
    let whole = Array(Configuration().yaml().utf8)
    var state: UInt64 = 88_172_645_463_325_252
    func next(_ bound: Int) -> Int {
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      return Int(state % UInt64(bound))
    }
    for _ in 0..<3000 {
      var bytes = Array(whole.prefix(next(whole.count + 1)))
      for _ in 0..<next(6) where !bytes.isEmpty {
        bytes[next(bytes.count)] = UInt8(next(128))
      }
      var loader = ConfigurationLoader()
      do {
        try loader.add(yaml: String(decoding: bytes, as: UTF8.self), path: "f.yaml")
      } catch let error {
        #expect(error.exitCode == .usage)
        #expect(!error.description.contains("\n"), "\(bytes)")
      }
    }
  }

  @Test func filesThatAreNoneAreRefused() throws {
    try withTemporaryFolder { folder in
      var loader = ConfigurationLoader()
      #expect(throws: ConfigurationError.missingFile(path: folder + "/none")) {
        try loader.add(file: folder + "/none")
      }
      #expect(throws: ConfigurationError.self) { try loader.add(file: folder) }
      #expect(mkfifo(folder + "/pipe", 0o600) == 0)
      #expect(throws: ConfigurationError.self) { try loader.add(file: folder + "/pipe") }
      #expect(throws: ConfigurationError.self) { try loader.add(file: "/dev/zero") }
      try Data([0x73, 0xFF, 0xFE]).write(to: URL(fileURLWithPath: folder + "/bytes"))
      let error = #expect(throws: ConfigurationError.self) {
        try loader.add(file: folder + "/bytes")
      }
      #expect(error?.description.contains("UTF-8") == true)
      try Data(count: 1 << 20).write(to: URL(fileURLWithPath: folder + "/long"))
      #expect(throws: ConfigurationError.self) { try loader.add(file: folder + "/long") }
    }
  }

  @Test func hostileNamesAreEscaped() {
    var loader = ConfigurationLoader()
    let error = #expect(throws: ConfigurationError.self) {
      try loader.add(assignment: "se\u{1B}[31med\n=1")
    }
    #expect(error?.description.contains("\u{1B}") == false)
    #expect(error?.description.contains("\\u{1b}") == true)
  }
}
