// Trainings in which the program lets something go wrong at an exact place.  They need a program that is built
// with TRANSGAN_FAULTS=1, as launch/test does it; built without it, the program must refuse.

import Foundation
import TestSupport
import Testing

private let environment = ProcessInfo.processInfo.environment
private let hasFaults = environment["TRANSGAN_FAULTS"] == "1"
/// The program as users build it.
private let ordinaryProgram =
  environment["ORDINARY_TRANSGAN"] ?? (hasFaults ? nil : SmallTraining.program)

@Suite(.serialized) struct TrainFaultTests {
  @Test(.enabled(if: ordinaryProgram != nil, "launch/test builds a program without fault points"))
  func aFaultIsRefusedWhereNoneIsBuiltIn() throws {
    let program = try #require(ordinaryProgram)
    try withTemporaryFolder { folder in
      let result = try mpirun(
        np: 2, program, ["train"] + SmallTraining.recipe + ["--run-dir", folder + "/run"],
        environment: ["TRANSGAN_FAULT": "kill:rank=0,step=1,point=report"])
      #expect(result.exitCode == 64, "\(result.transcript)")
      #expect(result.stderr.contains("built without fault points"), "\(result.transcript)")
      #expect(access(folder + "/run", F_OK) != 0)
    }
  }

  /// Parts of a start, a step, a checkpoint and the end, on different ranks and numbers of ranks; `launch/torture`
  /// has all of them.
  @Test(
    .enabled(if: hasFaults, "needs a build with TRANSGAN_FAULTS=1"),
    arguments: [
      "handshake", "resume", "discriminatorBlocks.delivery", "discriminatorUpdate",
      "generatorUpdate",
      "checkpoint.commit", "checkpoint.durable", "finalize",
    ])
  func aRankKilledAnywhereCostsNothing(point: String) throws {
    try withTemporaryFolder { folder in
      let number = point.utf8.reduce(0) { $0 + Int($1) }
      let np = 1 + number % 3
      let isStart = ["handshake", "resume"].contains(point)
      let isEnd = point == "finalize"
      let isCheckpoint = point.hasPrefix("checkpoint")
      let step = isStart ? 0 : isEnd ? 99 : isCheckpoint ? 29 : 24
      let rank = isCheckpoint ? 0 : np - 1
      let fault = "kill:rank=\(rank),step=\(step),point=\(point)"
      let result = try SmallTraining.train(np: np, in: folder, fault: fault)
      #expect(result.exitCode == 137, "\(fault): \(result.transcript)")
      try SmallTraining.expectGolden(np: 1 + number % 4, in: folder, fault)
    }
  }

