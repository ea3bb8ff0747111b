// A whole run: compare the ranks, train, write, end.
// Not here: a step (`Trainer`), how a run directory is opened (`TrainingRun+Opening`), what follows a step
// (`TrainingRun+Output`), and what files look like.

import DataParallel
import Datasets
import Foundation
import Logging
import Reporting
import Tensors
import TransGAN

/// The command `train`: on every rank one of these.
public final class TrainingRun {
  let configuration: Configuration
  let recipe: Recipe
  let directory: RunDirectory
  let group: ProcessGroup
  let monitor: RunMonitor
  let dataset: any ImageDataset
  let state: TrainingState
  private var trainer: Trainer
  let evaluation: RunEvaluation
  private let times: RunTimes
  private var requests: StopRequests
  /// The checksums of the state that the step under way began with; nil where there is no other replica.
  private var replicas: ReplicaDigests?
  private var lastReport: StepReport?
  /// z of the pictures of every grid.
  let gridLatents: [Tensor]
  /// Rank 0's.
  var root: Root?

  /// What only rank 0 has.
  struct Root {
    let lock: RunLock
    let reporter: RunReporter
    let store: CheckpointStore
    let saver: BackgroundSaver
    let realGrid: Tensor
    /// The step whose state the newest checkpoint holds; nil without one.
    var savedStep: Int?
    var stragglers: Stragglers
  }

  /// Opens the data, compares the ranks, takes the run directory and resumes from its newest checkpoint.
  public init(
    _ configuration: Configuration, directory path: String, group: ProcessGroup,
    monitor: RunMonitor
  ) throws {
    self.configuration = configuration
    self.group = group
    self.monitor = monitor
    recipe = Recipe(configuration)
    directory = RunDirectory(path)
    // Agreed on, as one rank's blocks may be fewer than the others'.
    _ = try group.agree {
      try BlockTree(blocks: configuration.batch.blocks)
        .blocks(ofRank: group.rank, ranks: group.size)
    }
    try group.agreeOnRun()
    monitor.position.enter(.data)
    dataset = try group.agree { try configuration.openDataset() }
    state = TrainingState(
      generator: recipe.generator, discriminator: recipe.discriminator, seed: configuration.seed,
      keepsLeftover: configuration.fidelity == .published)
    trainer = try Trainer(
      recipe: recipe, state: state, group: group,
      inputs: DrawnInputs(recipe, dataset: dataset, group: group), position: monitor.position)
    evaluation = try RunEvaluation(recipe, dataset: dataset, group: group)
    let samples = SampleRenderer(generator: recipe.generator, locality: .none)
    gridLatents = (0..<configuration.samples.count).map {
      samples.latent(seed: configuration.seed &+ UInt64($0))
    }
    monitor.position.enter(.handshake)
    let picture = samples.picture(
      samples.latent(seed: configuration.seed), weights: state.generator.weights)
    try group.compareAcrossRanks(
      RankIdentity.fields(
        configuration, dataset, fingerprint: RankIdentity.fingerprint(picture))
        + monitor.options.fields(directory: path))
    times = RunTimes(checkpointBytes: state.byteCount)
    requests = StopRequests(notice: monitor.options.notice)
    monitor.position.enter(.resume)
    _ = try group.decideAtRoot {
      root = try openDirectory(times)
      return []
    }
    try state.receiveFromRoot(group)
    if state.rollbacks > 0 { try renewTrainer() }
    monitor.watch(directory)
    if let root {
      requests.stopFile = directory.stop
      requests.limits = monitor.limits
      monitor.beforeEnd = { try? root.saver.finish() }
    }
  }

  /// Trains to the end, or until something asks it to stop.
  ///
  /// - Throws: `StoppedOnNotice` (75) with everything saved, and whatever goes wrong.
  public func run() throws {
    let total = configuration.totalSteps
    try begin()
    if state.step == 0 { try showFirstSamples() }
    while state.step < total {
      do {
        try takeStep(isLast: state.step + 1 == total)
      } catch let error as TrainingError {
        try answer(error)
      }
    }
    try end { "done after \(state.step) steps" }
  }

