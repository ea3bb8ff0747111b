// Whole trainings that are killed, stopped, stalled, started twice or started wrongly: how they end, and that
// a later start ends with the weights of an undisturbed run.

import Foundation
import TestSupport
import Testing

@Suite(.serialized) struct TrainReliabilityTests {
  private static let firstCheckpoint = "checkpoints/kimg-000000.080.safetensors"

  /// The sentences of the program, without mpirun's own.
  private func sentences(_ result: ProcessResult) -> [String] {
    result.stderr.split(separator: "\n").map(String.init).filter { $0.hasPrefix("transgan-dist:") }
  }

  @Test(arguments: [(2, 0, 3), (3, 2, 1)])
  func aKilledRankCostsNothing(np: Int, rank: Int, next: Int) throws {
    try withTemporaryFolder { folder in
      let result = try SmallTraining.train(
        np: np, in: folder, afterFile: Self.firstCheckpoint,
        shell:
          "kill -KILL $(grep -o '\"process\":[0-9]*' $run/heartbeat/rank-\(rank).json | cut -d: -f2)"
      )
      #expect(result.exitCode == 137, "\(result.transcript)")
      try SmallTraining.expectGolden(np: next, in: folder, "SIGKILL of rank \(rank) of \(np)")
    }
  }

  @Test func ranksEndWithTheirLauncher() throws {
    try withTemporaryFolder { folder in
      let result = try SmallTraining.train(
        np: 2, in: folder, afterFile: Self.firstCheckpoint, shell: "kill -KILL $mpirun")
      #expect(result.exitCode == 137, "\(result.transcript)")
      try SmallTraining.expectGolden(np: 2, in: folder, "SIGKILL of mpirun")
    }
  }

