// Six discriminator and three generator steps of the whole recipe against float64 PyTorch, with the
// fixture's random numbers: every loss and gradient norm, the end weights, the moving average.

import DataParallel
import Tensors
import TestSupport
import Testing
import TransGAN

@testable import Training

@Suite struct GoldenTrainingTests {
  /// The fixture's numbers as micro-blocks.
  private struct FixtureInputs: StepInputs {
    let fixture: NetworkFixture
    let cut: BlockCut

    private func rows(_ name: String, _ block: Int) throws -> Tensor {
      try fixture.tensor(name).slice(cut.samples(ofBlock: block))
    }

    private func augmentation(_ name: String, _ block: Int) throws -> BlockAugmentation {
      let all = try fixture.augmentation(name)
      return BlockAugmentation(
        order: all.order, cutoutSide: all.cutoutSide,
        images: Array(all.images[cut.samples(ofBlock: block)]))
    }

    func discriminatorInputs(step: Int, block: Int) throws -> DiscriminatorInputs {
      DiscriminatorInputs(
        real: try rows("step\(step)/real", block), latent: try rows("step\(step)/d_z", block),
        alpha: try rows("step\(step)/alpha", block),
        realAugmentation: try augmentation("step\(step)/augment_real", block),
        fakeAugmentation: try augmentation("step\(step)/augment_fake", block),
        mixedAugmentation: try augmentation("step\(step)/augment_mixed", block))
    }

    func generatorInputs(step: Int, block: Int) throws -> GeneratorInputs {
      GeneratorInputs(
        latent: try rows("step\(step)/g_z", block),
        augmentation: try augmentation("step\(step)/augment_g", block),
        real: try rows("step\(step)/real", block))
    }
  }

  /// How the batch is cut, and on how many threads its blocks are computed.
  enum Cut: CaseIterable { case oneBlock, blockForEachSample, blockForEachSampleOnTwoLanes }

  @Test(arguments: Cut.allCases)
  func wholeRecipe(cut: Cut) throws {
    let fixture = try NetworkFixture("training")
    let blocks = cut == .oneBlock ? 1 : Int(try fixture.number("batch"))
    var configuration = try configuration(fixture, blocks: blocks)
    configuration.threads = cut == .blockForEachSampleOnTwoLanes ? 2 : 1
    let recipe = Recipe(configuration)
    let state = try startState(fixture, recipe)
    let trainer = try Trainer(
      recipe: recipe, state: state, group: ProcessGroup(SingleTransport()),
      inputs: FixtureInputs(fixture: fixture, cut: recipe.discriminatorCut))
    let penaltyWeight = try fixture.number("gp_weight")
    for step in 0..<Int(try fixture.number("steps")) {
      let report = try trainer.step()
      func expect(_ value: Double, _ name: String) throws {
        expectClose(
          [value], [Double(try fixture.tensor("step\(step)/\(name)").scalar)], tolerance: 1e-4,
          "step \(step) \(name)")
      }
      let penalty = Double(try #require(report.penalty))
      try expect(Double(report.discriminatorLoss) + penalty, "d_loss")
      try expect(penalty / penaltyWeight, "penalty")
      try expect(report.discriminatorGradientNorm, "d_grad_norm")
      #expect(
        (report.generator != nil) == fixture.file.contains("step\(step)/g_loss"), "step \(step)")
      guard let generator = report.generator else { continue }
      try expect(Double(generator.loss), "g_loss")
      try expect(Double(try #require(generator.superResolution)), "sr_loss")
      try expect(generator.gradientNorm, "g_grad_norm")
    }
    try expectEnd(fixture, "end/generator", state.generator.weights, state.generator.table)
    try expectEnd(
      fixture, "end/discriminator", state.discriminator.weights, state.discriminator.table)
    try expectEnd(fixture, "end/ema", state.average, state.generator.table)
  }

  private func configuration(_ fixture: NetworkFixture, blocks: Int) throws -> Configuration {
    var configuration = Configuration()
    let (g, d) = (fixture.generator.configuration, fixture.discriminator.configuration)
    configuration.model.latent = g.latent
    configuration.model.generator.channels = g.widths[0]
    configuration.model.generator.depths = g.depths
    configuration.model.generator.widths = g.widths
    configuration.model.generator.heads = g.heads
    configuration.model.generator.mlpRatio = g.mlpRatio
    configuration.model.generator.bottom = g.bottom
    configuration.model.discriminator.channels = d.channels
    configuration.model.discriminator.depth = d.depth
    configuration.model.discriminator.heads = d.heads
    configuration.model.discriminator.mlpRatio = d.mlpRatio
    configuration.model.discriminator.patch = d.patch
    let batch = Int(try fixture.number("batch"))
    configuration.batch.discriminator = batch
    configuration.batch.generator = batch
    configuration.batch.blocks = blocks
    configuration.criticSteps = Int(try fixture.number("n_critic"))
    let loss = try #require(fixture.file.metadata["loss"])
    configuration.loss.kind = try #require(.init(rawValue: loss))
    configuration.loss.penalty.kind = .gradient
    configuration.loss.penalty.weight = try fixture.number("gp_weight")
    var adam = Configuration.Optimizer.Adam()
    adam.learningRate = try fixture.number("learning_rate")
    adam.beta1 = try fixture.number("beta1")
    adam.beta2 = try fixture.number("beta2")
    adam.epsilon = try fixture.number("epsilon")
    adam.clipNorm = try fixture.number("clip")
    configuration.optimizer.generator = adam
    configuration.optimizer.discriminator = adam
    configuration.ema.kind = .fixed
    configuration.ema.decay = try fixture.number("ema")
    configuration.augmentation.policy = [.translation, .cutout, .color]
    configuration.superResolution.weight = try fixture.number("sr_weight")
    configuration.locality.preset = .none
    return configuration
  }

  private func startState(_ fixture: NetworkFixture, _ recipe: Recipe) throws -> TrainingState {
    let state = TrainingState(
      generator: recipe.generator, discriminator: recipe.discriminator, seed: 0,
      keepsLeftover: false)
    for (prefix, network) in [
      ("start/generator", state.generator), ("start/discriminator", state.discriminator),
    ] {
      for entry in network.table.entries {
        let values = try fixture.tensor("\(prefix)/\(entry.name)").elements
        _ = network.weights.elements[entry.range].update(fromContentsOf: values)
      }
    }
    state.average.copy(from: state.generator.weights)
    return state
  }

  private func expectEnd(
    _ fixture: NetworkFixture, _ prefix: String, _ buffer: FlatBuffer, _ table: ParameterTable
  ) throws {
    let expected = try table.entries.flatMap {
      try fixture.tensor("\(prefix)/\($0.name)").elements
    }
    expectClose(Array(buffer.elements), expected, tolerance: 1e-4, prefix)
  }
}
