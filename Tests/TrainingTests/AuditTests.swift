// Audits: who computes which block again and when, that a rank which computes wrongly is found and named, and that an
// audit changes no bit.

import DataParallel
import Datasets
import Tensors
import TestSupport
import Testing
import TransGAN

@testable import Training

@Suite struct AuditTests {
  @Test(arguments: [1, 2, 3, 5, 8], [1, 2, 3, 4])
  func everyBlockMeetsEveryOtherRank(blocks: Int, ranks: Int) throws {
    guard ranks <= blocks else { return }
    let tree = BlockTree(blocks: blocks)
    let every = 7
    let schedule = try AuditSchedule(everyUpdates: every, tree: tree, ranks: ranks)
    let period = blocks * max(ranks - 1, 1)
    var pairs: Set<[Int]> = []
    for update in 0..<period * every {
      let audit = schedule.audit(update: update)
      #expect((audit != nil) == (update % every == every - 1), "update \(update)")
      guard let audit else { continue }
      #expect(try tree.blocks(ofRank: audit.owner, ranks: ranks).contains(audit.block))
      #expect((audit.auditor != audit.owner) == (ranks > 1), "\(audit)")
      #expect((audit.arbiter != nil) == (ranks > 2), "\(audit)")
      #expect(audit.arbiter != audit.owner && audit.arbiter != audit.auditor)
      pairs.insert([audit.block, audit.auditor])
    }
    #expect(pairs.count == period, "\(blocks) blocks, \(ranks) ranks")
    let none = try AuditSchedule(everyUpdates: 0, tree: tree, ranks: ranks)
    #expect((0..<100).allSatisfy { none.audit(update: $0) == nil })
  }

  private static func tiny(auditEvery: Int) -> Configuration {
    var configuration = Configuration.tiny
    configuration.loss.kind = .wganEpsilon
    configuration.fidelity = .published
    configuration.audit.everyUpdates = auditEvery
    return configuration
  }

  /// Inputs of which one network's z are a little wrong, as the sums of a broken processor would be.
  private struct WrongInputs: StepInputs {
    var right: any StepInputs
    let spoilsDiscriminator: Bool

    private func wrong(_ latent: Tensor) -> Tensor {
      Tensor(latent.shape, latent.elements.enumerated().map { $0 == 3 ? $1.nextUp : $1 })
    }

    func discriminatorInputs(step: Int, block: Int) throws -> DiscriminatorInputs {
      var inputs = try right.discriminatorInputs(step: step, block: block)
      if spoilsDiscriminator { inputs.latent = wrong(inputs.latent) }
      return inputs
    }

    func generatorInputs(step: Int, block: Int) throws -> GeneratorInputs {
      var inputs = try right.generatorInputs(step: step, block: block)
      if !spoilsDiscriminator { inputs.latent = wrong(inputs.latent) }
      return inputs
    }

    var ofAllBlocks: any StepInputs {
      WrongInputs(right: right.ofAllBlocks, spoilsDiscriminator: spoilsDiscriminator)
    }
  }

  /// Steps on simulated ranks: of each rank the bits of its weights, or what it threw.
  private static func train(
    _ configuration: Configuration, ranks: Int, steps: Int, wrongRank: Int? = nil,
    spoilsDiscriminator: Bool = true
  ) -> [Result<[UInt32], any Error>] {
    let random = RandomSource(seed: 5)
    let cluster = SimulatedCluster(size: ranks) {
      random.word(RandomStream(rawValue: 1020), step: $0, position: 0)
    }
    return cluster.run { transport in
      let group = ProcessGroup(transport)
      let recipe = Recipe(configuration)
      let state = TrainingState(
        generator: recipe.generator, discriminator: recipe.discriminator, seed: 1,
        keepsLeftover: configuration.fidelity == .published)
      let right = try DrawnInputs(
        recipe, dataset: SyntheticShapes(seed: 1, count: 10), group: group)
      let inputs: any StepInputs =
        transport.rank == wrongRank
        ? WrongInputs(right: right, spoilsDiscriminator: spoilsDiscriminator) : right
      let trainer = try Trainer(recipe: recipe, state: state, group: group, inputs: inputs)
      for _ in 0..<steps { _ = try trainer.step() }
      return (Array(state.discriminator.weights.elements) + Array(state.average.elements))
        .map(\.bitPattern)
    }
  }