  /// A step and what follows it: records, samples, a checkpoint, the end where one is asked for.
  private func takeStep(isLast: Bool) throws {
    let start = monotonicSeconds()
    monitor.position.flipBit(in: state, at: .discriminatorBlocks, step: state.step)
    let report = try step()
    monitor.position.flipBit(in: state, at: .report, step: report.step)
    lastReport = report
    let flags = StepFlags(report.flags)
    try requireSameReplicas(flags)
    times.recordStep(monotonicSeconds() - start)
    monitor.learn(medianStep: times.medianStep)
    tell(report, flags)
    let reason = isLast ? nil : StopReason(rawValue: flags.request)
    try afterStep(isLast: isLast, isStopping: reason != nil)
    if let reason { try stop(reason) }
  }

  /// A step.  A damaged replica's gradients need not be finite: that the ranks differ is then the reason.
  private func step() throws -> StepReport {
    do {
      return try trainer.step(flags: flags().values)
    } catch let error as TrainingError {
      if let replicas { try group.compareDigests(replicas.tensors, step: state.step) }
      throw error
    }
  }

  /// Makes the trainer anew for the order of the data that the state is in.
  func renewTrainer() throws {
    trainer = try Trainer(
      recipe: recipe, state: state, group: group,
      inputs: DrawnInputs(recipe, dataset: dataset, group: group, rollbacks: state.rollbacks),
      position: monitor.position)
  }

  /// What this rank gives to the step's exchange.
  private func flags() -> StepFlags {
    var flags = StepFlags(ranks: group.size)
    flags.request = requests.current(needed: times.neededToEnd)
    guard group.size > 1 else { return flags }
    monitor.position.enter(.replicas)
    let digests = ReplicaDigests(state)
    replicas = digests
    flags.set(replica: digests.combined)
    if let lastReport {
      flags.set(
        rank: group.rank, discriminatorSeconds: lastReport.discriminatorComputeSeconds,
        generatorSeconds: lastReport.generator?.computeSeconds ?? 0)
    }
    monitor.position.enter(.discriminatorValues)
    return flags
  }

  /// Compares every tensor where the checksums of all together differ.
  private func requireSameReplicas(_ flags: StepFlags) throws {
    guard let replicas, !flags.replicasAgree else { return }
    monitor.position.enter(.replicas, step: state.step - 1)
    try group.compareDigests(replicas.tensors, step: state.step - 1)
  }

  /// Rank 0: what a person and the records learn of a step.
  private func tell(_ report: StepReport, _ flags: StepFlags) {
    monitor.position.enter(.report)
    root?.reporter.report(report)
    let warnings =
      root?.stragglers.warnings(flags.computeMicroseconds, step: report.step) ?? []
    for warning in warnings { root?.reporter.logger.warning("\(warning)") }
  }

  /// All ranks take notices from here on; a notice that is there already ends the run before a step.
  private func begin() throws {
    try announcePlacement()
    let request = requests.current(needed: times.neededToEnd)
    let all = try group.allGather([UInt8(request)], phase: "ready")
    _ = try group.decideAtRoot {
      try directory.announceReady()
      return []
    }
    if let reason = StopReason(rawValue: all.compactMap { $0.first.map(Int.init) }.max() ?? 0) {
      try save()
      try stop(reason)
    }
  }

  private func stop(_ reason: StopReason) throws -> Never {
    try end { "stopping after \(state.step) steps: \(reason)" }
    throw StoppedOnNotice(
      reason: reason, step: state.step, totalSteps: configuration.totalSteps,
      checkpoint: directory.checkpoints + "/"
        + CheckpointName.file(images: imagesSeen(step: state.step)))
  }

  /// Waits for what is being written.
  private func end(_ lastWords: () -> String) throws {
    monitor.position.enter(.end)
    _ = try group.decideAtRoot {
      try root?.saver.finish()
      root?.reporter.finish()
      root?.reporter.logger.info("\(lastWords())")
      unlink(directory.ready)
      return []
    }
    // Each waits for all: in MPI's own end a rank that does not come would have no name.
    _ = try group.allGather([], phase: "end")
  }

  func imagesSeen(step: Int) -> Int { step * configuration.batch.discriminator }
}
