// The measurements of a run: samples of the moving average against real images, on all ranks.
// Not here: the measures themselves (Evaluation), and what is said of them (`RunReporter`).

import DataParallel
import Datasets
import Evaluation
import Tensors
import TransGAN

/// Compares samples with real images when that is due.
final class RunEvaluation {
  private let recipe: Recipe
  private let group: ProcessGroup
  private let cadence: Cadence
  /// Nil where nothing is measured.
  private let evaluation: SampleEvaluation?

  /// Reads the real images and prepares them, where the configuration asks for measurements.
  ///
  /// - Throws: `DatasetError`.
  init(_ recipe: Recipe, dataset: any ImageDataset, group: ProcessGroup) throws {
    self.recipe = recipe
    self.group = group
    let settings = recipe.configuration.evaluation
    cadence = Cadence(everyKimg: settings.slicedWassersteinEveryKimg)
    guard cadence.images > 0 else {
      evaluation = nil
      return
    }
    evaluation = try SampleEvaluation(
      real: try Self.realImages(dataset, count: min(settings.images, dataset.count)),
      threads: recipe.configuration.threads)
  }

  /// Records at even distances over the whole set.
  private static func realImages(_ dataset: any ImageDataset, count: Int) throws -> ImageBytes {
    let indices = (0..<count).map { $0 * dataset.count / count }
    var records = [UInt8](repeating: 0, count: count * ImageRecord.byteCount)
    try records.withUnsafeMutableBytes { try dataset.loadRecords(indices, into: $0) }
    let pixels = (0..<count).flatMap { index in
      records[index * ImageRecord.byteCount + 1..<(index + 1) * ImageRecord.byteCount]
    }
    return ImageBytes(side: ImageRecord.side, pixels: pixels)
  }

  /// The measurement that is due after the images in (before, after], the same on every rank; nil where
  /// none is.  Nothing that training uses is changed.
  func measureIfDue(
    _ state: TrainingState, before: Int, after: Int
  ) throws -> SampleMeasurement? {
    guard let evaluation, cadence.isDue(before: before, after: after) else { return nil }
    let renderer = SampleRenderer(
      generator: recipe.generator, locality: recipe.localityWindows(step: state.step))
    let random = RandomSource(seed: recipe.configuration.seed)
    let (weights, latentWidth) = (state.average, recipe.configuration.model.latent)
    return try evaluation.measure(group: group, threads: recipe.configuration.threads) { sample in
      let latent = Tensor([1, latentWidth]) {
        random.fillNormal($0, .evaluationLatent, sample: sample)
      }
      return renderer.picture(latent, weights: weights)
    }
  }
}
