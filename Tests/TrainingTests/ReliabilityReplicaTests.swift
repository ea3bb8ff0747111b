// The replica check: what rides in the exchange, and that no single bit is overlooked.

import DataParallel
import Tensors
import TestSupport
import Testing
import TransGAN

@testable import Training

@Suite struct ReliabilityReplicaTests {
  /// What the exchange gives to all: of each flag the largest.
  private func exchanged(_ ranks: [StepFlags]) -> StepFlags {
    StepFlags(
      ranks[0].values.indices.map { index in ranks.map { $0.values[index] }.max() ?? 0 })
  }

  private func flags(_ checksum: UInt64, rank: Int, of ranks: Int) -> StepFlags {
    var flags = StepFlags(ranks: ranks)
    flags.set(replica: checksum)
    flags.set(rank: rank, discriminatorSeconds: Double(rank) + 0.5, generatorSeconds: 0.25)
    return flags
  }

  @Test(arguments: [0, 1, UInt64.max, 1 << 63, 0x0123_4567_89AB_CDEF])
  func equalChecksumsAgreeAndOthersDoNot(checksum: UInt64) {
    let same = (0..<3).map { flags(checksum, rank: $0, of: 3) }
    #expect(exchanged(same).replicasAgree)
    #expect(
      exchanged(same).computeMicroseconds.map(\.discriminator) == [500_000, 1_500_000, 2_500_000])
    for bit in 0..<64 {
      for rank in 0..<3 {
        var ranks = same
        ranks[rank] = flags(checksum ^ (1 << UInt64(bit)), rank: rank, of: 3)
        #expect(!exchanged(ranks).replicasAgree, "bit \(bit) of rank \(rank)")
      }
    }
  }

  @Test func theLargestRequestIsEverybodys() {
    var first = StepFlags(ranks: 2)
    first.request = StopReason.stopFile.rawValue
    #expect(exchanged([first, StepFlags(ranks: 2)]).request == StopReason.stopFile.rawValue)
    #expect(exchanged([StepFlags(ranks: 2), first]).request == StopReason.stopFile.rawValue)
  }

  private static func smallState() -> TrainingState {
    var configuration = Configuration()
    configuration.model.generator.channels = 64
    configuration.model.generator.depths = [2, 1, 1]
    configuration.model.generator.widths = [64, 16, 4]
    configuration.model.generator.bottom = 8
    configuration.model.discriminator.channels = 32
    configuration.model.discriminator.heads = 2
    let recipe = Recipe(configuration)
    return TrainingState(
      generator: recipe.generator, discriminator: recipe.discriminator, seed: 1, keepsLeftover: true
    )
  }

  /// Two hundred bits anywhere in weights, moments, moving average and what a step left over: the tensor is
  /// named, and the number that rides along changes.
  @Test func anyBitIsSeenInItsTensor() {
    let state = Self.smallState()
    let random = RandomSource(seed: 11)
    let stream = RandomStream(rawValue: 1001)
    let sound = ReplicaDigests(state)
    for trial in 0..<200 {
      let words = (0..<3).map { random.uniform(stream, step: trial, sample: 0, position: $0) }
      let section = state.sections[Int(words[0] * Float(state.sections.count))]
      let element = Int(words[1] * Float(section.buffer.count - 1))
      let bit = UInt32(words[2] * 31)
      func flip() {
        let elements = section.buffer.elements
        elements[element] = Float(bitPattern: elements[element].bitPattern ^ (1 << bit))
      }
      flip()
      let damaged = ReplicaDigests(state)
      let differing = zip(sound.tensors, damaged.tensors).filter { $0.digest != $1.digest }
      let owner = section.table.entries.first { $0.range.contains(element) }
      #expect(
        differing.map { $0.0.tensor } == [section.section.tensorName(owner?.name ?? "")],
        "trial \(trial): bit \(bit) of element \(element) of \(section.section)")
      #expect(damaged.combined != sound.combined, "trial \(trial)")
      flip()
    }
    #expect(ReplicaDigests(state).combined == sound.combined)
  }

  /// IEEE 754: an exponent of all ones is an infinity or not a number, all else is finite.
  @Test(arguments: [
    (Float.nan, false), (-.nan, false), (.signalingNaN, false), (.infinity, false),
    (-.infinity, false), (.greatestFiniteMagnitude, true), (-.greatestFiniteMagnitude, true),
    (.leastNonzeroMagnitude, true), (-0, true), (0, true),
  ])
  func whatIsFinite(value: Float, isFinite: Bool) {
    for count in [1, 7, 8, 9, 64, 1001] {
      for element in Set([0, count / 2, count - 1]) {
        var values = [Float](repeating: -1.5, count: count)
        values[element] = value
        let found = NonFiniteGradient.first(block: 3, entry: 2, in: Tensor([count], values))
        let expected = isFinite ? nil : NonFiniteGradient(block: 3, entry: 2, element: element)
        #expect(found == expected, "\(value) at \(element) of \(count)")
      }
    }
  }
}
