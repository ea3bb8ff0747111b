// The built program's `sample` and `weights list` on a tiny run that it trained itself.

import Foundation
import Reporting
import TestSupport
import Testing

/// A run of a few steps of tiny networks, made once for all tests of this file.
private enum TinyRun {
  static let settings = [
    "batch.discriminator=8", "batch.generator=8", "batch.blocks=4", "total_kimg=0.04",
    "model.latent=16", "model.generator.channels=32", "model.generator.depths=[1,1,1]",
    "model.generator.widths=[]", "model.generator.bottom=8", "locality.preset=none",
    "locality.schedule=[]",
    "model.generator.heads=2", "model.discriminator.channels=32", "model.discriminator.depth=1",
    "model.discriminator.heads=2", "samples.every_kimg=0",
    "evaluation.sliced_wasserstein_every_kimg=0.016", "evaluation.images=16",
  ]

  static func arguments(_ directory: String, _ more: [String] = []) -> [String] {
    ["train", "--run-dir", directory] + (settings + more).flatMap { ["--set", $0] }
  }

  static let program = productsDirectory.appendingPathComponent("transgan-dist").path

  /// The run's directory; it stays until the tests end.
  static let directory: Result<String, any Error> = Result {
    let path = FileManager.default.temporaryDirectory
      .appendingPathComponent("transgan-test-tiny-\(getpid())").path
    try? FileManager.default.removeItem(atPath: path)
    let result = try run(program, arguments(path))
    guard result.exitCode == 0 else { throw Failure(transcript: result.transcript) }
    return path
  }

  struct Failure: Error { let transcript: String }
}

@Suite struct SampleCommandTests {
  private func sample(_ arguments: [String], in folder: String) throws -> ProcessResult {
    try run(
      TinyRun.program, ["sample", try TinyRun.directory.get()] + arguments, directory: folder)
  }

