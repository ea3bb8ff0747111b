// Texts that are no attack, noise, and what lies at a path in place of a file.  What must be refused
// with which sentence is in `ConfigurationAttackCorpus`.
import Foundation
import TestSupport
import Testing

@testable import Training

@Suite struct ConfigurationTextTests {
  @Test func nothingWrittenChangesNothing() throws {
    let longest = "#" + "x".repeated(ConfigurationText.largestSize - 2) + "\n"
    for text in ["", "\n\n", "# only a comment\n", "{}\n", longest] {
      var loader = ConfigurationLoader()
      try loader.add(yaml: text, path: "f.yaml")
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
