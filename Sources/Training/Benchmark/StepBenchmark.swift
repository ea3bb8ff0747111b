// Timing whole training steps: what `bench step` measures.
// Not here: the parts of a step (`PhaseSplit`), and how all of it is shown (`StepBenchmarkText`).

import DataParallel
import Datasets
import Foundation
import Reporting
import Tensors
import TransGAN

/// The median times of the two updates of a recipe, on drawn pictures.
public struct StepBenchmark: Sendable {
  public let configuration: Configuration
  public let ranks: Int
  /// Medians over the measured steps on the slowest rank.
  public let discriminatorSeconds: Double
  public let generatorSeconds: Double
  /// Needed operations of an image in each update, with the locality windows of the first step.
  public let operationsPerImage: StepOperations
  /// What one step's two sums over the ranks cost this rank, means over the measured steps.
  public let discriminatorReduction: ReductionCost
  public let generatorReduction: ReductionCost
  /// Seconds in which the slowest rank takes the digests that all compare in every step; 0 for one rank.
  public let replicaCheckSeconds: Double
  /// The largest resident set that a rank has had, in bytes.
  public let peakResidentBytes: Int
  /// The most that tensors have held at once on this rank, in bytes.
  public let peakTensorBytes: Int
  /// Of these, what steps hold beside the buffers that last.
  public let activationBytes: Int
  /// Blocks of memory that the measured steps took from the system on this rank: 0 in a steady state.
  public let allocationsInMeasuredSteps: Int
  /// Where the time of a step goes.
  public let phases: PhaseSplit
  /// Images of the measured steps, all ranks.
  public let images: (discriminator: Int, generator: Int)

  /// One step's sum over the ranks.
  public struct ReductionCost: Sendable {
    public let bytesSent: Int
    /// What did not overlap with computing.
    public let exposedSeconds: Double
  }

  /// Takes `steps` steps of each kind after `warmup`, then one more of each in parts.
  public init(
    _ configuration: Configuration, group: ProcessGroup, steps: Int, warmup: Int = 1
  ) throws {
    precondition(steps > 0, "no steps to time")
    var configuration = configuration
    configuration.criticSteps = 1
    self.configuration = configuration
    ranks = group.size
    let recipe = Recipe(configuration)
    operationsPerImage = recipe.operationsPerImage(locality: recipe.localityWindows(step: 0))
    images = (configuration.batch.discriminator, configuration.batch.generator)
    let state = TrainingState(
      generator: recipe.generator, discriminator: recipe.discriminator, seed: configuration.seed,
      keepsLeftover: configuration.fidelity == .published)
    let inputs = try DrawnInputs(
      recipe,
      dataset: SyntheticShapes(seed: configuration.seed, count: configuration.batch.discriminator),
      group: group)
    let trainer = try Trainer(recipe: recipe, state: state, group: group, inputs: inputs)
    let lasting = StoragePool.shared.statistics.bytesInUse
    for _ in 0..<warmup { _ = try trainer.step() }
    let before = StoragePool.shared.statistics.systemAllocations
    let reductionBefore = trainer.reductionStatistics
    var (discriminator, generator): ([Double], [Double]) = ([], [])
    for _ in 0..<steps {
      let report = try trainer.step()
      discriminator.append(report.discriminatorSeconds)
      if let part = report.generator { generator.append(part.seconds) }
    }
    let reductionAfter = trainer.reductionStatistics
    let statistics = StoragePool.shared.statistics
    allocationsInMeasuredSteps = statistics.systemAllocations - before
    peakTensorBytes = statistics.peakBytesInUse
    activationBytes = max(peakTensorBytes - lasting, 0)
    func cost(_ before: ReductionStatistics, _ after: ReductionStatistics) -> ReductionCost {
      ReductionCost(
        bytesSent: (after.bytesSent - before.bytesSent) / steps,
        exposedSeconds: (after.secondsWaiting - before.secondsWaiting) / Double(steps))
    }
    discriminatorReduction = cost(reductionBefore.discriminator, reductionAfter.discriminator)
    generatorReduction = cost(reductionBefore.generator, reductionAfter.generator)
    let check = group.size > 1 ? Self.median((0..<5).map { _ in Self.replicaCheck(state) }) : 0
    let slowest = try group.largest(
      [
        Self.median(discriminator), Self.median(generator), check,
        Double(Self.peakResidentBytes()),
      ], phase: "benchmark")
    (discriminatorSeconds, generatorSeconds) = (slowest[0], slowest[1])
    replicaCheckSeconds = slowest[2]
    peakResidentBytes = Int(slowest[3])
    phases = try PhaseSplit(recipe: recipe, state: state, inputs: inputs, group: group)
  }

  /// Seconds of the part of each update that does not grow with the batch.
  var discriminatorUpdateSeconds: Double { phases.discriminatorUpdateSeconds }
  var generatorUpdateSeconds: Double { phases.generatorUpdateSeconds }

  /// Needed operations of one update on one thread of a rank.
  public var operationsPerThread: (discriminator: Double, generator: Double) {
    let threads = Double(ranks * configuration.threads)
    return (
      Double(images.discriminator * operationsPerImage.discriminator.total) / threads,
      Double(images.generator * operationsPerImage.generator.total) / threads
    )
  }

  private static func replicaCheck(_ state: TrainingState) -> Double {
    let start = monotonicSeconds()
    _ = ReplicaDigests(state).combined
    return monotonicSeconds() - start
  }

  static func median(_ values: [Double]) -> Double {
    guard !values.isEmpty else { return .nan }
    let sorted = values.sorted()
    return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
  }

  /// The largest resident set that this process has had, in bytes.
  static func peakResidentBytes() -> Int {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return usage.ru_maxrss * 1024
  }
}
