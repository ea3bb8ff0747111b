// Trainings that go back to a checkpoint after a value that is not finite: they finish, with the same weights on any
// number of ranks and after any interruption.  They need a program that is built with TRANSGAN_FAULTS=1.

import Foundation
import TestSupport
import Testing

private let hasFaults = ProcessInfo.processInfo.environment["TRANSGAN_FAULTS"] == "1"

@Suite(.serialized, .enabled(if: hasFaults, "needs a build with TRANSGAN_FAULTS=1"))
struct TrainRollbackTests {
  private static let policy = ["--set", "on_non_finite=rollback", "--set", "log.every_steps=1"]

  /// A value of block 3 of 8 that is not a number, on the rank whose block that is.
  private func fault(np: Int, step: Int = 24, point: String = "discriminatorBlocks") -> String {
    "nan:rank=\(3 * np / 8),step=\(step),point=\(point),value=3"
  }

  private func train(
    np: Int, in folder: String, fault: String?, _ arguments: [String] = []
  ) throws -> ProcessResult {
    try SmallTraining.train(np: np, in: folder, Self.policy + arguments, fault: fault)
  }

  /// The weights of a run that went back once and was not interrupted.
  private func digest(
    np: Int, step: Int = 24, point: String = "discriminatorBlocks", _ arguments: [String] = [],
    expect words: String
  ) throws -> String {
    try withTemporaryFolder { folder in
      let fault = fault(np: np, step: step, point: point)
      let result = try train(np: np, in: folder, fault: fault, arguments)
      #expect(result.exitCode == 0, "\(fault): \(result.transcript)")
      #expect(result.stderr.contains(words), "\(fault): \(result.transcript)")
      try expectEachStepOnce(in: folder)
      return try SmallTraining.digest(in: folder)
    }
  }

  /// Of one rank that goes back from step 24 to 20.
  private static let rolledBack = Result {
    try Self().digest(np: 1, expect: "went back to step 20, ")
  }

  /// The records of steps that were undone are gone, and a new event file says so.
  private func expectEachStepOnce(in folder: String) throws {
    let text = try String(contentsOfFile: folder + "/stats.jsonl", encoding: .utf8)
    let steps = try text.split(separator: "\n").map { line in
      let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
      return (object?["step"] as? NSNumber)?.intValue
    }
    #expect(steps == Array(0..<100), "\(steps)")
    let names = try FileManager.default.contentsOfDirectory(atPath: folder)
    #expect(names.filter { $0.hasPrefix("events.out.tfevents") }.count == 2, "\(names)")
  }

  @Test func aRunGoesBackAndOnWithTheSameBitsOnAnyRanks() throws {
    let expected = try Self.rolledBack.get()
    for np in [2, 3] {
      #expect(try digest(np: np, expect: "went back to step 20, ") == expected)
    }
    #expect(expected != SmallTraining.golden)
  }

  /// Interrupted at a moment after the rollback, and resumed on another number of ranks.
  @Test(arguments: [
    ("kill:rank=0,step=24,point=rollback.durable", 1),
    ("kill:rank=1,step=22,point=report", 3),
    ("kill:rank=1,step=24,point=discriminatorUpdate", 1),
    ("kill:rank=0,step=56,point=generatorUpdate", 2),
  ])
  func anInterruptionAfterwardsCostsNothing(interruption: String, next: Int) throws {
    let expected = try Self.rolledBack.get()
    try withTemporaryFolder { folder in
      // Step 22 comes twice; the second time counts, which is after the rollback.
      let kill = interruption.contains("step=22") ? interruption + ",skip=1" : interruption
      let result = try train(np: 2, in: folder, fault: fault(np: 2) + ";" + kill)
      #expect(result.exitCode == 137, "\(interruption): \(result.transcript)")
      let resumed = try train(np: next, in: folder, fault: nil)
      #expect(resumed.exitCode == 0, "\(interruption): \(resumed.transcript)")
      #expect(
        resumed.stderr.contains("in the order of the data after 1 rollback"),
        "\(resumed.transcript)")
      #expect(try SmallTraining.digest(in: folder) == expected, "\(interruption)")
    }
  }

  /// Killed before the rollback is durable, it has not happened.
  @Test func anInterruptionBeforeIsAsIfNothingHadHappened() throws {
    try withTemporaryFolder { folder in
      let result = try train(
        np: 2, in: folder, fault: fault(np: 2) + ";kill:rank=0,step=24,point=rollback")
      #expect(result.exitCode == 137, "\(result.transcript)")
      try SmallTraining.expectGolden(np: 3, in: folder, "a kill at the beginning of a rollback")
    }
  }

  /// Before the first checkpoint a run goes back to its beginning.
  @Test func withoutACheckpointARunBeginsAgain() throws {
    let words = "went back to step 0, its beginning, "
    let digests = try [1, 3].map { np in try digest(np: np, step: 4, expect: words) }
    #expect(Set(digests).count == 1, "\(digests)")
    #expect(digests.first != SmallTraining.golden)
  }

  /// The generator's half of a step, with what it leaves in the discriminator.
  @Test func aGeneratorGoesBackToo() throws {
    let published = ["--set", "fidelity=published"]
    let digests = try [1, 2].map { np in
      try digest(
        np: np, point: "generatorBlocks", published,
        expect: "the gradient of the generator is not finite at step 24")
    }
    #expect(Set(digests).count == 1, "\(digests)")
  }

  /// The limit holds for the run's whole life; who raises it goes on.
  @Test func aRunGoesBackOnlySoOften() throws {
    try withTemporaryFolder { folder in
      let limit = ["--set", "rollback_limit=2"]
      let result = try train(np: 2, in: folder, fault: fault(np: 2) + ",times=1000000", limit)
      #expect(result.exitCode == 79, "\(result.transcript)")
      #expect(
        result.stderr.contains("after the run went back to a checkpoint 2 times"),
        "\(result.transcript)")
      #expect(access(folder + "/checkpoints/kimg-000000.240.safetensors", F_OK) != 0)
      let again = try train(np: 1, in: folder, fault: fault(np: 1), limit)
      #expect(again.exitCode == 79, "\(again.transcript)")
      let more = try train(np: 3, in: folder, fault: fault(np: 3), ["--set", "rollback_limit=3"])
      #expect(more.exitCode == 0, "\(more.transcript)")
      #expect(more.stderr.contains("rollback 3 of at most 3"), "\(more.transcript)")
    }
  }
}
