// The gradient of the latent's weight from its factors: the same gradient as from sums over blocks, the same bits
// for any number of ranks and lanes, and the place of a value that is not finite.

import DataParallel
import Datasets
import Synchronization
import Tensors
import TestSupport
import Testing
import TransGAN

@testable import Training

@Suite struct FactoredGradientTests {
  private static func recipe(latent: Int = 8, batch: Int = 7) -> Recipe {
    var configuration = Configuration.tiny
    configuration.model.latent = latent
    configuration.batch.discriminator = 8
    configuration.batch.generator = batch
    configuration.criticSteps = 1
    return Recipe(configuration)
  }

  private static func factors(_ outputs: Int, _ inputs: Int, _ cut: BlockCut) -> FactoredGradient {
    FactoredGradient(entry: 3, shape: [outputs, inputs], cut: cut)
  }

  private static func simulated(_ ranks: Int) -> SimulatedCluster {
    SimulatedCluster(size: ranks) {
      RandomSource(seed: 5).word(RandomStream(rawValue: 1020), step: $0, position: 0)
    }
  }

  private static func rows(_ samples: Range<Int>, width: Int, stream: UInt16) -> Tensor {
    Tensor([samples.count, width]) { target in
      for (row, sample) in samples.enumerated() {
        RandomSource(seed: 2).fillNormal(
          UnsafeMutableBufferPointer(rebasing: target[row * width..<(row + 1) * width]),
          RandomStream(rawValue: 1030 + stream), step: 0, sample: sample)
      }
    }
  }

