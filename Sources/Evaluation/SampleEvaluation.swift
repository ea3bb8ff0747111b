// The comparison of samples with real images that a training makes every so often.
// Not here: when, and what becomes of the numbers; what a generator is.

import DataParallel
import Tensors

/// What a comparison found.
public struct SampleMeasurement: Sendable, Equatable {
  public let slicedWasserstein: SlicedWassersteinDistance
  /// The samples' mean pairwise distance over that of the real images; 1 is as diverse as these.
  public let diversityRatio: Double

  public init(slicedWasserstein: SlicedWassersteinDistance, diversityRatio: Double) {
    self.slicedWasserstein = slicedWasserstein
    self.diversityRatio = diversityRatio
  }
}

/// Real images, prepared to be compared with samples.
public struct SampleEvaluation: Sendable {
  private let reference: SlicedWasserstein
  private let referenceDiversity: Double
  private let count: Int
  private let side: Int

  /// - Parameter real: the same on every rank.
  public init(
    real: ImageBytes, settings: SlicedWassersteinSettings = .init(), threads: Int = 1
  ) throws {
    reference = try SlicedWasserstein(real, settings: settings, threads: threads)
    referenceDiversity = Diversity.meanPairDistance(real)
    count = real.count
    side = real.side
  }

  /// Compares as many samples as there are real images; all ranks take part and all get the result,
  /// the same bits for any number of ranks and threads.
  ///
  /// - Parameter image: makes sample i, (1, 3, S, S) in [-1, 1]; the same whoever makes it.
  /// - Throws: `EvaluationError.notFinite`, and what `image` throws.
  public func measure(
    group: ProcessGroup, threads: Int = 1, image: @Sendable (Int) throws -> Tensor
  ) throws -> SampleMeasurement {
    let samples = try ImageBytes.gather(
      count: count, side: side, group: group, threads: threads, image: image)
    return SampleMeasurement(
      slicedWasserstein: try reference.distance(to: samples, group: group, threads: threads),
      diversityRatio: referenceDiversity > 0
        ? Diversity.meanPairDistance(samples) / referenceDiversity : 1)
  }
}
