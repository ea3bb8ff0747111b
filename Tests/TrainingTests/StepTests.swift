// The parts of a step that the golden test cannot see: the cut into blocks, lanes, cadence, the two accounts of
// the drift term, what the published code leaves behind.

import DataParallel
import Datasets
import Synchronization
import Tensors
import TestSupport
import Testing
import TransGAN

@testable import Training

@Suite struct StepTests {
  /// A recipe of seconds.
  private func tiny() -> Configuration {
    var configuration = Configuration.tiny
    configuration.loss.kind = .wganEpsilon
    configuration.loss.drift = 0.5
    configuration.loss.penalty.kind = .gradient
    configuration.loss.penalty.weight = 10
    configuration.superResolution.weight = 1
    return configuration
  }

  private func trainer(_ configuration: Configuration) throws -> Trainer {
    let recipe = Recipe(configuration)
    let state = TrainingState(
      generator: recipe.generator, discriminator: recipe.discriminator, seed: 1,
      keepsLeftover: configuration.fidelity == .published)
    let group = ProcessGroup(SingleTransport())
    return try Trainer(
      recipe: recipe, state: state, group: group,
      inputs: DrawnInputs(recipe, dataset: SyntheticShapes(seed: 1, count: 100), group: group))
  }

  /// The key decides: without mirroring a step's real images are those of the data set, with it some are mirrored.
  @Test(arguments: [false, true])
  func imagesAreMirroredWhereTheConfigurationSaysSo(flip: Bool) throws {
    var configuration = tiny()
    configuration.data.flip = flip
    let dataset = SyntheticShapes(seed: 1, count: 100)
    let inputs = try DrawnInputs(
      Recipe(configuration), dataset: dataset, group: ProcessGroup(SingleTransport()))
    var mirrored = 0
    for step in 0..<8 {
      let drawn = try inputs.discriminatorInputs(step: step, block: 0).real
      let first = step * configuration.batch.discriminator
      let plain = try dataset.images(
        at: first..<(first + drawn.shape[0]),
        order: EpochOrder(count: 100, seed: configuration.seed, mirrors: false))
      if drawn.elements != plain.elements { mirrored += 1 }
    }
    #expect(flip ? mirrored > 0 : mirrored == 0)
  }

  /// A sum over the ranks starts while the pass goes on: gradients come in the order in which they lie.
  @Test func gradientsComeInTheOrderOfTheTable() throws {
    let recipe = Recipe(tiny())
    let state = TrainingState(
      generator: recipe.generator, discriminator: recipe.discriminator, seed: 1,
      keepsLeftover: false)
    let inputs = try DrawnInputs(
      recipe, dataset: SyntheticShapes(seed: 1, count: 100),
      group: ProcessGroup(SingleTransport()))
    var (generator, discriminator): ([Int], [Int]) = ([], [])
    _ = try recipe.generatorObjective.run(
      try inputs.generatorInputs(step: 0, block: 0), generator: state.generator.weights,
      discriminator: state.discriminator.weights, locality: .none
    ) { entry, _ in generator.append(entry) }
    let objective = recipe.discriminatorObjective
    let blockInputs = try inputs.discriminatorInputs(step: 0, block: 0)
    _ = try objective.run(
      blockInputs,
      real: objective.realPass(blockInputs, discriminator: state.discriminator.weights),
      generator: state.generator.weights, locality: .none, globalMean: 0
    ) { entry, _ in discriminator.append(entry) }
    for order in [generator, discriminator] {
      #expect(Set(order) == Set(0..<order.count))
      let late = zip(order, order.indices).filter { abs($0 - $1) > 6 }
      #expect(late.isEmpty, "entries and their places in time: \(late)")
    }
  }

  @Test(arguments: [(1, 1), (7, 3), (64, 8), (9, 9), (100, 7)])
  func blocksPartitionABatch(batch: Int, blocks: Int) {
    let cut = BlockCut(batch: batch, blocks: blocks)
    let samples = (0..<blocks).flatMap { Array(cut.samples(ofBlock: $0)) }
    #expect(samples == Array(0..<batch))
    let sizes = (0..<blocks).map { cut.samples(ofBlock: $0).count }
    #expect((sizes.max() ?? 0) - (sizes.min() ?? 0) <= 1)
    #expect(cut.samples(of: 0..<blocks) == 0..<batch)
  }