  /// No false alarm, and the same bits as without.
  @Test(arguments: [1, 2, 3]) func anAuditChangesNothing(ranks: Int) throws {
    let plain = try Self.train(Self.tiny(auditEvery: 0), ranks: 1, steps: 7)[0].get()
    for result in Self.train(Self.tiny(auditEvery: 1), ranks: ranks, steps: 7) {
      #expect(try result.get() == plain)
    }
  }

  /// A rank whose numbers are off by the last bit of one z.
  @Test(arguments: [(2, 0), (2, 1), (3, 0), (3, 1), (3, 2)], [true, false])
  func aRankThatComputesWronglyIsFound(ranks: (Int, Int), inDiscriminator: Bool) throws {
    let (size, wrong) = ranks
    // Every second step has a generator update, and blocks x ranks audits are enough.
    let results = Self.train(
      Self.tiny(auditEvery: 1), ranks: size, steps: 3 * size * (inDiscriminator ? 1 : 2),
      wrongRank: wrong, spoilsDiscriminator: inDiscriminator)
    var sentences: Set<String> = []
    for result in results {
      let error = try #require(#expect(throws: TrainingError.self) { try result.get() })
      #expect(error.exitCode == .replicasDiffer)
      sentences.insert(error.description)
      guard case .auditFailed(let finding) = error else { continue }
      #expect(finding.network == (inDiscriminator ? "the discriminator" : "the generator"))
      #expect([finding.audit.owner, finding.audit.auditor].contains(wrong))
      let named = finding.audit.owner == wrong ? AuditFinding.Verdict.owner : .auditor
      #expect(finding.verdict == (size > 2 ? named : .unknown))
    }
    let sentence = try #require(sentences.first)
    #expect(sentences.count == 1, "\(sentences)")
    let words =
      size > 2
      ? "memory of rank \(wrong) (host \(ownHostName())) is to be suspected"
      : "two ranks cannot be told apart"
    #expect(sentence.contains(words), "\(sentence)")
  }

  @Test func aThirdRankDecides() {
    typealias Verdict = AuditFinding.Verdict
    #expect(Verdict(owned: [1, 2], audited: [1, 3], third: [1, 2]) == .auditor)
    #expect(Verdict(owned: [1, 2], audited: [1, 3], third: [1, 3]) == .owner)
    #expect(Verdict(owned: [1, 2], audited: [1, 3], third: [1, 4]) == .unknown)
    #expect(Verdict(owned: [1, 2], audited: [1, 3], third: nil) == .unknown)
  }

  /// What an auditor draws for another rank's block is what the owner draws.
  @Test func inputsOfAllBlocksAreThoseOfTheirRanks() throws {
    var configuration = Self.tiny(auditEvery: 1)
    configuration.superResolution.weight = 1
    configuration.augmentation.policy = [.translation, .cutout, .color]
    let recipe = Recipe(configuration)
    let dataset = SyntheticShapes(seed: 1, count: 10)
    let results = SimulatedCluster(size: 3) { UInt32(truncatingIfNeeded: $0) }.run { transport in
      let inputs = try DrawnInputs(recipe, dataset: dataset, group: ProcessGroup(transport))
      let block = transport.rank
      for step in 0..<4 {
        let own = try inputs.discriminatorInputs(step: step, block: block)
        for other in [inputs.ofAllBlocks] {
          let inputs = try other.discriminatorInputs(step: step, block: block)
          #expect(inputs.real.elements == own.real.elements, "step \(step), block \(block)")
          #expect(inputs.latent.elements == own.latent.elements)
          #expect(
            try other.discriminatorInputs(step: step, block: (block + 1) % 3).real.elements
              != own.real.elements)
        }
        #expect(
          try inputs.ofAllBlocks.generatorInputs(step: step, block: block).real?.elements
            == inputs.generatorInputs(step: step, block: block).real?.elements)
      }
    }
    for result in results { try result.get() }
  }
}