  @Test(
    .enabled(if: hasFaults, "needs a build with TRANSGAN_FAULTS=1"),
    arguments: [
      ("discriminatorBlocks", "the discriminator", "blocks.0.norm2.weight"),
      ("generatorBlocks", "the generator", "blocks.1.mlp.fc1.bias"),
    ])
  func aValueThatIsNotANumberIsTraced(point: String, network: String, tensor: String) throws {
    try withTemporaryFolder { folder in
      // Of 8 blocks, rank 1 of 3 has 2, 3 and 4.
      let result = try SmallTraining.train(
        np: 3, in: folder, fault: "nan:rank=1,step=24,point=\(point),value=3,tensor=\(tensor)")
      #expect(result.exitCode == 79, "\(result.transcript)")
      #expect(
        result.stderr.contains(
          "the gradient of \(network) is not finite at step 24, first in \(tensor), "),
        "\(result.transcript)")
      #expect(result.stderr.contains(" on rank 1 in block 3"), "\(result.transcript)")
      try SmallTraining.expectGolden(np: 2, in: folder, "a value that is not a number")
    }
  }

  @Test(
    .enabled(if: hasFaults, "needs a build with TRANSGAN_FAULTS=1"),
    arguments: [
      (0, "discriminatorBlocks"), (2, "replicas"), (4, "discriminatorBlocks"), (6, "replicas"),
    ])
  func aReplicaThatDriftedIsNamedAndNeverSaved(section: Int, point: String) throws {
    try withTemporaryFolder { folder in
      let fault = "flip:rank=1,step=29,point=\(point),section=\(section),value=1234567"
      let result = try SmallTraining.train(np: 3, in: folder, fault: fault)
      #expect(result.exitCode == 77, "\(fault): \(result.transcript)")
      #expect(result.stderr.contains("differ at step 29"), "\(fault): \(result.transcript)")
      #expect(result.stderr.contains("suspect the memory of rank 1,"), "\(result.transcript)")
      #expect(access(folder + "/checkpoints/kimg-000000.240.safetensors", F_OK) != 0)
      try SmallTraining.expectGolden(np: 2, in: folder, fault)
    }
  }

  @Test(
    .enabled(if: hasFaults, "needs a build with TRANSGAN_FAULTS=1"),
    arguments: [
      (1, "discriminatorBlocks", "stuck in phase D blocks of step 24"),
      (3, "discriminatorBlocks", "from rank 0 (host "),
      (2, "generatorUpdate", "from rank 0 (host "),
    ])
  func aRankThatHangsIsNamed(np: Int, point: String, words: String) throws {
    try withTemporaryFolder { folder in
      let fault = "hang:rank=0,step=24,point=\(point)"
      let result = try SmallTraining.train(
        np: np, in: folder, ["--stall-timeout", "3s"], fault: fault)
      #expect(result.exitCode == 76, "\(fault): \(result.transcript)")
      #expect(result.stderr.contains(words), "\(fault): \(result.transcript)")
      try SmallTraining.expectGolden(np: 2, in: folder, fault)
    }
  }

  /// A rank whose gradients have a wrong last bit from the first step on: found within blocks x ranks audits of the
  /// network, and from three ranks up it is named.
  @Test(
    .enabled(if: hasFaults, "needs a build with TRANSGAN_FAULTS=1"),
    arguments: [
      (2, 0, "discriminatorBlocks"), (2, 1, "generatorBlocks"), (3, 1, "discriminatorBlocks"),
      (3, 2, "generatorBlocks"), (4, 0, "discriminatorBlocks"),
    ])
  func aRankThatComputesWronglyIsFound(np: Int, rank: Int, point: String) throws {
    try withTemporaryFolder { folder in
      let fault = "wrong:rank=\(rank),step=0,point=\(point)"
      let result = try SmallTraining.train(
        np: np, in: folder, ["--set", "audit.every_updates=1", "--set", "checkpoint_every_kimg=1"],
        fault: fault)
      #expect(result.exitCode == 77, "\(fault): \(result.transcript)")
      let words =
        np == 2
        ? "two ranks cannot be told apart" : "memory of rank \(rank) (host "
      #expect(result.stderr.contains(words), "\(fault): \(result.transcript)")
      let step = result.stderr.firstMatch(of: /differs at step (\d+) in/).flatMap { Int($0.1) }
      #expect(try #require(step) < 8 * np * (point == "generatorBlocks" ? 2 : 1), "\(fault)")
      let saved = try FileManager.default.contentsOfDirectory(atPath: folder + "/checkpoints")
      #expect(saved == [], "\(fault)")
      try SmallTraining.expectGolden(np: 1, in: folder, fault)
    }
  }

  /// Ten steps with a checkpoint after each, of which the last take more than twice the limit for a silence: the peers of
  /// rank 0 wait for its disk as long as rank 0 may, five times that limit.
  @Test(.enabled(if: hasFaults, "needs a build with TRANSGAN_FAULTS=1"))
  func aSlowDiskIsNoStall() throws {
    try withTemporaryFolder { folder in
      let result = try SmallTraining.train(
        np: 2, in: folder,
        [
          "--stall-timeout", "4s", "--set", "checkpoint_every_kimg=0.008", "--set",
          "total_kimg=0.08",
        ],
        fault: "slow:rank=0,step=7,point=checkpoint.commit,value=10000")
      #expect(result.exitCode == 0, "\(result.transcript)")
    }
  }

  @Test(.enabled(if: hasFaults, "needs a build with TRANSGAN_FAULTS=1"))
  func aStragglerIsNamedAndNotStopped() throws {
    try withTemporaryFolder { folder in
      let result = try SmallTraining.train(
        np: 2, in: folder, fault: "slow:rank=1,step=92,point=discriminatorBlocks,value=1000")
      #expect(result.exitCode == 0, "\(result.transcript)")
      #expect(result.stderr.contains("rank 1 is slow in D blocks"), "\(result.transcript)")
      #expect(try SmallTraining.digest(in: folder) == SmallTraining.golden)
    }
  }
}
