// What a record holds and when it lets go; serialized, since the storage pool is the process's.

import Autodiff
import Tensors
import TestSupport
import Testing
import TransGAN

@Suite(.serialized) struct RecordMemoryTests {
  /// 32 MiB: what other tests hold at the same time stays far below it.
  private static let large: Shape = [1 << 23]
  private static let bytes = 32 << 20

  private var inUse: Int { StoragePool.shared.statistics.bytesInUse }

  @Test func aDroppedRecordFreesItsTensors() {
    let x = Variable.independent(.zeros(Self.large))
    let before = inUse
    do {
      var y = x
      for _ in 0..<6 { y = y.squared }
      // The last value, and five kept as inputs.
      #expect(inUse - before > 5 * Self.bytes)
      withExtendedLifetime(y) {}
    }
    #expect(inUse - before < Self.bytes)
  }

  @Test func aConsumedRecordIsFreedWhileItsResultLives() throws {
    let x = Variable.independent(.zeros(Self.large))
    let before = inUse
    var y = x
    for _ in 0..<6 { y = y.squared }
    let result = y.sum
    y = x
    #expect(inUse - before > 5 * Self.bytes)
    var atDelivery = 0
    try backpropagate(from: result, to: [x]) { _, _ in atDelivery = inUse - before }
    #expect(atDelivery < 5 * Self.bytes, "the pass frees what it has used as it goes")
    #expect(inUse - before < Self.bytes)
    withExtendedLifetime(result) {}
  }

  @Test func aDeliveredGradientIsNotKept() throws {
    let weights = (0..<6).map { _ in Variable.independent(.zeros(Self.large)) }
    var y = Variable(.zeros([]))
    for weight in weights { y = y + weight.sum }
    let before = inUse
    var most = 0
    try backpropagate(from: y, to: weights) { _, _ in most = max(most, inUse - before) }
    #expect(most < 4 * Self.bytes)
  }

  /// GELU and layer normalisation are computed again where a weight's gradient needs their results.
  @Test func cheapResultsAreNotKept() throws {
    let x = Variable.independent(.zeros([1 << 19, 16]))
    let weight = Variable.independent(.zeros([1, 16]))
    let scale = Variable(Tensor(repeating: 1, [16]))
    let before = inUse
    let plain = linear(x + 1, weight: weight, bias: nil)
    #expect(inUse - before >= Self.bytes, "the sum is kept")
    let middle = inUse
    let cheap =
      linear(gelu(x), weight: weight, bias: nil)
      + linear(layerNorm(x, weight: scale, bias: scale), weight: weight, bias: nil)
    #expect(inUse - middle < Self.bytes)
    // GELU of 0 is 0, a normalised 0 is the bias, and the sum is 1: each for half a million rows.
    let found = try gradients(of: (plain + cheap).sum, withRespectTo: [weight])
    #expect(found[0]?.value.elements == Array(repeating: 0x1p20, count: 16))
  }

  /// The formula by which passes are kept, against what a pass holds.
  @Test func aDiscriminatorsRecordHasTheBytesThatItSays() {
    let discriminator = Discriminator(
      DiscriminatorConfiguration(
        channels: 64, depth: 6, heads: 4, mlpRatio: 4, patch: 4, imageSide: 32))
    let weights = discriminator.initialParameters(seed: 1)
    let parameters = ParameterValues(weights, discriminator.table, recorded: true)
    let images = Variable(Tensor(repeating: 0.5, [64, 3, 32, 32]))
    let before = inUse
    let logits = discriminator(images, parameters)
    let held = inUse - before
    let said = discriminator.recordBytes(images: 64)
    #expect((said * 9 / 10..<said * 13 / 10).contains(held), "\(held) bytes, \(said) by formula")
    withExtendedLifetime(logits) {}
  }

  @Test func longChainsAreWalkedAndFreedWithoutRecursion() throws {
    let x = Variable.independent(Tensor([1], [1]))
    var y = x
    for _ in 0..<10_000 { y = y + 1 }
    #expect(y.value.elements == [10_001])
    #expect(try gradients(of: y, withRespectTo: [x])[0]?.value.elements == [1])
    do {
      var longer = x
      for _ in 0..<200_000 { longer = -longer }
      #expect(longer.value.elements == [1])
    }
    do {
      // Both inputs are the same node.
      var doubled = x
      for _ in 0..<200_000 { doubled = doubled * doubled }
      #expect(doubled.value.elements == [1])
    }
    do {
      var longer = x
      for _ in 0..<50_000 { longer = -longer }
      let found = try gradients(of: longer, withRespectTo: [x], differentiable: true)
      #expect(found[0]?.value.elements == [1])
    }
  }
}
