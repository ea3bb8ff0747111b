// How long a run will take, from a short measurement of its own steps on this machine.
// Not here: a benchmark (`StepBenchmark`), which takes the whole batch and a median.

import DataParallel
import Tensors
import TransGAN

/// The time of a step, scaled up from whole steps over a few images.
///
/// Every rank measures at the same time, as it will train.  The slowest counts.  What a network moves is not
/// measured: the sum over the ranks overlaps with computing where the network is fast enough.
public struct SpeedEstimate: Sendable {
  /// The images of the measured steps.
  public let images: Int
  /// What both measured updates took.
  public let measuredSeconds: Double
  /// The estimate for a discriminator step over the global batch, and for a generator step.
  public let discriminatorSeconds: Double
  public let generatorSeconds: Double
  /// What the measured steps held beside the lasting buffers, scaled to a block of the recipe, in bytes.
  public let activationBytes: Int

  /// Takes about two seconds where one image takes less than one.
  ///
  /// - Throws: what a step throws.
  public init(_ configuration: Configuration, group: ProcessGroup) throws {
    let blockImages = Self.imagesOfLargestBlock(configuration)
    let alone = ProcessGroup(SingleTransport())
    func measure(images: Int, warmup: Int) throws -> StepBenchmark {
      var small = configuration
      small.batch.blocks = 1
      small.threads = 1
      (small.batch.discriminator, small.batch.generator) = (images, images)
      return try StepBenchmark(small, group: alone, steps: 1, warmup: warmup)
    }
    let first = try measure(images: 1, warmup: 0)
    let one = first.discriminatorSeconds + first.generatorSeconds
    // Ranks need not agree on a number: a rank that is slower measures fewer images.
    let images = min(max(Int(0.7 / one), 2), blockImages)
    self.images = images
    let result = try measure(images: images, warmup: one < 0.4 ? 1 : 0)
    measuredSeconds = result.discriminatorSeconds + result.generatorSeconds

    let cut = configuration.batch
    let tree = BlockTree(blocks: cut.blocks)
    let blocks =
      try (0..<group.size).map {
        try tree.blocks(ofRank: $0, ranks: group.size).count
      }.max() ?? 1
    let rounds = Double((blocks + configuration.threads - 1) / configuration.threads)
    /// Blocks of a lane one after another, each with the measured time an image; one update for all.
    func step(_ seconds: Double, _ update: Double, batch: Int) -> Double {
      let perImage = max(seconds - update, 0) / Double(images)
      return rounds * Double(batch) / Double(cut.blocks) * perImage + update
    }
    let own = [
      step(
        result.discriminatorSeconds, result.discriminatorUpdateSeconds, batch: cut.discriminator),
      step(result.generatorSeconds, result.generatorUpdateSeconds, batch: cut.generator),
      Double(configuration.threads)
        * Self.line(
          first.activationBytes, result.activationBytes, images: images, at: blockImages),
    ]
    let slowest = try group.largest(own, phase: "speed")
    (discriminatorSeconds, generatorSeconds) = (slowest[0], slowest[1])
    activationBytes = Int(slowest[2])
  }

  /// What a line through the bytes of one image and of `images` has at `count`: weight gradients take
  /// their part whatever the number of images.
  private static func line(_ one: Int, _ several: Int, images: Int, at count: Int) -> Double {
    guard images > 1 else { return Double(several) }
    let slope = Double(max(several - one, 0)) / Double(images - 1)
    return Double(several) + slope * Double(count - images)
  }

  private static func imagesOfLargestBlock(_ configuration: Configuration) -> Int {
    let batch = configuration.batch
    let largest = max(batch.discriminator, batch.generator)
    return (largest + batch.blocks - 1) / batch.blocks
  }

  /// For a thousand real images, with the generator's steps that go with them.
  public func secondsPerKimg(_ configuration: Configuration) -> Double {
    let step = discriminatorSeconds + generatorSeconds / Double(configuration.criticSteps)
    return step * 1000 / Double(configuration.batch.discriminator)
  }
}

extension ProcessGroup {
  /// For each of a few numbers the largest that a rank gave.
  func largest(_ values: [Double], phase: ReductionPhase) throws -> [Double] {
    let text = values.map { "\($0)" }.joined(separator: " ")
    let all = try allGather(Array(text.utf8), phase: phase).map { bytes in
      String(decoding: bytes, as: UTF8.self).split(separator: " ").compactMap { Double($0) }
    }
    return values.indices.map { index in
      all.compactMap { index < $0.count ? $0[index] : nil }.max() ?? values[index]
    }
  }
}
