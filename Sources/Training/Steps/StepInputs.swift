// What a micro-block is computed from: images, latents and random choices.
// Not here: the computation; see `DiscriminatorBlock` and `GeneratorBlock`.

import DataParallel
import Datasets
import Tensors
import TransGAN

/// The inputs of a micro-block of a discriminator step, b samples.
public struct DiscriminatorInputs: Sendable {
  /// Real images, (b, 3, S, S).
  public var real: Tensor
  /// z, (b, T).
  public var latent: Tensor
  /// The weights of the real images in the penalty's mixtures, (b).
  public var alpha: Tensor
  public var realAugmentation: BlockAugmentation
  public var fakeAugmentation: BlockAugmentation
  public var mixedAugmentation: BlockAugmentation
}

/// The inputs of a micro-block of a generator step, b samples.
public struct GeneratorInputs: Sendable {
  /// z, (b, T).
  public var latent: Tensor
  public var augmentation: BlockAugmentation
  /// Real images for super-resolution co-training, (b, 3, S, S); nil without it.
  public var real: Tensor?
}

/// Gives each micro-block its inputs, as a function of step and block alone.
public protocol StepInputs: Sendable {
  func discriminatorInputs(step: Int, block: Int) throws -> DiscriminatorInputs
  func generatorInputs(step: Int, block: Int) throws -> GeneratorInputs
  /// The records of the data set that a discriminator's block takes its real images from.
  func discriminatorImages(step: Int, block: Int) -> [Int]
  /// The same for a generator's block.
  func generatorImages(step: Int, block: Int) -> [Int]
  /// The same inputs for the blocks of all ranks, at the price of a slow way to images.
  var ofAllBlocks: any StepInputs { get }
}

extension StepInputs {
  public func discriminatorImages(step: Int, block: Int) -> [Int] { [] }
  public func generatorImages(step: Int, block: Int) -> [Int] { [] }
  public var ofAllBlocks: any StepInputs { self }
}

/// The cut of a global batch into micro-blocks by sample index.
public struct BlockCut: Hashable, Sendable {
  public let batch: Int
  public let blocks: Int

  public init(batch: Int, blocks: Int) {
    precondition(blocks > 0 && batch >= blocks, "a batch of \(batch) in \(blocks) blocks")
    self.batch = batch
    self.blocks = blocks
  }

  /// The samples of a block, or of several.
  public func samples(of blocks: Range<Int>) -> Range<Int> {
    blocks.lowerBound * batch / self.blocks..<blocks.upperBound * batch / self.blocks
  }

  public func samples(ofBlock block: Int) -> Range<Int> { samples(of: block..<block + 1) }
}

/// Inputs drawn from a data set and a seed.
///
/// After a rollback all that is drawn has another key, so that what led to a value that is not finite does not come
/// again: the order of the records from the step on, their flips, z, mixtures and augmentation.  Within an epoch
/// that began in another order some records then come twice and others not at all.
struct DrawnInputs: StepInputs {
  let dataset: any ImageDataset
  /// Of this rank's blocks.
  let loader: ShardLoader
  /// Whether images are read from the data set for each call, which any block's can be.
  private var isOfAllBlocks = false
  let random: RandomSource
  let augmentation: AugmentationPolicy
  let discriminatorCut: BlockCut
  let generatorCut: BlockCut
  let latentWidth: Int
  let imageSide: Int
  let needsReal: Bool

  /// - Parameter rollbacks: how often the run went back because a value was not finite.
  /// - Throws: `DataParallelError.moreRanksThanBlocks`.
  init(
    _ recipe: Recipe, dataset: any ImageDataset, group: ProcessGroup, rollbacks: Int = 0
  ) throws {
    let configuration = recipe.configuration
    let blocks = try BlockTree(blocks: configuration.batch.blocks)
      .blocks(ofRank: group.rank, ranks: group.size)
    let seed = Self.seed(configuration.seed, rollbacks: rollbacks)
    self.dataset = dataset
    loader = ShardLoader(
      dataset: dataset,
      order: EpochOrder(
        count: dataset.count, seed: seed, mirrors: recipe.configuration.data.flip),
      batch: configuration.batch.discriminator,
      sampleRange: recipe.discriminatorCut.samples(of: blocks))
    random = RandomSource(seed: seed)
    augmentation = recipe.augmentation
    discriminatorCut = recipe.discriminatorCut
    generatorCut = recipe.generatorCut
    latentWidth = configuration.model.latent
    imageSide = Configuration.imageSide
    needsReal = configuration.superResolution.weight > 0
  }

