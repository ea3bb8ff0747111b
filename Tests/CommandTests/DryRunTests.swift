// The built program's `train --dry-run`: what it says, and that it leaves nothing behind.
import Foundation
import TestSupport
import Testing

@Suite struct DryRunTests {
  private let program = productsDirectory.appendingPathComponent("transgan-dist").path
  private static let small = [
    "--set", "model.generator.channels=32", "--set", "model.generator.widths=[32,32,16,16]",
    "--set", "model.discriminator.channels=16", "--set", "model.latent=16",
  ]

  @Test func saysWhatARunNeedsAndWritesNothing() throws {
    try withTemporaryFolder { folder in
      let result = try run(program, ["train", "--dry-run"] + Self.small, directory: folder)
      #expect(result.exitCode == 0 && result.stderr.isEmpty, "\(result.transcript)")
      for words in [
        "\nseed: 0\n", "parameters", "needed operations", "memory of a rank", "a checkpoint",
        "a kimg, about", "synthetic shapes, 50000 pictures",
      ] {
        #expect(result.stdout.contains(words), "\(words): \(result.transcript)")
      }
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)

      let path = folder + "/plan.yaml"
      try Data(result.stdout.utf8).write(to: URL(fileURLWithPath: path))
      let again = try run(program, ["config", "--config", path])
      #expect(again.exitCode == 0, "\(again.transcript)")
      #expect(result.stdout.hasPrefix(again.stdout.dropLast()), "\(again.transcript)")
    }
  }

  @Test func severalRanksSayItOnce() throws {
    try withTemporaryFolder { folder in
      let result = try mpirun(
        np: 3, program, ["train", "--dry-run"] + Self.small, directory: folder, timeout: 60)
      #expect(result.exitCode == 0, "\(result.transcript)")
      let said = result.stdout.split(separator: "\n").filter { $0.hasPrefix("# parameters") }
      #expect(said.count == 1, "\(result.transcript)")
      #expect(result.stdout.contains("bytes that each of 3 ranks sends"), "\(result.transcript)")
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
    }
  }

  @Test func missingDataAndTooManyRanksAreErrors() throws {
    let missing = try run(
      program,
      ["train", "--dry-run", "--set", "data.source=cifar10", "--set", "data.path=/nowhere"])
    #expect(missing.exitCode == 66, "\(missing.transcript)")
    #expect(missing.stdout.isEmpty && missing.stderr.contains("/nowhere"), "\(missing.transcript)")
    let crowded = try mpirun(
      np: 3, program, ["train", "--dry-run", "--set", "batch.blocks=2"] + Self.small, timeout: 60)
    #expect(crowded.exitCode == 64 || crowded.exitCode == 78, "\(crowded.transcript)")
    #expect(!crowded.stdout.contains("parameters"), "\(crowded.transcript)")
  }
}
