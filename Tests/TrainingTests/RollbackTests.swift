// Going back after a value that is not finite: which data follow, what a checkpoint keeps, how it is said.

import DataParallel
import Datasets
import Diagnostics
import Tensors
import TestSupport
import Testing
import TransGAN

@testable import Training

@Suite struct RollbackTests {
  private func inputs(rollbacks: Int) throws -> DrawnInputs {
    try DrawnInputs(
      Recipe(Configuration()), dataset: SyntheticShapes(seed: 0, count: 1000),
      group: ProcessGroup(SingleTransport()), rollbacks: rollbacks)
  }

  @Test func everyRollbackHasADataOrderOfItsOwn() throws {
    let all = try (0..<5).map { try inputs(rollbacks: $0) }
    #expect(Set(all.map(\.random.seed)).count == all.count)
    #expect(all[0].random.seed == Configuration().seed)
    #expect(all.allSatisfy { $0.loader.order.seed == $0.random.seed })
    let records = all.map { $0.discriminatorImages(step: 40, block: 0) }
    #expect(Set(records).count == all.count, "\(records)")
    let latents = try all.map { try $0.discriminatorInputs(step: 40, block: 0).latent.elements }
    #expect(Set(latents).count == all.count)
    // Another run with the same seed draws the same.
    #expect(
      try inputs(rollbacks: 2).discriminatorInputs(step: 40, block: 0).latent.elements
        == latents[2])
  }

  @Test func aStateGoesBackToItsBeginning() {
    var configuration = Configuration()
    configuration.seed = 9
    let recipe = Recipe(configuration)
    func start() -> TrainingState {
      TrainingState(
        generator: recipe.generator, discriminator: recipe.discriminator, seed: 9,
        keepsLeftover: true)
    }
    let state = start()
    for (_, _, buffer) in state.sections { buffer.elements.update(repeating: .nan) }
    (state.step, state.rollbacks) = (17, 2)
    state.restart(recipe)
    #expect(state.step == 0 && state.rollbacks == 2)
    #expect(ReplicaDigests(state).combined == ReplicaDigests(start()).combined)
  }

  @Test(arguments: [("3", 3), ("0", nil), ("-1", nil), ("", nil), ("3 ", nil), ("x", nil)])
  func aCheckpointKeepsTheNumber(text: String, expected: Int?) throws {
    func checkpoint(_ additional: [String: String]) -> Checkpoint {
      Checkpoint(
        path: "a",
        state: CheckpointState(
          step: 1, images: 8, seed: 0, blocks: 8, configuration: "", datasetDigest: "",
          additional: additional), names: [], weightsDigest: "", tensors: [:])
    }
    #expect(try checkpoint([:]).rollbacks == 0)
    #expect(try checkpoint(Checkpoint.additional(rollbacks: 4)).rollbacks == 4)
    #expect(Checkpoint.additional(rollbacks: 0).isEmpty)
    let damaged = checkpoint(["rollbacks": text])
    if let expected {
      #expect(try damaged.rollbacks == expected)
    } else {
      #expect(
        throws: CheckpointError.damaged(path: "a", .badMetadata(key: "rollbacks", value: text))
      ) { try damaged.rollbacks }
    }
  }

  /// A loss that is not finite although the gradient is, in one block or only in the sum.
  @Test func figuresThatAreNotFiniteAreTraced() throws {
    let fine: [[Float]] = [[1, 2], [3, 4], [5, 6]]
    func sum(_ blocks: [[Float]]) throws -> GeneratorBlockValues {
      try GeneratorBlockValues.finiteSum(blocks, "the generator", 7) { $0 / 2 }
    }
    #expect(try sum(fine).loss == 9)
    var blocks = fine
    blocks[2][1] = .infinity
    let error = #expect(throws: TrainingError.self) { try sum(blocks) }
    #expect(error?.exitCode == .nonFinite)
    #expect(
      error?.cause
        == "a loss of the generator is not finite at step 7, first on rank 1 in block 2")
    let overflow = #expect(throws: TrainingError.self) {
      try sum([[.greatestFiniteMagnitude, 0], [.greatestFiniteMagnitude, 0]])
    }
    #expect(overflow?.cause.hasSuffix("where finite values of the blocks add up") == true)
  }

  @Test func theLimitIsSaidWithTheCause() {
    let cause = TrainingError.nonFiniteFigures(network: "the generator", step: 7, origin: (1, 2))
    let error = TrainingError.rollbackLimit(3, cause)
    #expect(error.exitCode == .nonFinite)
    #expect(error.description.hasPrefix(cause.cause + ", after the run went back"), "\(error)")
    #expect(error.description.contains("3 times, which is its rollback_limit"), "\(error)")
  }
}
