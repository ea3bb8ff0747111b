// Hostile and damaged safetensors files: each is refused with its exact reason, in one line of text.

import Diagnostics
import Foundation
import TestSupport
import Testing

@testable import Tensors

struct SafetensorsAttackTests {
  @Test func theCorpusIsLargeAndWithoutRepetition() {
    #expect(SafetensorsAttack.all.count >= 100)
    #expect(Set(SafetensorsAttack.all.map(\.name)).count == SafetensorsAttack.all.count)
  }

  @Test(arguments: SafetensorsAttack.all)
  func isRefusedWithItsReason(attack: SafetensorsAttack) {
    let error = #expect(throws: SafetensorsError.self) {
      _ = try SafetensorsFile(bytes: attack.bytes, name: "attack")
    }
    #expect(error?.reason == attack.reason)
    #expect(error?.exitCode == .damagedInput)
    let text = "\(error?.description ?? "")"
    #expect(text.hasPrefix("attack: ") && text.count < 600)
    #expect(text.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control })
  }

  @Test func aFileOnDiskIsRefusedLikeBytes() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/attack.safetensors"
      for attack in SafetensorsAttack.all where attack.bytes.count < 1000 {
        try Data(attack.bytes).write(to: URL(fileURLWithPath: path))
        let expected = SafetensorsError(file: path, reason: attack.reason)
        #expect(throws: expected, "\(attack.name)") { _ = try SafetensorsFile(path: path) }
      }
    }
  }

  @Test func missingFilesFoldersAndPipesAreRefusedAtOnce() throws {
    try withTemporaryFolder { folder in
      let missing = SafetensorsError(
        file: folder + "/none", reason: .cannotOpen(errno: ENOENT))
      #expect(throws: missing) { _ = try SafetensorsFile(path: folder + "/none") }
      #expect(missing.exitCode == .missingInput)
      #expect(throws: SafetensorsError(file: folder, reason: .notRegularFile)) {
        _ = try SafetensorsFile(path: folder)
      }
      let pipe = folder + "/pipe"
      #expect(mkfifo(pipe, 0o600) == 0)
      #expect(throws: SafetensorsError(file: pipe, reason: .notRegularFile)) {
        _ = try SafetensorsFile(path: pipe)
      }
      let link = folder + "/link"
      #expect(symlink(link, link) == 0)
      #expect(throws: SafetensorsError(file: link, reason: .cannotOpen(errno: ELOOP))) {
        _ = try SafetensorsFile(path: link)
      }
    }
  }

  @Test func aFileThatShrinksAfterOpeningIsAnError() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/a.safetensors"
      let bytes = SafetensorsFile.encode([("a", Tensor([4], [1, 2, 3, 4]))])
      try Data(bytes).write(to: URL(fileURLWithPath: path))
      let file = try SafetensorsFile(path: path)
      #expect(truncate(path, off_t(bytes.count - 5)) == 0)
      let expected = SafetensorsError(
        file: path, reason: .shrank(fileOffset: bytes.count - 5))
      #expect(throws: expected) { _ = try file.tensor(named: "a") }
    }
  }

  /// No prefix of a good file is a good file.
  @Test func everyTruncationIsRefused() {
    let bytes = SafetensorsFile.encode(
      [("weight", Tensor([2, 2], [1, 2, 3, 4])), ("bias", Tensor([2], [5, 6]))],
      metadata: ["step": "7"])
    for length in 0..<bytes.count {
      #expect(throws: SafetensorsError.self, "length \(length)") {
        _ = try SafetensorsFile(bytes: Array(bytes[..<length]))
      }
    }
  }

  /// A thousand random mutations of a good header neither crash nor hang: they are read or refused.
  @Test(arguments: 0..<20)
  func mutationsAreReadOrRefused(seed: UInt64) {
    let good = SafetensorsFile.encode(
      [("weight", Tensor([2, 2], [1, 2, 3, 4])), ("bias", Tensor([2], [5, 6]))],
      metadata: ["step": "7", "text": "\u{1B}\"\\\n"])
    let random = RandomSource(seed: seed)
    let stream = RandomStream(rawValue: 1001)
    for trial in 0..<1000 {
      var bytes = good
      let edits = random.integer(below: 4, stream, sample: trial, position: 0)
      for edit in 0...edits {
        let words = random.bits(stream, sample: trial, block: 1 + edit)
        let position = Int(words.x) % bytes.count
        switch words.y % 3 {
        case 0: bytes[position] = UInt8(truncatingIfNeeded: words.z)
        case 1: bytes.remove(at: position)
        default: bytes.insert(bytes[Int(words.w) % bytes.count], at: position)
        }
      }
      do {
        let file = try SafetensorsFile(bytes: bytes)
        for name in file.names { try file.withBytes(ofTensor: name) { _ in } }
      } catch {
        #expect(error is SafetensorsError, "seed \(seed), trial \(trial): \(error)")
      }
    }
  }

  /// The seeds of `launch/fuzz`.
  @Test(.enabled(if: fuzzSeedFolder != nil)) func fuzzSeeds() throws {
    let one = ("weight", Tensor([2, 2], [1, 2, 3, 4]))
    let sound = [
      ("sound", SafetensorsFile.encode([one, ("bias", Tensor([0], []))], metadata: ["k": "\n"])),
      ("no tensors", SafetensorsFile.encode([])),
    ]
    let types = SafetensorsLayout(
      tensors: SafetensorsType.allCases.map {
        .init(name: $0.rawValue, type: $0, shape: [1, 1])
      })
    let zeros = [UInt8](repeating: 0, count: types.byteCount - types.header.count)
    try writeFuzzSeeds(
      "safetensors", longest: 2048,
      sound + [("types", types.header + zeros)] + SafetensorsAttack.all.map { ($0.name, $0.bytes) }
        + largest)
  }

  /// Headers that are as long, or have as many entries, as is allowed.
  private var largest: [(name: String, bytes: [UInt8])] {
    func text(_ piece: String) -> String {
      let begin = "{\"__metadata__\":{\"k\":\""
      let count = (SafetensorsLimits.headerBytes - begin.utf8.count - 3) / piece.utf8.count
      return begin + String(repeating: piece, count: count) + "\"}}"
    }
    func entries(_ entry: (Int) -> String) -> String {
      "{" + (0..<SafetensorsLimits.entries).map(entry).joined(separator: ",") + "}"
    }
    let texts = [
      ("one text", text("x")), ("one text of escapes", text("\\n")),
      ("one text of combining marks", text("\u{301}")),
      (
        "all entries",
        entries { attackEntry("tensor \($0) of many", shape: "[0]", offsets: "[0,0]") }
      ),
      (
        "all entries of 32 dimensions",
        entries {
          let zeros = String(repeating: "0,", count: 31)
          return attackEntry("\($0)", shape: "[\(zeros)0]", offsets: "[0,0]")
        }
      ),
      (
        "all metadata",
        "{\"__metadata__\":" + entries { "\"key \($0) of many\":\"value \($0) of many\"" } + "}"
      ),
    ]
    return texts.map { ($0, SafetensorsAttack.file(Array($1.utf8), data: 0)) }
  }
}
