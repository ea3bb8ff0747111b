// How rank 0 takes a run directory: lock, newest good checkpoint, log.
// Not here: what the other ranks do meanwhile (they wait for the outcome).

import DataParallel
import Datasets
import Logging
import Reporting
import Tensors

extension TrainingRun {
  /// Rank 0: takes the directory, and the newest good checkpoint into the state.
  func openDirectory(_ times: RunTimes) throws -> Root {
    try directory.create()
    let lock = try RunLock(runDirectory: directory.path)
    directory.removeTraces()
    let warnings = DeferredWarnings()
    if directory.removeOldStop(launchedAt: launchTime()) {
      warnings.warn("the file STOP of an earlier run was removed; this run goes on")
    }
    let store = CheckpointStore(
      directory: directory.checkpoints,
      retention: CheckpointRetention(
        keep: configuration.checkpoints.keep,
        milestoneImages: configuration.checkpoints.keepEvery
          * Configuration.images(kimg: configuration.checkpointEveryKimg)),
      beforeCommit: { [position = monitor.position] in
        position.reach("checkpoint.commit")
        try lock.requireHeld()
      }, warn: { warnings.warn($0) })
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
    let saver = BackgroundSaver(store: store) { [position = monitor.position] path, seconds in
      position.reach("checkpoint.durable")
      times.recordSave(seconds)
      logger.info("checkpoint \(path) is durable")
    }
    return Root(
      lock: lock, reporter: reporter, store: store, saver: saver, realGrid: try realImages(),
      savedStep: checkpoint?.state.step,
      stragglers: Stragglers(
        blocks: try (0..<group.size).map { rank in
          try BlockTree(blocks: configuration.batch.blocks).blocks(ofRank: rank, ranks: group.size)
            .count
        }))
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
      let order =
        state.rollbacks > 0 ? ", in the order of the data after \(state.rollbacks) rollbacks" : ""
      logger.info("resumed at step \(checkpoint.state.step) from \(checkpoint.path)\(order)")
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
}
