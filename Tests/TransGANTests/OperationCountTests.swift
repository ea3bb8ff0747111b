// Operation counts against PyTorch's own counter.
//
// The numbers are those of `torch.utils.flop_counter`'s registry (PyTorch 2.13, CPU) on a plain statement of
// the networks whose discriminator's last block computes the [cls] token alone (equal logits to 4e-7), for
// one image: forward; `sum().backward()` to all parameters; the same to the images with frozen parameters;
// and `backward(inputs=parameters)` of (|grad D| - 1)^2.
import Tensors
import Testing
import TransGAN

@Suite struct OperationCountTests {
  private static func discriminator(channels: Int, depth: Int, heads: Int)
    -> DiscriminatorConfiguration
  {
    DiscriminatorConfiguration(
      channels: channels, depth: depth, heads: heads, mlpRatio: 4, patch: 4, imageSide: 32)
  }

  private static let tinyD = discriminator(channels: 64, depth: 2, heads: 2)
  private static let largeD = discriminator(channels: 384, depth: 7, heads: 4)
  private static let tinyG = GeneratorConfiguration(
    latent: 64, channels: 64, depths: [2, 1, 1], heads: 2, mlpRatio: 4, bottom: 8)
  private static let smallG = GeneratorConfiguration(
    latent: 384, channels: 384, depths: [5, 2, 2], heads: 4, mlpRatio: 4, bottom: 8)
  private static let extraLargeG = GeneratorConfiguration(
    latent: 1024, channels: 1024, depths: [5, 4, 2], heads: 4, mlpRatio: 4, bottom: 8)

  @Test func discriminatorPasses() {
    for (configuration, expected) in [
      (Self.tinyD, [9_028_224, 26_691_456, 19_154_688, 57_070_464]),
      (Self.largeD, [1_462_873_344, 4_386_260_736, 2_964_784_128, 8_891_990_784]),
    ] {
      let passes: [NetworkPass] = [.forward, .weightGradients, .inputGradient, .penalty]
      #expect(passes.map { configuration.operations($0).total } == expected, "\(configuration)")
    }
  }

  @Test func generatorPasses() {
    for (configuration, expected) in [
      (Self.tinyG, [38_166_528, 113_975_296, 37_666_816, 112_975_872]),
      (Self.smallG, [1_576_157_184, 4_709_597_184, 1_557_430_272, 4_672_143_360]),
    ] {
      let counts = [GeneratorConfiguration.Entrance.latent, .lowResolution].flatMap { entrance in
        [NetworkPass.forward, .weightGradients].map {
          configuration.operations($0, from: entrance).total
        }
      }
      #expect(counts == expected, "\(configuration)")
    }
    #expect(Self.extraLargeG.operations(.forward).total == 10_888_806_400)
  }

  @Test func steps() {
    let full = StepOperations(
      generator: Self.smallG, discriminator: Self.largeD, hasPenalty: true, superResolution: true)
    #expect(full.discriminator.total == 1_576_157_184 + 2 * 4_386_260_736 + 8_891_990_784)
    #expect(full.generator.total == 4_709_597_184 + 2_964_784_128 + 4_672_143_360)
    let plain = StepOperations(
      generator: Self.smallG, discriminator: Self.largeD, hasPenalty: false,
      superResolution: false)
    #expect(plain.discriminator.total == 1_576_157_184 + 2 * 4_386_260_736)
    #expect(plain.generator.total == 4_709_597_184 + 2_964_784_128)
  }

  /// Against the windows' own definition, pair by pair.
  @Test func windowsReduceAttentionAlone() {
    let none = Self.tinyG.operations(.forward)
    for metric in [LocalityWindows.Metric.grid, .sequence] {
      for lastBlockOnly in [false, true] {
        let windows = [1, 3, 40]
        let locality = LocalityWindows(
          metric: metric, windows: windows, lastBlockOnly: lastBlockOnly)
        let found = Self.tinyG.operations(.forward, locality: locality)
        var expected = 0
        for (stage, depth) in Self.tinyG.depths.enumerated() {
          let (side, width) = (8 << stage, Self.tinyG.widths[stage])
          let window: AttentionWindow =
            metric == .grid
            ? .grid(side: side, window: windows[stage]) : .sequence(window: windows[stage])
          for block in 0..<depth {
            let isMasked = !lastBlockOnly || (stage == 2 && block == depth - 1)
            for query in 0..<side * side {
              for key in 0..<side * side
              where !isMasked || window.sees(query: query, key: key) { expected += 4 * width }
            }
          }
        }
        #expect(found.attention == expected, "\(locality)")
        #expect(found.linear == none.linear, "\(locality)")
      }
    }
  }

  /// Widths that a pixel shuffle does not give by itself add a linear layer before it.
  @Test func widenedStages() {
    let widened = GeneratorConfiguration(
      latent: 64, channels: 64, depths: [2, 1, 1], heads: 2, mlpRatio: 4, bottom: 8,
      widths: [64, 32, 16])
    // l1; then for each stage: widening, blocks of 12 C^2 products a token and 2 N C attention, at last RGB.
    let linear =
      64 * 4096 + 64 * 12 * 64 * 64 * 2 + 64 * 64 * 128 + 256 * 12 * 32 * 32 + 256 * 32 * 64
      + 1024 * 12 * 16 * 16 + 1024 * 16 * 3
    let attention = 2 * (64 * 64 * 64 * 2 + 256 * 256 * 32 + 1024 * 1024 * 16)
    let found = widened.operations(.forward)
    #expect(found.linear == 2 * linear && found.attention == 2 * attention)
  }
}
