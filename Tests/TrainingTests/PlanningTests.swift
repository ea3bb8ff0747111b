// What a plan says beforehand, against what then happens: files that are written, bytes that are sent.
import DataParallel
import Datasets
import Foundation
import Tensors
import TestSupport
import Testing
import TransGAN

@testable import Training

@Suite struct PlanningTests {
  private static func small(_ change: (inout Configuration) -> Void = { _ in }) -> Configuration {
    var configuration = Configuration()
    configuration.totalKimg = 10
    configuration.batch.discriminator = 32
    configuration.batch.generator = 32
    configuration.model.latent = 16
    configuration.model.generator.channels = 32
    configuration.model.generator.depths = [1, 1, 1]
    configuration.model.generator.widths = []
    configuration.model.generator.bottom = 8
    configuration.model.generator.heads = 2
    configuration.model.discriminator.channels = 16
    configuration.model.discriminator.depth = 2
    configuration.model.discriminator.heads = 2
    configuration.locality.preset = .none
    configuration.locality.schedule = []
    change(&configuration)
    return configuration
  }

  private static let dataset = SyntheticShapes(seed: 1, count: 100)

  /// A file that is written has exactly the planned size, whatever the digests are.
  @Test(arguments: [Configuration.Fidelity.paper, .published])
  func checkpointSize(fidelity: Configuration.Fidelity) throws {
    let configuration = Self.small { $0.fidelity = fidelity }
    let plan = try TrainingPlan(configuration, ranks: 1, dataset: Self.dataset)
    let recipe = Recipe(configuration)
    let state = TrainingState(
      generator: recipe.generator, discriminator: recipe.discriminator, seed: 0,
      keepsLeftover: fidelity == .published)
    let steps = configuration.totalSteps
    let contents = state.snapshot(
      CheckpointState(
        step: steps, images: steps * configuration.batch.discriminator, seed: configuration.seed,
        blocks: configuration.batch.blocks, configuration: configuration.yaml(),
        datasetDigest: Self.dataset.digest))
    let written = try CheckpointEncoding(contents, path: "a test's").layout.byteCount
    #expect(plan.checkpointBytes == written)
  }

  /// 10 kimg with a checkpoint every 2 and every second one for good: 4, 8, and the last three 6, 8, 10;
  /// in steps of 32 images, each a little later than its mark.
  @Test func checkpointsThatStay() throws {
    func kept(_ change: (inout Configuration) -> Void) throws -> Int {
      try TrainingPlan(Self.small(change), ranks: 1, dataset: Self.dataset).checkpointsKept
    }
    #expect(try kept { _ in } == 3)
    #expect(try kept { $0.checkpoints.keepEvery = 2 } == 4)
    #expect(try kept { $0.totalKimg = 1 } == 1)
    #expect(try kept { $0.checkpoints.keep = 5 } == 5)
    #expect(
      try kept {
        $0.checkpointEveryKimg = 0.001; $0.totalKimg = 0.1
      } == 3)
  }

  /// With one block a rank, each of two ranks sends half of the gradient and half of the sum.
  @Test func bytesOnTheWire() throws {
    let configuration = Self.small { $0.batch.blocks = 2 }
    let plan = try TrainingPlan(configuration, ranks: 2, dataset: Self.dataset)
    for (sent, parameters) in [
      (plan.generatorBytesSent, plan.generatorParameters),
      (plan.discriminatorBytesSent, plan.discriminatorParameters),
    ] {
      let floats = 4 * parameters
      // Headers and the rounding of slices to cache lines come on top.
      #expect((floats..<floats + 1000).contains(sent), "\(sent) for \(parameters) parameters")
    }
    #expect(
      try TrainingPlan(configuration, ranks: 1, dataset: Self.dataset).generatorBytesSent == 0)
  }

  /// Where the latent's weight is factored, each of two ranks sends its samples' factors instead of its share.
  @Test func bytesOfFactors() throws {
    let configuration = Self.small {
      $0.batch.blocks = 2
      $0.model.latent = 32
    }
    let plan = try TrainingPlan(configuration, ranks: 2, dataset: Self.dataset)
    let outputs = 64 * configuration.model.generator.channels
    let floats = 4 * (plan.generatorParameters - outputs * 32 + 16 * (outputs + 32))
    let sent = plan.generatorBytesSent
    #expect((floats..<floats + 1000).contains(sent), "\(sent), \(floats) without headers")
    let (g, d) = (plan.generatorParameters, plan.discriminatorParameters)
    let summed = max(g - outputs * 32, d)
    let memory = try TrainingPlan(
      Self.small { $0.model.latent = 32 }, ranks: 2, dataset: Self.dataset
    ).memory
    #expect(memory.gradients == 4 * (max(g, d) + 2 * summed + 32 * (outputs + 32)))
  }

  /// The parts of memory by hand: 4 bytes a number; of 8 blocks on 2 ranks each has one partial sum to send
  /// and, while it adds four blocks, up to two that wait.
  @Test func memoryParts() throws {
    let plan = try TrainingPlan(Self.small(), ranks: 2, dataset: Self.dataset)
    let (g, d) = (plan.generatorParameters, plan.discriminatorParameters)
    #expect(plan.memory.weights == 4 * (g + d))
    #expect(plan.memory.moments == 8 * (g + d))
    #expect(plan.memory.average == 4 * g)
    #expect(plan.memory.gradients == 4 * 3 * max(g, d))
    #expect(plan.memory.records == 50 * 3073)
    #expect(plan.memory.snapshot == 4 * (4 * g + 3 * d))
  }

  @Test func moreRanksThanBlocksAreRefused() {
    #expect(throws: DataParallelError.self) {
      try TrainingPlan(Self.small { $0.batch.blocks = 2 }, ranks: 3, dataset: Self.dataset)
    }
  }

  /// Ten steps of 0.2 s with a generator step of 0.3 s behind every fifth, 100 images each.
  @Test func stepsAndOperations() throws {
    let configuration = Self.small {
      $0.batch.discriminator = 64
      $0.batch.generator = 128
      $0.totalKimg = 1
      $0.criticSteps = 5
    }
    let plan = try TrainingPlan(configuration, ranks: 1, dataset: Self.dataset)
    #expect(configuration.totalSteps == 16 && plan.generatorSteps == 4)
    #expect(
      plan.discriminatorStepOperations.total == 64 * plan.operationsPerImage.discriminator.total)
    #expect(plan.generatorStepOperations.total == 128 * plan.operationsPerImage.generator.total)
  }

  /// The estimate's line is that of the benchmark, and reads as YAML.
  @Test func textIsTheConfiguration() throws {
    let configuration = Self.small()
    let plan = try TrainingPlan(configuration, ranks: 1, dataset: Self.dataset)
    let speed = try SpeedEstimate(configuration, group: ProcessGroup(SingleTransport()))
    #expect(speed.images == 4, "a block has \(32 / 8) images")
    #expect(speed.discriminatorSeconds > 0 && speed.generatorSeconds > 0)
    let text = plan.text(speed: speed, dataset: "a test's")
    #expect(try Configuration(yaml: text, source: "the plan") == configuration)
    #expect(text.split(separator: "\n").allSatisfy { $0.count <= 120 }, "\(text)")
  }
}
