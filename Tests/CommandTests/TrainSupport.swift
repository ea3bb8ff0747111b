// A recipe of a few seconds for tests that start, disturb and resume whole trainings.

import Foundation
import TestSupport
import Testing

/// The built program on a small recipe: 100 steps, a checkpoint every ten.
enum SmallTraining {
  static let program = productsDirectory.appendingPathComponent("transgan-dist").path

  static let recipe = [
    "total_kimg=0.8", "checkpoint_every_kimg=0.08", "checkpoints.keep=3", "batch.discriminator=8",
    "batch.generator=16", "batch.blocks=8", "n_critic=2", "model.generator.channels=64",
    "model.generator.depths=[2,1,1]", "model.generator.widths=[]", "model.generator.bottom=8",
    "locality.preset=none", "locality.schedule=[]", "super_resolution.weight=0",
    "loss.kind=wgan-eps", "loss.penalty.kind=gradient", "loss.penalty.weight=10",
    "model.discriminator.channels=32", "model.discriminator.heads=2", "samples.every_kimg=0",
    "evaluation.sliced_wasserstein_every_kimg=0",
  ].flatMap { ["--set", $0] }

  /// Trains on `np` ranks to the end, or to whatever ends it.
  static func train(
    np: Int, in folder: String, _ arguments: [String] = [], fault: String? = nil
  ) throws -> ProcessResult {
    try mpirun(
      np: np, program, ["train"] + recipe + ["--run-dir", folder] + arguments,
      environment: fault.map { ["TRANSGAN_FAULT": $0] } ?? [:], timeout: 300)
  }

  /// Starts a training on `np` ranks, waits for `path` to exist in its run directory, runs a line of shell with
  /// `$mpirun` as its launcher's process and `$run` as the directory, and waits for its end.
  static func train(
    np: Int, in folder: String, _ arguments: [String] = [], afterFile path: String,
    shell line: String
  ) throws -> ProcessResult {
    let script = """
      run=$1
      shift
      "$@" &
      mpirun=$!
      until [ -e "$run/\(path)" ] || ! kill -0 $mpirun 2> /dev/null; do sleep 0.02; done
      \(line)
      wait $mpirun
      """
    let environment = [
      "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
      "OMPI_MCA_mpi_yield_when_idle": "1", "OPENBLAS_NUM_THREADS": "1",
    ]
    let command = ["mpirun", "-np", "\(np)", "--oversubscribe", program, "train"] + recipe
    return try run(
      "bash",
      ["-c", script, "bash", folder] + command + ["--run-dir", folder] + arguments,
      environment: environment, timeout: 300)
  }

  /// The SHA-256 of the weights after the last step.
  static func digest(in folder: String) throws -> String {
    let result = try run(
      program, ["weights", "digest", folder + "/checkpoints/kimg-000000.800.safetensors"])
    return String(result.stdout.prefix { $0 != " " })
  }

  /// The digest of a run that nothing disturbed.
  static let golden: String = {
    do {
      return try withTemporaryFolder { folder in
        let result = try train(np: 1, in: folder)
        guard result.exitCode == 0 else { return result.transcript }
        return try digest(in: folder)
      }
    } catch {
      return "\(error)"
    }
  }()

  /// The processes that the heartbeats of a run name, and that are still there.
  static func leftover(in folder: String) -> [Int32] {
    let heartbeats = folder + "/heartbeat"
    let names = (try? FileManager.default.contentsOfDirectory(atPath: heartbeats)) ?? []
    return names.compactMap { name -> Int32? in
      guard let data = FileManager.default.contents(atPath: heartbeats + "/" + name),
        let record = try? JSONSerialization.jsonObject(with: data) as? [String: Any]
      else { return nil }
      return (record["process"] as? NSNumber)?.int32Value
    }.filter { kill($0, 0) == 0 }
  }

  /// Goes on with a disturbed run on `np` ranks, and expects the weights of the undisturbed one.
  static func expectGolden(np: Int, in folder: String, _ comment: String) throws {
    // mpirun has returned; the last of its ranks may take a moment.
    for _ in 0..<100 where !leftover(in: folder).isEmpty { usleep(50_000) }
    #expect(leftover(in: folder).isEmpty, "processes are left after \(comment)")
    let result = try train(np: np, in: folder)
    #expect(result.exitCode == 0, "after \(comment): \(result.transcript)")
    #expect(try digest(in: folder) == golden, "weights after \(comment): \(result.transcript)")
  }
}
