// The built program's `config` and its errors of usage: exit codes, one sentence, said once.
import Foundation
import TestSupport
import Testing

@Suite struct ConfigCommandTests {
  private let program = productsDirectory.appendingPathComponent("transgan-dist").path

  @Test func showsWhatItReadsBack() throws {
    try withTemporaryFolder { folder in
      let first = try run(program, ["config", "--set", "seed=5", "--set", "total_kimg=0.5"])
      #expect(first.exitCode == 0, "\(first.transcript)")
      #expect(first.stdout.contains("\nseed: 5\ntotal_kimg: 0.5\n"), "\(first.transcript)")
      let path = folder + "/resolved.yaml"
      try Data(first.stdout.utf8).write(to: URL(fileURLWithPath: path))
      let again = try run(program, ["config", "show", "--config", path])
      #expect(again.stdout == first.stdout, "\(again.transcript)")
    }
  }

  @Test func saysWhereValuesComeFrom() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/own.yaml"
      try Data("# own\nbatch:\n  blocks: 4\n".utf8).write(to: URL(fileURLWithPath: path))
      let result = try run(
        program, ["config", "show", "--origin", "--config", path, "--set", "seed=5"],
        environment: ["TRANSGAN_N_CRITIC": "2"])
      let lines = result.stdout.split(separator: "\n")
      func hasLine(_ value: String, _ origin: String) -> Bool {
        lines.contains { $0.hasPrefix(value) && $0.hasSuffix("# " + origin) }
      }
      #expect(hasLine("  blocks: 4 ", path + ":3"), "\(result.transcript)")
      #expect(hasLine("seed: 5 ", "--set seed=5"), "\(result.transcript)")
      #expect(hasLine("n_critic: 2 ", "environment variable TRANSGAN_N_CRITIC"))
      #expect(hasLine("threads: 1 ", "default"))
    }
  }

  @Test func listsKeys() throws {
    let result = try run(program, ["config", "keys"])
    #expect(result.exitCode == 0)
    #expect(result.stdout.contains("batch.discriminator: "), "\(result.transcript)")
    #expect(result.stdout.contains("TRANSGAN_BATCH__DISCRIMINATOR"))
  }

  static let refusals: [(arguments: [String], code: Int32, words: [String])] = [
    (["config", "--set", "sed=3"], 64, ["'sed'", "did you mean 'seed'?"]),
    (["config", "--set", "seed=x"], 64, ["seed is 'x'", "expected an integer"]),
    (["config", "--set", "seed"], 64, ["--set KEY=VALUE"]),
    (["config", "--set", "total_kimg=1e999"], 64, ["total_kimg is 1e999"]),
    (["config", "--set", "batch.blocks=64"], 64, ["batch.blocks", "batch.discriminator"]),
    (["config", "--config", "/nowhere/x.yaml"], 66, ["/nowhere/x.yaml"]),
    (["config", "--config", "/"], 64, ["folder"]),
    (["config", "--bogus"], 64, ["--bogus"]),
    (["config", "--config"], 64, ["--config"]),
    (["config", "shwo"], 64, ["shwo"]),
    (["trian"], 64, ["trian"]),
    (["--set", "batch.blcks=2"], 64, ["did you mean 'batch.blocks'?"]),
    (["train", "--set", "augmentation.policy=blur"], 64, ["translation, cutout, color"]),
    (["train", "--set", "augmentation.cutout_probability=2"], 64, ["at most 1"]),
    (
      [
        "train", "--set", "locality.preset=custom", "--set",
        "locality.schedule={until_kimg: 1, windows: [0, 1, 1]}",
      ], 64, ["1...1024"]
    ),
    (["weights", "digest", "/nowhere/x.safetensors"], 66, ["/nowhere/x.safetensors"]),
    (["weights", "list", "/nowhere/x.safetensors"], 66, ["/nowhere/x.safetensors"]),
    (["data", "/nowhere"], 66, ["/nowhere"]),
  ]

  @Test(arguments: refusals)
  func errorsAreOneSentenceAndACode(arguments: [String], code: Int32, words: [String]) throws {
    let result = try run(program, arguments)
    #expect(result.exitCode == code, "\(arguments): \(result.transcript)")
    #expect(result.stdout.isEmpty, "\(arguments): \(result.transcript)")
    let lines = result.stderr.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.count == 2 && lines.last == "", "\(arguments): \(result.transcript)")
    #expect(result.stderr.hasPrefix("transgan-dist: "), "\(result.transcript)")
    for word in words { #expect(result.stderr.contains(word), "\(word): \(result.transcript)") }
  }

  @Test func aMisspeltVariableIsRefused() throws {
    let result = try run(program, ["config"], environment: ["TRANSGAN_SEDE": "1"])
    #expect(result.exitCode == 64)
    #expect(result.stderr.contains("did you mean 'TRANSGAN_SEED'?"), "\(result.transcript)")
  }

  @Test func linesOfAFileAreNamed() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/own.yaml"
      try Data("seed: 1\nbatch:\n  blokcs: 4\n".utf8).write(to: URL(fileURLWithPath: path))
      let result = try run(program, ["train", "--config", path])
      #expect(result.exitCode == 64)
      #expect(
        result.stderr.contains(
          path + ":3: unknown key 'batch.blokcs', did you mean 'batch.blocks'?"),
        "\(result.transcript)")
    }
  }

  @Test func helpIsNoError() throws {
    for arguments in [["--help"], ["help", "config"], ["config", "show", "--help"]] {
      let result = try run(program, arguments)
      #expect(result.exitCode == 0 && result.stderr.isEmpty, "\(result.transcript)")
      #expect(result.stdout.contains("USAGE: transgan-dist"), "\(result.transcript)")
    }
  }

  /// Every rank finds the same error; one says it, and mpirun passes the code on.
  @Test func severalRanksSayAnErrorOnce() throws {
    let result = try mpirun(np: 3, program, ["train", "--set", "sed=3"], timeout: 60)
    #expect(result.exitCode == 64, "\(result.transcript)")
    let said = (result.stdout + result.stderr).split(separator: "\n")
      .filter { $0.contains("did you mean 'seed'?") }
    #expect(said.count == 1, "\(result.transcript)")
  }

  @Test func severalRanksShowOnce() throws {
    let result = try mpirun(np: 2, program, ["config"], timeout: 60)
    #expect(result.exitCode == 0, "\(result.transcript)")
    #expect(result.stdout.split(separator: "\n").filter { $0 == "seed: 0" }.count == 1)
  }
}