  private func bytes(_ path: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(fileURLWithPath: path)))
  }

  /// A PNG's width and height: big-endian words at 16 and 20 (PNG specification, IHDR).
  private func size(ofPNG bytes: [UInt8]) -> [Int] {
    [16, 20].map { start in bytes[start..<start + 4].reduce(0) { $0 << 8 | Int($1) } }
  }

  /// The pictures of an array file; the data is at its end.
  private func pictures(ofArray path: String, count: Int) throws -> [[UInt8]] {
    let data = try bytes(path).suffix(count * 3072)
    return (0..<count).map { Array(data.dropFirst($0 * 3072).prefix(3072)) }
  }

  @Test func drawsAGrid() throws {
    try withTemporaryFolder { folder in
      let result = try sample(["out.png", "--seeds", "0-5", "--grid", "2x3"], in: folder)
      #expect(result.exitCode == 0, "\(result.transcript)")
      let png = try bytes(folder + "/out.png")
      // Gaps of 2 around and between pictures of 2 x 32.
      #expect(size(ofPNG: png) == [3 * 66 + 2, 2 * 66 + 2])
      let default36 = try sample(["--scale", "1"], in: folder)
      #expect(default36.exitCode == 0, "\(default36.transcript)")
      #expect(size(ofPNG: try bytes(folder + "/samples.png")) == [6 * 34 + 2, 6 * 34 + 2])
    }
  }

  /// The picture of seed 4 by itself, among others, in another order, on three ranks, on two threads.
  @Test func aSeedIsOnePicture() throws {
    try withTemporaryFolder { folder in
      #expect(try sample(["--out", "a.npy", "--seeds", "4"], in: folder).exitCode == 0)
      let alone = try pictures(ofArray: folder + "/a.npy", count: 1)[0]
      #expect(Set(alone).count > 1)
      #expect(
        try sample(["--out", "b.npy", "--seeds", "9,0-5,8", "--threads", "2"], in: folder).exitCode
          == 0)
      #expect(try pictures(ofArray: folder + "/b.npy", count: 8)[5] == alone)
      let ranks = try mpirun(
        np: 3, TinyRun.program,
        ["sample", try TinyRun.directory.get(), "--out", "c.npy", "--count", "7"],
        directory: folder, timeout: 60)
      #expect(ranks.exitCode == 0, "\(ranks.transcript)")
      #expect(try pictures(ofArray: folder + "/c.npy", count: 7)[4] == alone)
      // The ends of an interpolation are the pictures of its seeds.
      #expect(
        try sample(["--out", "d.npy", "--interpolate", "9:4:3"], in: folder).exitCode == 0)
      let way = try pictures(ofArray: folder + "/d.npy", count: 3)
      #expect(way[2] == alone && way[0] != alone && way[1] != alone)
    }
  }

  @Test func aFolderHasTheSamePicturesAsAnArray() throws {
    try withTemporaryFolder { folder in
      #expect(try sample(["--out", "a.npy", "--count", "3"], in: folder).exitCode == 0)
      #expect(try sample(["--out", "set", "--count", "3"], in: folder).exitCode == 0)
      let names = try FileManager.default.contentsOfDirectory(atPath: folder + "/set").sorted()
      #expect(names == ["000000.png", "000001.png", "000002.png"])
      let expected = try pictures(ofArray: folder + "/a.npy", count: 3)
      for (index, name) in names.enumerated() {
        let picture = try PNGImage(width: 32, height: 32, pixels: expected[index])
        let expectedBytes = try picture.encoded()
        #expect(try bytes(folder + "/set/" + name) == expectedBytes, "\(name)")
      }
    }
  }

  @Test func nothingIsOverwrittenWithoutForce() throws {
    try withTemporaryFolder { folder in
      let note = folder + "/set/note.txt"
      for output in ["out.png", "out.npy", "set"] {
        #expect(try sample(["--out", output, "--count", "4"], in: folder).exitCode == 0)
      }
      try Data("mine".utf8).write(to: URL(fileURLWithPath: note))
      let before = try bytes(folder + "/out.npy")
      for output in ["out.png", "out.npy", "set"] {
        let refused = try sample(["--out", output, "--count", "2"], in: folder)
        #expect(refused.exitCode == 73, "\(refused.transcript)")
        #expect(refused.stderr.contains("--force"), "\(refused.transcript)")
      }
      #expect(try bytes(folder + "/out.npy") == before)
      for output in ["out.png", "out.npy", "set"] {
        let forced = try sample(["--out", output, "--count", "2", "--force"], in: folder)
        #expect(forced.exitCode == 0, "\(forced.transcript)")
      }
      // The four pictures of before are gone, what is no picture of ours stays.
      let names = try FileManager.default.contentsOfDirectory(atPath: folder + "/set").sorted()
      #expect(names == ["000000.png", "000001.png", "note.txt"])
    }
  }

  @Test func theTwoNetworksDiffer() throws {
    try withTemporaryFolder { folder in
      #expect(try sample(["--out", "a.npy", "--count", "1"], in: folder).exitCode == 0)
      #expect(
        try sample(["--out", "b.npy", "--count", "1", "--network", "g"], in: folder).exitCode == 0)
      let networks = try ["a", "b"].map { try bytes(folder + "/\($0).npy") }
      #expect(networks[0] != networks[1])
    }
  }

  @Test(
    arguments: [
      (["--seeds", "5-1"], 64, "5-1"), (["--grid", "0x3"], 64, "0x3"),
      (["--grid", "5x5"], 64, "36 are asked for"), (["--count", "0"], 64, "--count is 0"),
      (["--network", "d"], 64, "--network"), (["--seeds", "1", "--count", "2"], 64, "--count"),
      (["a.png", "--out", "b.png"], 64, "twice"), (["nowhere/x.png"], 73, "nowhere/x.png"),
      (["nowhere/x.npy"], 73, "nowhere/x.npy"),
    ] as [([String], Int32, String)])
  func requestsThatCannotBeMet(arguments: [String], code: Int32, words: String) throws {
    try withTemporaryFolder { folder in
      let result = try sample(arguments, in: folder)
      expectOneSentence(result, code: code, words: words)
    }
  }

  private func expectOneSentence(_ result: ProcessResult, code: Int32, words: String) {
    #expect(result.exitCode == code, "\(result.transcript)")
    #expect(result.stdout.isEmpty, "\(result.transcript)")
    #expect(result.stderr.split(separator: "\n").count == 1, "\(result.transcript)")
    #expect(result.stderr.contains(words), "\(result.transcript)")
  }

  @Test func inputsThatAreNoCheckpoint() throws {
    try withTemporaryFolder { folder in
      func sample(_ path: String) throws -> ProcessResult {
        try run(TinyRun.program, ["sample", path, "--out", folder + "/x.png"])
      }
      expectOneSentence(try sample(folder + "/none"), code: 66, words: "does not exist")
      expectOneSentence(try sample(folder), code: 66, words: "holds no checkpoint")
      // A safetensors file of other people: one tensor of no elements, no metadata.
      let foreign = folder + "/foreign.safetensors"
      let header = #"{"w":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}"#
      let length = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Array($0) }
      try Data(length + header.utf8).write(to: URL(fileURLWithPath: foreign))
      expectOneSentence(try sample(foreign), code: 65, words: "no checkpoint of this program")
      let text = folder + "/text.safetensors"
      try Data("not a checkpoint".utf8).write(to: URL(fileURLWithPath: text))
      expectOneSentence(try sample(text), code: 65, words: "text.safetensors")
      // A checkpoint with one bit flipped in its last tensor.
      let checkpoints = try TinyRun.directory.get() + "/checkpoints"
      let names = try FileManager.default.contentsOfDirectory(atPath: checkpoints)
      let name = try #require(names.first)
      var damaged = try bytes(checkpoints + "/" + name)
      damaged[damaged.count - 1] ^= 1
      try Data(damaged).write(to: URL(fileURLWithPath: folder + "/" + name))
      expectOneSentence(try sample(folder + "/" + name), code: 65, words: "SHA-256")
    }
  }

  @Test func listsWeights() throws {
    try withTemporaryFolder { folder in
      // A tensor (3, 4) has the norm 5; a name that would forge a line is shown as text.
      let path = folder + "/x.safetensors"
      let header =
        #"{"a\nb":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},"#
        + #""n":{"dtype":"I32","shape":[],"data_offsets":[8,12]}}"#
      let length = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Array($0) }
      let data = [Float(3), 4].flatMap { withUnsafeBytes(of: $0.bitPattern) { Array($0) } }
      try Data(length + header.utf8 + data + [1, 0, 0, 0]).write(to: URL(fileURLWithPath: path))
      let result = try run(TinyRun.program, ["weights", "list", path])
      let expected = """
        name     type  shape  norm
        a\\u{a}b  F32   1 x 2     5
        n        I32             -
        2 tensors, 3 values, \(8 + header.utf8.count + 12) bytes

        """
      #expect(result.stdout == expected, "\(result.transcript)")
    }
  }
}

