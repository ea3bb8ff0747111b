// A whole run: open, resume, train, write, end.
// Not here: a step (`Trainer`), and what files look like.

import BLAS
import Checksums
import DataParallel
import Datasets
import Foundation
import Logging
import Reporting
import Tensors
import TransGAN

/// The command `train`: on every rank one of these.
public final class TrainingRun {
  private let configuration: Configuration
  private let recipe: Recipe
  private let directory: RunDirectory
  private let group: ProcessGroup
  private let dataset: any ImageDataset
  private let state: TrainingState
  private let trainer: Trainer
  private let evaluation: RunEvaluation
  /// z of the pictures of every grid.
  private let gridLatents: [Tensor]
  /// Rank 0's.
  private var root: Root?

  /// What only rank 0 has.
  private struct Root {
    let lock: RunLock
    let reporter: RunReporter
    let saver: BackgroundSaver
    let realGrid: Tensor
  }

  /// Opens the data, compares the ranks, takes the run directory and resumes from its newest checkpoint.
  public init(
    _ configuration: Configuration, directory path: String, group: ProcessGroup
  ) throws {
    self.configuration = configuration
    self.group = group
    recipe = Recipe(configuration)
    directory = RunDirectory(path)
    _ = try BlockTree(blocks: configuration.batch.blocks)
      .blocks(ofRank: group.rank, ranks: group.size)
    try group.agreeOnRun()
    dataset = try configuration.openDataset()
    try group.compareAcrossRanks(Self.identity(configuration, dataset))

    state = TrainingState(
      generator: recipe.generator, discriminator: recipe.discriminator, seed: configuration.seed,
      keepsLeftover: configuration.fidelity == .published)
    trainer = try Trainer(
      recipe: recipe, state: state, group: group,
      inputs: DrawnInputs(recipe, dataset: dataset, group: group))
    evaluation = try RunEvaluation(recipe, dataset: dataset, group: group)
    let samples = SampleRenderer(generator: recipe.generator, locality: .none)
    gridLatents = (0..<configuration.samples.count).map {
      samples.latent(seed: configuration.seed &+ UInt64($0))
    }
    _ = try group.decideAtRoot {
      root = try openDirectory()
      return []
    }
    try state.receiveFromRoot(group)
  }

  /// What must be the same on all ranks.
  private static func identity(
    _ configuration: Configuration, _ dataset: any ImageDataset
  ) -> [(name: String, value: String)] {
    [
      ("configuration", configuration.yaml()),
      ("data set's digest", dataset.digest),
      ("OpenBLAS kernel", BLAS.coreName),
      ("OpenBLAS build", BLAS.configuration),
    ]
  }

  /// Rank 0: takes the directory, and the newest good checkpoint into the state.
  private func openDirectory() throws -> Root {
    try directory.create()
    let lock = try RunLock(runDirectory: directory.path)
    let warnings = DeferredWarnings()
    let store = CheckpointStore(
      directory: directory.checkpoints,
      retention: CheckpointRetention(
        keep: configuration.checkpoints.keep,
        milestoneImages: configuration.checkpoints.keepEvery
          * Configuration.images(kimg: configuration.checkpointEveryKimg)),
      beforeCommit: { try lock.requireHeld() }, warn: { warnings.warn($0) })
    try store.prepare()
    let checkpoint = try store.latest()
    if let checkpoint {
      try checkpoint.requireSame { try differences(from: $0) }
      try state.restore(checkpoint)
    }
    try directory.write(configuration)
    let reporter = try RunReporter(directory, recipe: recipe, resumedStep: state.step)
    if let checkpoint { try reporter.resumeWatch(from: checkpoint) }
    warnings.deliver(to: reporter.logger)
    announce(reporter.logger, checkpoint)
    let logger = reporter.logger
    let saver = BackgroundSaver(store: store) { path, _ in
      logger.info("checkpoint \(path) is durable")
    }
    return Root(lock: lock, reporter: reporter, saver: saver, realGrid: try realImages())
  }

