// What rank 0 tells of a run: progress, log, records, event file, pictures.
// Not here: when; the loop says.

import Diagnostics
import Evaluation
import Foundation
import Logging
import Reporting
import Tensors

/// Rank 0's voice.
final class RunReporter {
  let logger: Logger
  private let console = Console()
  private let directory: RunDirectory
  let recipe: Recipe
  private let progress: ProgressLine
  let statistics: JSONLinesWriter
  private(set) var events: TensorBoardWriter
  /// Judges the measurements.
  var watch = TrainingWatch()
  private var throughput = ThroughputMeter()
  /// The last generator update, shown until the next.
  private var generator: StepReport.GeneratorPart?

  /// - Parameter resumedStep: the step of the checkpoint that the run goes on from, 0 for a new run.
  init(_ directory: RunDirectory, recipe: Recipe, resumedStep: Int) throws {
    self.directory = directory
    self.recipe = recipe
    let log = try RunLog(console: console, path: directory.log)
    logger = log.logger(label: "train")
    progress = ProgressLine(console: console, logger: logger, plainEverySeconds: 30)
    statistics = try JSONLinesWriter(path: directory.statistics, logger: logger)
    let truncation = try statistics.truncate(afterStep: resumedStep - 1)
    if truncation.damaged > 0 {
      logger.warning("stats.jsonl had \(truncation.damaged) damaged lines, which are dropped")
    }
    events = try TensorBoardWriter(
      directory: directory.path, continuingAfter: resumedStep > 0 ? resumedStep - 1 : nil,
      logger: logger)
    throughput.record(images: images(after: resumedStep - 1), atSeconds: monotonicSeconds())
  }

  /// Goes back to before step `step`: what was recorded of it and of later ones becomes void, as at a
  /// resume.
  ///
  /// - Parameter checkpoint: what the run goes on from; nil for the initial state.
  func goBack(toStep step: Int, _ checkpoint: Checkpoint?) throws {
    _ = try statistics.truncate(afterStep: step - 1)
    events = try TensorBoardWriter(
      directory: directory.path, continuingAfter: step - 1, logger: logger)
    throughput = ThroughputMeter()
    throughput.record(images: images(after: step - 1), atSeconds: monotonicSeconds())
    generator = nil
    watch = TrainingWatch()
    if let checkpoint { try resumeWatch(from: checkpoint) }
  }

  private func images(after step: Int) -> Int {
    (step + 1) * recipe.configuration.batch.discriminator
  }

  /// Shows a step; every `log.every_steps`-th is also recorded.
  func report(_ report: StepReport) {
    if let part = report.generator { generator = part }
    watch.record(realLogit: report.realLogit, fakeLogit: report.fakeLogit)
    throughput.record(images: images(after: report.step), atSeconds: monotonicSeconds())
    progress.update(snapshot(report))
    let every = recipe.configuration.log.everySteps
    if report.step % every == 0 || report.step + 1 == recipe.configuration.totalSteps {
      let record = record(report)
      statistics.append(record)
      events.scalars(scalars(report), step: report.step)
    }
  }

  private func snapshot(_ report: StepReport) -> ProgressSnapshot {
    var snapshot = ProgressSnapshot(
      step: report.step + 1, kimg: recipe.kimg(beforeStep: report.step + 1),
      totalKimg: recipe.kimg(beforeStep: recipe.configuration.totalSteps))
    snapshot.lossD = Double(report.discriminatorLoss)
    snapshot.lossG = generator.map { Double($0.loss) }
    snapshot.gradientNormD = report.discriminatorGradientNorm
    snapshot.gradientNormG = generator?.gradientNorm
    snapshot.imagesPerSecond = throughput.imagesPerSecond
    return snapshot
  }

  private func record(_ report: StepReport) -> MetricsRecord {
    var record = MetricsRecord(step: report.step)
    record.set("kimg", recipe.kimg(beforeStep: report.step + 1))
    record.set("loss_d", report.discriminatorLoss)
    if let penalty = report.penalty { record.set("penalty", penalty) }
    if let norm = report.inputGradientNorm { record.set("input_gradient_norm", norm) }
    record.set("logit_real", report.realLogit)
    record.set("logit_fake", report.fakeLogit)
    record.set("gradient_norm_d", report.discriminatorGradientNorm)
    if let generator {
      record.set("loss_g", generator.loss)
      if let error = generator.superResolution { record.set("super_resolution_mse", error) }
      record.set("gradient_norm_g", generator.gradientNorm)
      record.set("ema_decay", generator.averageDecay)
    }
    if let speed = throughput.imagesPerSecond { record.set("images_per_second", speed) }
    return record
  }

  private func scalars(_ report: StepReport) -> [(tag: String, value: Double)] {
    var scalars = [
      ("Progress/kimg", recipe.kimg(beforeStep: report.step + 1)),
      ("Loss/D", Double(report.discriminatorLoss)),
      ("Logits/real", Double(report.realLogit)), ("Logits/fake", Double(report.fakeLogit)),
      ("GradientNorm/D", report.discriminatorGradientNorm),
    ]
    if let penalty = report.penalty { scalars.append(("Loss/penalty", Double(penalty))) }
    if let generator {
      scalars.append(("Loss/G", Double(generator.loss)))
      scalars.append(("GradientNorm/G", generator.gradientNorm))
      if let error = generator.superResolution {
        scalars.append(("Loss/super_resolution", Double(error)))
      }
    }
    if let speed = throughput.imagesPerSecond {
      scalars.append(("Timing/images_per_second", speed))
    }
    return scalars
  }

  /// Writes samples beside real images, each (count, 3, S, S).
  func show(_ samples: Tensor, real: Tensor, images: Int, step: Int) throws {
    let grid = ImageGrid(columns: recipe.configuration.samples.columns, scale: 2)
    func picture(_ tensor: Tensor) throws -> PNGImage {
      let (count, side) = (tensor.shape[0], tensor.shape[2])
      return try grid.picture(of: tensor.elements, count: count, height: side, width: side)
    }
    let picture = try grid.sideBySide(try picture(samples), try picture(real))
    try picture.write(to: directory.sampleGrid(images: images))
    // Under the step that was the last, as the scalars are: a resume keeps the events up to it.
    try events.image("Samples", picture, step: max(step - 1, 0))
  }

  /// Leaves the progress line for good.
  func finish() { progress.finish() }
}
