// What a rank holds in memory, by formula, apart from what it computes with.
// Not here: activations, whose size depends on the kernels and is measured (`SpeedEstimate`).

import DataParallel
import Datasets
import Tensors
import TransGAN

/// The lasting memory of the rank with the most blocks, in bytes.
public struct PlannedMemory: Sendable, Equatable {
  /// Of both networks.
  public let weights: Int
  /// Adam's, of both networks.
  public let moments: Int
  /// The moving average of G, and what a generator step leaves for D (`fidelity: published`).
  public let average: Int
  /// Partial sums of gradients: those that are reduced, and those that wait for a sibling; factors.
  public let gradients: Int
  /// Messages under way.
  public let messages: Int
  /// The records of an epoch that the rank reads.
  public let records: Int
  /// Rank 0 alone: a copy of the state while a checkpoint is written.
  public let snapshot: Int

  /// Without activations and without rank 0's snapshot.
  public var total: Int { weights + moments + average + gradients + messages + records }

  init(_ recipe: Recipe, ranks: Int, datasetRecords: Int) throws {
    let configuration = recipe.configuration
    let float = MemoryLayout<Float>.stride
    let (g, d) = (recipe.generator.table.count, recipe.discriminator.table.count)
    let hasLeftover = configuration.fidelity == .published
    let tree = BlockTree(blocks: configuration.batch.blocks)
    let ranges = try (0..<ranks).map { try tree.blocks(ofRank: $0, ranks: ranks) }
    weights = float * (g + d)
    moments = 2 * weights
    average = float * (g + (hasLeftover ? d : 0))
    let summed = max(recipe.summedGeneratorCount, d)
    let partialSums =
      ranges.map { range in
        let cover = tree.cover(range)
        let highest = cover.map(\.level).max() ?? 0
        let others = (cover.count - 1) * summed + cover.count * (hasLeftover ? d : 0)
        return max(g, d) + others + highest * summed
      }.max() ?? 0
    gradients =
      float * partialSums + recipe.latentFactorBytes(samples: configuration.batch.generator)
    // Each bucket under way has about three times its size in buffers; see `ReproducibleReducer`.
    let buckets = [recipe.summedGeneratorCount, d].map { count in
      let plan = BucketPlan(count: count, ranks: ranks)
      return min(ReproducibleReducer.defaultBucketsUnderWay, plan.bucketCount) * 3
        * plan.bucketFloats
    }
    messages = ranks == 1 ? 0 : float * buckets.reduce(0, +)
    let samples = ranges.map { recipe.discriminatorCut.samples(of: $0).count }.max() ?? 0
    let batch = configuration.batch.discriminator
    records = (datasetRecords * samples + batch - 1) / batch * ImageRecord.byteCount
    snapshot = weights + moments + average
  }
}

extension CheckpointContents {
  /// The bytes of a checkpoint's file at the end of a run of `recipe`, from names and shapes alone.
  static func byteCount(_ recipe: Recipe, datasetDigest: String) -> Int {
    let configuration = recipe.configuration
    let steps = configuration.totalSteps
    let state = CheckpointState(
      step: steps, images: steps * configuration.batch.discriminator, seed: configuration.seed,
      blocks: configuration.batch.blocks, configuration: configuration.yaml(),
      datasetDigest: datasetDigest)
    let sections: [(CheckpointSection, ParameterTable)] = CheckpointSection.allCases.compactMap {
      switch $0 {
      case .generator, .average, .generatorFirstMoment, .generatorSecondMoment:
        ($0, recipe.generator.table)
      case .discriminator, .discriminatorFirstMoment, .discriminatorSecondMoment:
        ($0, recipe.discriminator.table)
      case .discriminatorLeftover:
        configuration.fidelity == .published ? ($0, recipe.discriminator.table) : nil
      }
    }
    return CheckpointEncoding.byteCount(
      state,
      tensors: sections.flatMap { section, table in
        table.entries.map { (section.tensorName($0.name), $0.shape) }
      })
  }
}

extension CheckpointEncoding {
  /// The length of a file with these tensors: all digests have one length, whatever they are.
  static func byteCount(_ state: CheckpointState, tensors: [(name: String, shape: Shape)]) -> Int {
    var metadata = state.metadata
    metadata["format"] = format
    metadata["format_version"] = version
    let digest = String(repeating: "0", count: 64)
    for tensor in tensors { metadata[tensorDigestPrefix + tensor.name] = digest }
    for key in ["weights_sha256", "header_sha256"] { metadata[key] = digest }
    metadata["total_bytes"] = String(repeating: "0", count: 16)
    let declarations = tensors.map {
      SafetensorsLayout.Declaration(name: $0.name, shape: $0.shape)
    }
    return SafetensorsLayout(tensors: declarations, metadata: metadata).byteCount
  }
}