  /// What differs between a checkpoint and this run, as a person should read it.
  private func differences(from saved: CheckpointState) throws -> [String] {
    let other = try Configuration(yaml: saved.configuration, source: "the checkpoint")
    var differences = configuration.changedKeys(from: other)
      .filter { !$0.mayChangeOnResume }
      .map {
        "\($0.name): \($0.text(in: other)) in the checkpoint, \($0.text(in: configuration)) now"
      }
    if saved.datasetDigest != dataset.digest {
      differences.append(
        "data set: \(saved.datasetDigest) in the checkpoint, \(dataset.digest) now")
    }
    return differences
  }

  private func announce(_ logger: Logger, _ checkpoint: Checkpoint?) {
    let parameters =
      "G \(HumanText.count(recipe.generator.table.count)) and D "
      + "\(HumanText.count(recipe.discriminator.table.count)) parameters"
    logger.info("\(configuration.name): \(parameters)")
    logger.info("\(dataset.name), \(dataset.count) pictures")
    logger.info(
      "\(group.size) ranks, \(configuration.batch.blocks) blocks; run directory \(directory.path)")
    if let checkpoint {
      logger.info("resumed at step \(checkpoint.state.step) from \(checkpoint.path)")
    }
  }

  /// As many real images as a grid shows, the first records of the set.
  private func realImages() throws -> Tensor {
    let count = min(configuration.samples.count, dataset.count)
    var bytes = [UInt8](repeating: 0, count: count * ImageRecord.byteCount)
    try bytes.withUnsafeMutableBytes { try dataset.loadRecords(Array(0..<count), into: $0) }
    let side = ImageRecord.side
    return Tensor([count, ImageRecord.channels, side, side]) { target in
      for index in 0..<count * ImageRecord.pixelBytes {
        let (record, pixel) = index.quotientAndRemainder(dividingBy: ImageRecord.pixelBytes)
        target.initializeElement(
          at: index, to: PixelScale.value(of: bytes[record * ImageRecord.byteCount + 1 + pixel]))
      }
    }
  }

  /// Trains to the end.
  public func run() throws {
    let total = configuration.totalSteps
    if state.step == 0, configuration.samples.everyKimg > 0 { try showSamples() }
    while state.step < total {
      let report = try trainer.step()
      root?.reporter.report(report)
      try afterStep(isLast: state.step == total)
    }
    _ = try group.decideAtRoot {
      try root?.saver.finish()
      root?.reporter.finish()
      root?.reporter.logger.info("done after \(state.step) steps")
      return []
    }
  }

  private func imagesSeen(step: Int) -> Int { step * configuration.batch.discriminator }

  /// Samples and a checkpoint where they are due.
  private func afterStep(isLast: Bool) throws {
    let (before, after) = (imagesSeen(step: state.step - 1), imagesSeen(step: state.step))
    let samples = Cadence(everyKimg: configuration.samples.everyKimg)
    if samples.isDue(before: before, after: after) || (isLast && samples.images > 0) {
      try showSamples()
    }
    if let measurement = try evaluation.measureIfDue(state, before: before, after: after) {
      root?.reporter.report(measurement, step: state.step - 1)
    }
    let checkpoints = Cadence(everyKimg: configuration.checkpointEveryKimg)
    if checkpoints.isDue(before: before, after: after) || isLast {
      try root?.saver.save(state.snapshot(try checkpointState()))
    } else {
      try root?.saver.rethrow()
    }
  }

  private func checkpointState() throws -> CheckpointState {
    CheckpointState(
      step: state.step, images: imagesSeen(step: state.step), seed: configuration.seed,
      blocks: configuration.batch.blocks, configuration: configuration.yaml(),
      datasetDigest: dataset.digest, additional: try root?.reporter.watchState ?? [:])
  }

  private func showSamples() throws {
    let renderer = SampleRenderer(
      generator: recipe.generator, locality: recipe.localityWindows(step: state.step))
    let pictures = try renderer.pictures(gridLatents, weights: state.average, group: group)
    guard let pictures, let root else { return }
    try root.reporter.show(
      pictures, real: root.realGrid, images: imagesSeen(step: state.step), step: state.step)
  }
}