@Suite struct MeasuredTrainingTests {
  private func measurements(_ directory: String) throws -> [Substring] {
    try String(contentsOfFile: directory + "/stats.jsonl", encoding: .utf8)
      .split(separator: "\n").filter { $0.contains("\"swd_mean\":") }
  }

  private func digest(_ directory: String) throws -> String {
    let folder = directory + "/checkpoints"
    let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    let newest = try #require(names.last)
    let result = try run(TinyRun.program, ["weights", "digest", folder + "/" + newest])
    return String(result.stdout.prefix(64))
  }

  /// After 16 and 32 of 40 images, on any number of ranks the same numbers; and the weights are those of
  /// a run that measures nothing.
  @Test(arguments: [2, 3]) func measurementsAreTheSameOnAnyRanks(ranks: Int) throws {
    try withTemporaryFolder { folder in
      let alone = try TinyRun.directory.get()
      let (expected, weights) = (try measurements(alone), try digest(alone))
      #expect(expected.count == 2)
      let several = try mpirun(np: ranks, TinyRun.program, TinyRun.arguments(folder + "/several"))
      #expect(several.exitCode == 0, "\(several.transcript)")
      #expect(try measurements(folder + "/several") == expected)
      #expect(try digest(folder + "/several") == weights)
      let none = try run(
        TinyRun.program,
        TinyRun.arguments(folder + "/none", ["evaluation.sliced_wasserstein_every_kimg=0"]))
      #expect(none.exitCode == 0, "\(none.transcript)")
      #expect(try measurements(folder + "/none") == [])
      #expect(try digest(folder + "/none") == weights)
    }
  }

  /// A run that ends after 24 images and goes on has the measurements, and the gaps since the ones
  /// before, of one that was not interrupted.
  @Test func aResumedRunMeasuresTheSame() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/run"
      for end in ["0.024", "0.04"] {
        let result = try run(TinyRun.program, TinyRun.arguments(path, ["total_kimg=\(end)"]))
        #expect(result.exitCode == 0, "\(result.transcript)")
      }
      let expected = try measurements(try TinyRun.directory.get())
      #expect(try measurements(path) == expected)
    }
  }

  @Test func measurementsAreLoggedWithAllNames() throws {
    let directory = try TinyRun.directory.get()
    let all = try measurements(directory)
    let first = try #require(all.first)
    for name in [
      "swd_32", "swd_16", "swd_mean", "diversity_ratio", "logit_gap", "alarm_collapse",
      "alarm_discriminator_won",
    ] { #expect(first.contains("\"\(name)\":"), "\(first)") }
    let log = try String(contentsOfFile: directory + "/log.txt", encoding: .utf8)
    #expect(log.contains("kimg 0.016: sliced Wasserstein distance"), "\(log)")
  }
}