  /// Each of the cluster's ranks adds its own blocks; what it then computes.
  private static func product(
    ranks: Int, lanes: Int, outputs: Int, inputs: Int, cut: BlockCut
  ) throws -> [[Float]] {
    let tree = BlockTree(blocks: cut.blocks)
    return try simulated(ranks).run { transport in
      let group = ProcessGroup(transport)
      let factors = factors(outputs, inputs, cut)
      for block in try tree.blocks(ofRank: group.rank, ranks: ranks) {
        let samples = cut.samples(ofBlock: block)
        factors.add(block: block, inputs: rows(samples, width: inputs, stream: 0))
        #expect(
          factors.add(block: block, outputGradient: rows(samples, width: outputs, stream: 1)) == nil
        )
      }
      try factors.exchange(group, tree: tree)
      let result = FlatBuffer(count: outputs * inputs)
      return try withExtendedLifetime(result) {
        try factors.write(to: result.elements, lanes: Lanes(count: lanes))
        return Array(result.elements)
      }
    }.map { try $0.get() }
  }

  /// Against sums in double precision; more than one piece of rows, and messages of more than one piece.
  @Test(arguments: [1, 2, 3, 5])
  func theProductIsTheSameOnEveryRank(ranks: Int) throws {
    let (outputs, inputs, cut) = (2500, 6, BlockCut(batch: 111, blocks: 5))
    let alone = try Self.product(ranks: 1, lanes: 1, outputs: outputs, inputs: inputs, cut: cut)[0]
    let y = Self.rows(0..<cut.batch, width: outputs, stream: 1).elements
    let z = Self.rows(0..<cut.batch, width: inputs, stream: 0).elements
    let expected = (0..<outputs * inputs).map { index in
      (0..<cut.batch).reduce(0.0) { sum, sample in
        sum + Double(y[sample * outputs + index / inputs])
          * Double(z[sample * inputs + index % inputs])
      }
    }
    expectClose(alone.map(Double.init), expected, tolerance: 1e-6, "dY^T Z")
    for lanes in [1, 2] {
      let all = try Self.product(
        ranks: ranks, lanes: lanes, outputs: outputs, inputs: inputs, cut: cut)
      #expect(all.allSatisfy { $0 == alone }, "\(ranks) ranks, \(lanes) lanes")
    }
  }

  /// What a block delivers with factors is what it delivers without, but for the weight itself.
  @Test func factorsGiveTheGradientOfTheBlocks() throws {
    let recipe = Self.recipe()
    var plain = recipe.generatorObjective
    #expect(plain.factorsLatentWeight)
    plain = GeneratorObjective(
      generator: plain.generator, discriminator: plain.discriminator, loss: plain.loss,
      superResolutionWeight: plain.superResolutionWeight, batch: plain.batch,
      factorsLatentWeight: false)
    let inputs = try DrawnInputs(
      recipe, dataset: SyntheticShapes(seed: 1, count: 100),
      group: ProcessGroup(SingleTransport()))
    let state = TrainingState(
      generator: recipe.generator, discriminator: recipe.discriminator, seed: 1,
      keepsLeftover: false
    )
    let (weight, factors) = (recipe.generator.latentWeight, recipe.latentFactors)
    #expect(recipe.generator.table.entries[weight].name == "l1.weight")
    var sum = [Double](repeating: 0, count: recipe.generator.table.entries[weight].shape.count)
    for block in 0..<recipe.configuration.batch.blocks {
      let blockInputs = try inputs.generatorInputs(step: 0, block: block)
      factors.add(block: block, inputs: blockInputs.latent)
      func gradients(_ objective: GeneratorObjective) throws -> [Int: [Float]] {
        var found: [Int: [Float]] = [:]
        _ = try objective.run(
          blockInputs, generator: state.generator.weights,
          discriminator: state.discriminator.weights, locality: .none
        ) { entry, gradient in
          #expect(found[entry] == nil, "entry \(entry) comes twice")
          found[entry] = gradient.elements
          if objective.factorsLatentWeight && entry == weight {
            #expect(factors.add(block: block, outputGradient: gradient) == nil)
          }
        }
        return found
      }
      var (without, with) = (try gradients(plain), try gradients(recipe.generatorObjective))
      let own = try #require(without[weight])
      without[weight] = nil
      with[weight] = nil
      #expect(Set(with.keys) == Set(without.keys))
      for (entry, expected) in without {
        // The shorter record adds some contributions in another order.
        expectClose(
          (with[entry] ?? []).map(Double.init), expected.map(Double.init), tolerance: 1e-5,
          recipe.generator.table.entries[entry].name)
      }
      sum = zip(sum, own).map { $0 + Double($1) }
    }
    let result = FlatBuffer(count: sum.count)
    try factors.write(to: result.elements, lanes: Lanes(count: 1))
    expectClose(result.elements.map(Double.init), sum, tolerance: 1e-6, "l1.weight")
    #expect(sum.contains { abs($0) > 0 })
  }

  /// Factors where they are smaller than the weight, and for every number of ranks.
  @Test func theRecipeDecides() {
    #expect(Self.recipe(latent: 8, batch: 8).factorsLatentWeight)
    let large = Self.recipe(latent: 8, batch: 9)
    #expect(!large.factorsLatentWeight)
    #expect(large.summedGeneratorCount == large.generator.table.count)
    let small = Self.recipe()
    #expect(small.summedGeneratorCount == small.generator.table.count - 64 * 16 * 8)
  }

  @Test(arguments: [1, 2, 3], [1, 2])
  func trainingHasTheSameBits(ranks: Int, lanes: Int) throws {
    func weights(_ ranks: Int, _ lanes: Int) throws -> [[UInt32]] {
      var configuration = Self.recipe().configuration
      configuration.threads = lanes
      let recipe = Recipe(configuration)
      return try Self.simulated(ranks).run { transport in
        let group = ProcessGroup(transport)
        let state = TrainingState(
          generator: recipe.generator, discriminator: recipe.discriminator, seed: 1,
          keepsLeftover: false)
        let inputs = try DrawnInputs(
          recipe, dataset: SyntheticShapes(seed: 1, count: 100), group: group)
        let trainer = try Trainer(recipe: recipe, state: state, group: group, inputs: inputs)
        for _ in 0..<2 { _ = try trainer.step() }
        return state.generator.weights.elements.map(\.bitPattern)
      }.map { try $0.get() }
    }
    let alone = try weights(1, 1)[0]
    #expect(try weights(ranks, lanes).allSatisfy { $0 == alone })
  }

  @Test func aValueThatIsNotFiniteHasItsRow() {
    let factors = Self.factors(5, 4, BlockCut(batch: 6, blocks: 2))
    var values = [Float](repeating: 1, count: 3 * 5)
    #expect(factors.add(block: 1, outputGradient: Tensor([3, 5], values)) == nil)
    values[2 * 5 + 3] = .nan
    #expect(
      factors.add(block: 1, outputGradient: Tensor([3, 5], values))
        == NonFiniteGradient(block: 1, entry: 3, element: 3 * 4))
  }
}
