// What a training will need, known before it starts: parameters, operations, memory, bytes, disk, steps.
// Not here: measured speed (`SpeedEstimate`), and how it is shown (`TrainingPlan+Description`).

import DataParallel
import Datasets
import Tensors
import TransGAN

/// The needs of a run on a number of ranks, by formula.
public struct TrainingPlan: Sendable {
  public let configuration: Configuration
  public let ranks: Int
  public let generatorParameters: Int
  public let discriminatorParameters: Int
  /// Needed operations for each image of a batch, without locality windows; see `OperationCount`.
  public let operationsPerImage: StepOperations
  /// G's forward map for one image, and D's.
  public let generatorForward: OperationCount
  public let discriminatorForward: OperationCount
  /// What the rank with the most blocks holds, in bytes, without activations.
  public let memory: PlannedMemory
  /// The most bytes that a rank sends in D's reduction, and in G's; headers included.
  public let discriminatorBytesSent: Int
  public let generatorBytesSent: Int
  /// One checkpoint's file, in bytes.
  public let checkpointBytes: Int
  /// Checkpoints that are on the disk at the end.
  public let checkpointsKept: Int

  /// - Throws: `DataParallelError.moreRanksThanBlocks`.
  public init(_ configuration: Configuration, ranks: Int, dataset: any ImageDataset) throws {
    self.configuration = configuration
    self.ranks = ranks
    let recipe = Recipe(configuration)
    let (generator, discriminator) = (recipe.generator, recipe.discriminator)
    generatorParameters = generator.table.count
    discriminatorParameters = discriminator.table.count
    operationsPerImage = recipe.operationsPerImage(locality: .none)
    generatorForward = generator.configuration.operations(.forward)
    discriminatorForward = discriminator.configuration.operations(.forward)
    memory = try PlannedMemory(recipe, ranks: ranks, datasetRecords: dataset.count)
    let tree = BlockTree(blocks: configuration.batch.blocks)
    func bytesSent(_ count: Int) throws -> Int {
      let plan = BucketPlan(count: count, ranks: ranks)
      switch configuration.reduction {
      case .reproducible:
        return try (0..<ranks).map {
          try ReproducibleReducer.bytesSent(byRank: $0, tree: tree, plan: plan)
        }.max() ?? 0
      case .fast:
        // A ring's, the least that an all-reduce needs; which algorithm runs is MPI's choice.
        return 2 * (ranks - 1) * count * MemoryLayout<Float>.stride / ranks
      }
    }
    discriminatorBytesSent = try bytesSent(discriminator.table.count)
    let samples = try (0..<ranks).map {
      recipe.generatorCut.samples(of: try tree.blocks(ofRank: $0, ranks: ranks)).count
    }
    generatorBytesSent =
      try bytesSent(recipe.summedGeneratorCount) + (ranks - 1)
      * recipe.latentFactorBytes(samples: samples.max() ?? 0)
    checkpointBytes = CheckpointContents.byteCount(recipe, datasetDigest: dataset.digest)
    checkpointsKept = Self.checkpointsKept(configuration)
  }

  /// The last ones and the milestones before them.
  private static func checkpointsKept(_ configuration: Configuration) -> Int {
    let every = Configuration.images(kimg: configuration.checkpointEveryKimg)
    let total = configuration.totalSteps * configuration.batch.discriminator
    guard every > 0 else { return 1 }
    let retention = CheckpointRetention(
      keep: configuration.checkpoints.keep, milestoneImages: configuration.milestoneImages)
    let batch = configuration.batch.discriminator
    // A checkpoint comes with the first step at or behind a multiple of the interval, and with the last.
    var all = Set((1...max(total / every, 1)).map { (($0 * every) + batch - 1) / batch * batch })
    all = all.filter { $0 <= total }
    all.insert(total)
    return all.count - retention.removable(Array(all), saved: total).count
  }

  /// Needed operations of the whole global batch in one discriminator step.
  public var discriminatorStepOperations: OperationCount {
    configuration.batch.discriminator * operationsPerImage.discriminator
  }

  /// Of the whole global batch in one generator step.
  public var generatorStepOperations: OperationCount {
    configuration.batch.generator * operationsPerImage.generator
  }

  /// Generator updates of the whole run.
  public var generatorSteps: Int {
    (configuration.totalSteps + configuration.criticSteps - 1) / configuration.criticSteps
  }
}

extension Recipe {
  /// The needed operations of both updates for each image, while `locality` is in force.
  public func operationsPerImage(locality: LocalityWindows) -> StepOperations {
    StepOperations(
      generator: generator.configuration, discriminator: discriminator.configuration,
      hasPenalty: configuration.loss.penalty.kind != .none,
      superResolution: configuration.superResolution.weight > 0, locality: locality)
  }
}
