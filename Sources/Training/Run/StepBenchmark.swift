// Timing training steps: what `bench step` measures.  Not here: how it is shown.

import DataParallel
import Datasets
import Foundation
import Tensors
import TransGAN

/// The median times of the two updates of a recipe, on drawn pictures.
public struct StepBenchmark: Sendable {
  public let discriminatorSeconds: Double
  public let generatorSeconds: Double
  /// The largest resident set that a rank has had, in bytes.
  public let peakResidentBytes: Int
  /// The most that tensors have held at once on this rank, in bytes.
  public let peakTensorBytes: Int
  /// Blocks of memory that the measured steps took from the system on this rank: 0 in a steady state.
  public let allocationsInMeasuredSteps: Int

  /// Takes `steps` steps of each kind after `warmup`.
  public init(
    _ configuration: Configuration, group: ProcessGroup, steps: Int, warmup: Int = 1
  ) throws {
    precondition(steps > 0, "no steps to time")
    var configuration = configuration
    configuration.criticSteps = 1
    let recipe = Recipe(configuration)
    let state = TrainingState(
      generator: recipe.generator, discriminator: recipe.discriminator, seed: configuration.seed,
      keepsLeftover: configuration.fidelity == .published)
    let inputs = try DrawnInputs(
      recipe,
      dataset: SyntheticShapes(seed: configuration.seed, count: configuration.batch.discriminator),
      group: group)
    let trainer = try Trainer(recipe: recipe, state: state, group: group, inputs: inputs)
    for _ in 0..<warmup { _ = try trainer.step() }
    let before = StoragePool.shared.statistics.systemAllocations
    var discriminator: [Double] = []
    var generator: [Double] = []
    for _ in 0..<steps {
      let report = try trainer.step()
      discriminator.append(report.discriminatorSeconds)
      if let part = report.generator { generator.append(part.seconds) }
    }
    discriminatorSeconds = Self.median(discriminator)
    generatorSeconds = Self.median(generator)
    let statistics = StoragePool.shared.statistics
    allocationsInMeasuredSteps = statistics.systemAllocations - before
    peakTensorBytes = statistics.peakBytesInUse
    let peaks = try group.allGather(Array("\(Self.ownPeakResidentBytes())".utf8), phase: "memory")
    peakResidentBytes = peaks.compactMap { Int(String(decoding: $0, as: UTF8.self)) }.max() ?? 0
  }

  private static func median(_ values: [Double]) -> Double {
    values.isEmpty ? .nan : values.sorted()[values.count / 2]
  }

  private static func ownPeakResidentBytes() -> Int {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return usage.ru_maxrss * 1024
  }
}