  @Test(arguments: [1, 2, 5])
  func lanesRunEachBlockOnce(count: Int) throws {
    let runs = Mutex<[Int]>([])
    let results = try Lanes(count: count).map(3..<11) { block in
      runs.withLock { $0.append(block) }
      return block * block
    }
    #expect(results == (3..<11).map { $0 * $0 })
    #expect(runs.withLock { $0.sorted() } == Array(3..<11))
  }

  @Test(arguments: [1, 3])
  func lanesThrowTheFirstBlocksError(count: Int) {
    struct Failure: Error, Equatable { let block: Int }
    #expect(throws: Failure(block: 5)) {
      _ = try Lanes(count: count).map(0..<9) { block in
        if block >= 5 { throw Failure(block: block) }
        return block
      }
    }
  }

  @Test func cadenceCountsMultiplesOfImages() {
    let cadence = Cadence(everyKimg: 0.1)
    let due = (1...10).filter { cadence.isDue(before: ($0 - 1) * 64, after: $0 * 64) }
    // 64-image steps cross 100, 200, ... 600 in steps 2, 4, 5, 7, 8, 10.
    #expect(due == [2, 4, 5, 7, 8, 10])
    #expect(!Cadence(everyKimg: 0).isDue(before: 0, after: 1_000_000))
  }

  /// The drift term squares one mean over the batch, not a mean of blocks: the cut must not matter.
  @Test func theDriftTermIsThatOfTheWholeBatch() throws {
    var gradients: [Double] = []
    var losses: [Double] = []
    for blocks in [1, 3] {
      var configuration = tiny()
      configuration.batch.blocks = blocks
      let report = try trainer(configuration).step()
      gradients.append(report.discriminatorGradientNorm)
      losses.append(Double(report.discriminatorLoss))
      let expected =
        Double(report.fakeLogit - report.realLogit)
        + 0.5 * Double(report.realLogit) * Double(report.realLogit)
      expectClose([losses[losses.count - 1]], [expected], tolerance: 1e-5, "loss")
    }
    expectClose([gradients[1]], [gradients[0]], tolerance: 1e-5, "gradient norm")
  }

  /// With the published account each block squares its own mean, so the cut matters.
  @Test func thePublishedDriftTermIsThatOfABlock() throws {
    func norm(_ blocks: Int) throws -> Double {
      var configuration = tiny()
      configuration.loss.drift = 50
      configuration.batch.blocks = blocks
      configuration.fidelity = .published
      return try trainer(configuration).step().discriminatorGradientNorm
    }
    #expect(relativeError([try norm(3)], [try norm(1)]) > 1e-4)
  }

  /// A generator step leaves gradients in D, which the next discriminator step adds and spends.
  @Test func thePublishedLeftoverIsAddedOnce() throws {
    var configuration = tiny()
    configuration.fidelity = .published
    let published = try trainer(configuration)
    let leftover = try #require(published.state.leftover)
    #expect(leftover.elements.allSatisfy { $0 == 0 })
    #expect(try published.step().generator != nil)
    let left = GradientNorm.norm(UnsafeBufferPointer(leftover.elements))
    #expect(left > 0, "the generator step left a gradient")
    #expect(try published.step().generator == nil)
    #expect(leftover.elements.allSatisfy { $0 == 0 }, "spent")
  }

  @Test func nothingIsUpdatedByAGradientThatIsNotFinite() throws {
    let trainer = try trainer(tiny())
    let weights = trainer.state.discriminator.weights
    let index = trainer.recipe.discriminator.table.entries[3].offset
    weights.elements[index] = .nan
    let before = Array(weights.elements).map(\.bitPattern)
    #expect {
      _ = try trainer.step()
    } throws: { error in
      (error as? TrainingError)?.exitCode == .nonFinite
    }
    #expect(Array(weights.elements).map(\.bitPattern) == before)
    #expect(trainer.state.step == 0)
  }
}