  /// The key of what is drawn after so many rollbacks: the seed itself before the first.
  static func seed(_ seed: UInt64, rollbacks: Int) -> UInt64 {
    guard rollbacks > 0 else { return seed }
    let words = RandomSource(seed: seed).bits(.rollbackSeed, step: rollbacks, block: 0)
    return UInt64(words.x) << 32 | UInt64(words.y)
  }

  var ofAllBlocks: any StepInputs {
    var inputs = self
    inputs.isOfAllBlocks = true
    return inputs
  }

  func discriminatorInputs(step: Int, block: Int) throws -> DiscriminatorInputs {
    let samples = discriminatorCut.samples(ofBlock: block)
    func augmentation(_ stream: RandomStream) -> BlockAugmentation {
      self.augmentation.draw(random, stream, step: step, samples: samples, side: imageSide)
    }
    return DiscriminatorInputs(
      real: try images(step, samples),
      latent: latents(.discriminatorLatent, step, samples),
      alpha: Tensor(
        [samples.count],
        samples.map { random.uniform(.mixture, step: step, sample: $0, position: 0) }),
      realAugmentation: augmentation(.realAugmentation),
      fakeAugmentation: augmentation(.fakeAugmentation),
      mixedAugmentation: augmentation(.mixedAugmentation))
  }

  func generatorInputs(step: Int, block: Int) throws -> GeneratorInputs {
    let samples = generatorCut.samples(ofBlock: block)
    return GeneratorInputs(
      latent: latents(.generatorLatent, step, samples),
      augmentation: augmentation.draw(
        random, .generatorAugmentation, step: step, samples: samples, side: imageSide),
      real: needsReal ? try realImages(step, block, count: samples.count) : nil)
  }

  func discriminatorImages(step: Int, block: Int) -> [Int] {
    records(step: step, discriminatorCut.samples(ofBlock: block))
  }

  func generatorImages(step: Int, block: Int) -> [Int] {
    let count = generatorCut.samples(ofBlock: block).count
    return needsReal
      ? records(step: step, discriminatorCut.samples(ofBlock: block).prefix(count)) : []
  }

  private func records(step: Int, _ samples: Range<Int>) -> [Int] {
    loader.order.recordIndices(at: positions(step, samples))
  }

  private func positions(_ step: Int, _ samples: Range<Int>) -> Range<Int> {
    let first = step * discriminatorCut.batch
    return first + samples.lowerBound..<first + samples.upperBound
  }

  private func images(_ step: Int, _ samples: Range<Int>) throws -> Tensor {
    isOfAllBlocks
      ? try dataset.images(at: positions(step, samples), order: loader.order)
      : try loader.images(step: step, samples: samples)
  }

  private func latents(_ stream: RandomStream, _ step: Int, _ samples: Range<Int>) -> Tensor {
    Tensor([samples.count, latentWidth]) { target in
      for (row, sample) in samples.enumerated() {
        let range = row * latentWidth..<(row + 1) * latentWidth
        random.fillNormal(
          UnsafeMutableBufferPointer(rebasing: target[range]), stream, step: step, sample: sample)
      }
    }
  }

  /// The real images of the discriminator's block of the same number, repeated or cut to `count`: they are
  /// in this rank's shard, and so do not depend on the number of ranks.
  private func realImages(_ step: Int, _ block: Int, count: Int) throws -> Tensor {
    let own = discriminatorCut.samples(ofBlock: block)
    let images = try images(step, own.prefix(count))
    guard count > own.count else { return images }
    let pixels = images.shape.extents.dropFirst().reduce(1, *)
    return Tensor(Shape([count] + images.shape.extents.dropFirst())) { target in
      images.withUnsafeBuffer { source in
        for row in 0..<count {
          let from = row % own.count * pixels
          _ = UnsafeMutableBufferPointer(rebasing: target[row * pixels..<(row + 1) * pixels])
            .initialize(fromContentsOf: source[from..<from + pixels])
        }
      }
    }
  }
}