  @Test(arguments: ["kill -USR1 $mpirun", "kill -USR2 $mpirun", "touch $run/STOP"])
  func aNoticeStopsWithACheckpoint(notice: String) throws {
    try withTemporaryFolder { folder in
      let result = try SmallTraining.train(np: 2, in: folder, afterFile: "ready", shell: notice)
      #expect(result.exitCode == 75, "\(result.transcript)")
      #expect(sentences(result).count == 1, "\(result.transcript)")
      #expect(
        result.stderr.contains("transgan-dist: stopped after step"), "\(result.transcript)")
      #expect(access(folder + "/ready", F_OK) != 0)
      #expect(access(folder + "/failure.json", F_OK) != 0)
      try SmallTraining.expectGolden(np: 3, in: folder, notice)
    }
  }

  /// STOP is there before the ranks are, but after the launcher: it is meant for them.  The next start
  /// removes it, and says so.
  @Test func aNoticeBeforeTheStartIsNotLost() throws {
    try withTemporaryFolder { folder in
      let result = try SmallTraining.train(
        np: 2, in: folder, afterFile: "", shell: "sleep 0.1; touch $run/STOP")
      #expect(result.exitCode == 75, "\(result.transcript)")
      let next = try SmallTraining.train(np: 1, in: folder)
      #expect(next.exitCode == 0, "\(next.transcript)")
      #expect(next.stderr.contains("STOP of an earlier run was removed"), "\(next.transcript)")
      #expect(try SmallTraining.digest(in: folder) == SmallTraining.golden)
    }
  }

  @Test func aRunStopsInTimeForItsLimit() throws {
    try withTemporaryFolder { folder in
      let result = try SmallTraining.train(np: 2, in: folder, ["--max-time", "3s"])
      #expect(result.exitCode == 75, "\(result.transcript)")
      #expect(result.stderr.contains("--max-time is nearly over"), "\(result.transcript)")
      try SmallTraining.expectGolden(np: 1, in: folder, "--max-time")
    }
  }

  @Test(arguments: [0, 2])
  func aStoppedProcessIsNamed(rank: Int) throws {
    try withTemporaryFolder { folder in
      let result = try SmallTraining.train(
        np: 3, in: folder, ["--stall-timeout", "3s"], afterFile: Self.firstCheckpoint,
        shell:
          "kill -STOP $(grep -o '\"process\":[0-9]*' $run/heartbeat/rank-\(rank).json | cut -d: -f2)"
      )
      #expect(result.exitCode == 76, "\(result.transcript)")
      #expect(
        sentences(result).contains { $0.contains("from rank \(rank) (host ") },
        "\(result.transcript)")
      let failure = try String(contentsOfFile: folder + "/failure.json", encoding: .utf8)
      #expect(failure.contains("\"code\" : 76"), "\(failure)")
      try SmallTraining.expectGolden(np: 2, in: folder, "SIGSTOP of rank \(rank)")
    }
  }

  /// Every update of both networks is audited: no false alarm, and the weights of a run without audits.
  @Test(arguments: 1...4) func auditsChangeNothing(np: Int) throws {
    try withTemporaryFolder { folder in
      let result = try SmallTraining.train(
        np: np, in: folder, ["--set", "audit.every_updates=1"])
      #expect(result.exitCode == 0, "\(result.transcript)")
      #expect(try SmallTraining.digest(in: folder) == SmallTraining.golden)
    }
  }

  @Test func aSecondJobInTheSameDirectoryIsRefused() throws {
    try withTemporaryFolder { folder in
      let second =
        "mpirun -np 2 --oversubscribe '\(SmallTraining.program)' train --run-dir $run; echo \"second $?\";"
        + " touch $run/STOP"
      let result = try SmallTraining.train(
        np: 2, in: folder, ["--set", "total_kimg=100"], afterFile: "ready", shell: second)
      #expect(result.stdout.contains("second 73\n"), "\(result.transcript)")
      #expect(result.exitCode == 75, "\(result.transcript)")
      #expect(access(folder + "/failure.json", F_OK) != 0)
    }
  }

  @Test(arguments: [
    ("seed=5", "seed is \"0\" on rank 0 but \"5\" on rank 1"),
    ("optimizer.generator.learning_rate=0.5", "optimizer.generator.learning_rate is"),
    ("data.flip=true", "data.flip is \"false\" on rank 0 but \"true\" on rank 1"),
  ])
  func ranksThatDifferAreRefused(setting: String, words: String) throws {
    try withTemporaryFolder { folder in
      let own = ["train"] + SmallTraining.recipe + ["--run-dir", folder]
      let result = try mpirun(
        np: 1, SmallTraining.program,
        own + [":", "-np", "1", SmallTraining.program] + own + ["--set", setting], timeout: 60)
      #expect(result.exitCode == 78, "\(result.transcript)")
      #expect(sentences(result).count == 1, "\(result.transcript)")
      #expect(result.stderr.contains(words), "\(result.transcript)")
      #expect(access(folder + "/checkpoints", F_OK) != 0)
    }
  }

  @Test(arguments: [
    ["--set", "sed=5"], ["--nonsense"], ["--max-time", "soon"], ["--config", "/nonexistent.yaml"],
  ])
  func wrongUsageIsSaidOnce(arguments: [String]) throws {
    let result = try mpirun(np: 3, SmallTraining.program, ["train"] + arguments, timeout: 60)
    #expect(result.exitCode == 64 || result.exitCode == 66, "\(result.transcript)")
    #expect(sentences(result).count == 1, "\(result.transcript)")
  }

  @Test func anErrorOfOneRankReachesAll() throws {
    try withTemporaryFolder { folder in
      let own = ["train"] + SmallTraining.recipe + ["--run-dir", folder]
      let result = try mpirun(
        np: 2, SmallTraining.program,
        own + [":", "-np", "1", SmallTraining.program] + own + ["--set", "sed=5"], timeout: 60)
      #expect(result.exitCode == 64, "\(result.transcript)")
      #expect(sentences(result).count == 1, "\(result.transcript)")
      #expect(result.stderr.contains("on rank 2 of 3: "), "\(result.transcript)")
    }
  }

  /// One rank alone knows that it cannot go on, and the others would wait for it.
  @Test(
    arguments: [
      (["env", "OMPI_COMM_WORLD_SIZE=5"], [], 78, "OMPI_COMM_WORLD_SIZE announces 5 processes"),
      ([], ["--set", "batch.blocks=1"], 64, "3 ranks cannot share 1 blocks"),
    ] as [([String], [String], Int32, String)])
  func aRankThatCannotGoOnTellsTheOthers(
    prefix: [String], arguments: [String], code: Int32, words: String
  ) throws {
    try withTemporaryFolder { folder in
      let own = ["train"] + SmallTraining.recipe + ["--run-dir", folder + "/run"]
      let odd = prefix + [SmallTraining.program] + own + arguments
      let result = try mpirun(
        np: 2, SmallTraining.program, own + [":", "-np", "1"] + odd, timeout: 60)
      #expect(result.exitCode == code, "\(result.transcript)")
      #expect(sentences(result).count == 1, "\(result.transcript)")
      #expect(result.stderr.contains("on rank 2 of 3: " + words), "\(result.transcript)")
      #expect(access(folder + "/run", F_OK) != 0)
    }
  }

  /// Options of a start, which are no keys.
  @Test(arguments: ["--max-time", "--stall-timeout"])
  func ranksWithOtherOptionsAreRefused(option: String) throws {
    try withTemporaryFolder { folder in
      let own = ["train"] + SmallTraining.recipe + ["--run-dir", folder + "/run"]
      let result = try mpirun(
        np: 1, SmallTraining.program,
        own + [":", "-np", "1", SmallTraining.program] + own + [option, "50m"], timeout: 60)
      #expect(result.exitCode == 78, "\(result.transcript)")
      #expect(
        result.stderr.contains("\(option) is \"\" on rank 0 but \"3000.0 s\" on rank 1"),
        "\(result.transcript)")
    }
  }

  /// Other commands have nothing to save: a signal ends them at once.
  @Test func otherCommandsEndAtOnce() throws {
    let result = try run(
      "bash",
      [
        "-c",
        "'\(SmallTraining.program)' bench step --steps 1000000 & sleep 1; kill -TERM $!; wait $!",
      ], timeout: 60)
    #expect(result.exitCode == 143, "\(result.transcript)")
    #expect(!result.timedOut)
  }
}
