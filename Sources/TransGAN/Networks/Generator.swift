// The generator: from a latent to an image, transformer blocks at 8 x 8, 16 x 16 and 32 x 32 tokens.
// Not here: where latents come from, and what is done with the image.

import Autodiff
import Tensors

/// The extents of a generator.
public struct GeneratorConfiguration: Hashable, Sendable {
  /// T, the width of the latent.
  public var latent: Int
  /// Encoder blocks in each stage; each stage after the first doubles the side.
  public var depths: [Int]
  /// C, the channels of each stage.
  public var widths: [Int]
  public var heads: Int
  /// The width inside an MLP over C.
  public var mlpRatio: Int
  /// The side of the first stage's grid.
  public var bottom: Int

  /// Each stage has a quarter of the channels of the one before unless `widths` says otherwise.
  public init(
    latent: Int, channels: Int, depths: [Int], heads: Int, mlpRatio: Int, bottom: Int,
    widths: [Int]? = nil
  ) {
    self.latent = latent
    self.depths = depths
    self.widths = widths ?? depths.indices.map { channels >> (2 * $0) }
    self.heads = heads
    self.mlpRatio = mlpRatio
    self.bottom = bottom
  }

  /// S, the side of the image.
  public var imageSide: Int { bottom << (depths.count - 1) }
}

/// z (B, T) -> image (B, 3, S, S), without an output activation (arXiv 2102.07074, section 3).
public struct Generator: Sendable {
  /// One resolution.
  private struct Stage: Sendable {
    /// Widens to four times this stage's channels where a plain pixel shuffle would not give them.
    let widening: LinearLayer?
    let shuffle: PermutationPair?
    let position: ParameterID
    let blocks: [EncoderBlock]
  }

  public let configuration: GeneratorConfiguration
  public let table: ParameterTable
  /// The places in `table` of the latent's linear map: W (bottom^2 C, T), the table's last parameter, and b.
  public let latentWeight: Int
  public let latentBias: Int
  private let latentProjection: LinearLayer
  private let lowResolutionProjection: LinearLayer
  private let stages: [Stage]
  private let toPixels: LinearLayer
  private let pixelsToImage: PermutationPair
  private let imageToPixels: PermutationPair

  public init(_ configuration: GeneratorConfiguration) {
    self.configuration = configuration
    let (bottom, widths) = (configuration.bottom, configuration.widths)
    let (side, channels) = (configuration.imageSide, widths[widths.count - 1])
    var declarations = ParameterDeclarations()
    latentProjection = LinearLayer(
      &declarations, "l1", inputs: configuration.latent, outputs: bottom * bottom * widths[0],
      start: .uniform)
    lowResolutionProjection = LinearLayer(
      &declarations, "sr_embed", inputs: 3, outputs: widths[0], start: .uniform)
    stages = widths.indices.map { Self.stage($0, configuration, &declarations) }
    toPixels = LinearLayer(
      &declarations, "deconv.0", inputs: channels, outputs: 3, start: .convolution,
      weightShape: [3, channels, 1, 1])
    pixelsToImage = PermutationPair(.transpose(rows: side * side, columns: 3))
    imageToPixels = PermutationPair(.transpose(rows: 3, columns: bottom * bottom))
    table = declarations.table
    guard let bias = latentProjection.bias else { preconditionFailure("l1 has a bias") }
    (latentWeight, latentBias) = (table.index(of: latentProjection.weight), table.index(of: bias))
  }

  private static func stage(
    _ index: Int, _ configuration: GeneratorConfiguration,
    _ declarations: inout ParameterDeclarations
  ) -> Stage {
    let (side, width) = (configuration.bottom << index, configuration.widths[index])
    var widening: LinearLayer?
    var shuffle: PermutationPair?
    if index > 0 {
      let previous = configuration.widths[index - 1]
      if previous != 4 * width {
        widening = LinearLayer(
          &declarations, "upsample_linear.\(index - 1)", inputs: previous, outputs: 4 * width,
          start: .uniform)
      }
      shuffle = PermutationPair(.pixelShuffle(side: side / 2, channels: 4 * width))
    }
    let position = declarations.declare(
      "pos_embed_\(index + 1)", [1, side * side, width], .normal(standardDeviation: 0.02))
    let blocks = (0..<configuration.depths[index]).map { block in
      EncoderBlock(
        &declarations,
        index == 0 ? "blocks.\(block)" : "upsample_blocks.\(index - 1).\(block)",
        channels: width, heads: configuration.heads, mlpRatio: configuration.mlpRatio,
        start: .uniform)
    }
    return Stage(widening: widening, shuffle: shuffle, position: position, blocks: blocks)
  }

  /// z (B, T) -> image (B, 3, S, S).
  public func callAsFunction(
    _ z: Variable, _ parameters: ParameterValues, locality: LocalityWindows = .none
  ) -> Variable {
    image(fromProjection: projection(z, parameters), parameters, locality: locality)
  }

  /// z (B, T) -> z W^T + b (B, bottom^2 C): all of the network that reads z.
  public func projection(_ z: Variable, _ parameters: ParameterValues) -> Variable {
    latentProjection(z, parameters)
  }

  /// What `projection` gave (B, bottom^2 C) -> image (B, 3, S, S).
  public func image(
    fromProjection projection: Variable, _ parameters: ParameterValues,
    locality: LocalityWindows = .none
  ) -> Variable {
    let (bottom, width) = (configuration.bottom, configuration.widths[0])
    let tokens = projection.reshaped([projection.shape[0], bottom * bottom, width])  // (B, N, C)
    return runStages(tokens, parameters, locality)
  }

  /// Super-resolution co-training: low (B, 3, bottom, bottom) -> image (B, 3, S, S).
  public func superResolve(
    _ low: Variable, _ parameters: ParameterValues, locality: LocalityWindows = .none
  ) -> Variable {
    let pixels = low.reshaped([low.shape[0], 3, configuration.bottom * configuration.bottom])
      .permuted(imageToPixels)  // (B, N, 3)
    return runStages(lowResolutionProjection(pixels, parameters), parameters, locality)
  }

  /// Tokens (B, bottom^2, C) -> image (B, 3, S, S).
  private func runStages(
    _ tokens: Variable, _ parameters: ParameterValues, _ locality: LocalityWindows
  ) -> Variable {
    var x = tokens
    for (index, stage) in stages.enumerated() {
      if let widening = stage.widening { x = widening(x, parameters) }
      if let shuffle = stage.shuffle { x = x.permuted(shuffle) }  // (B, 4 N, C / 4)
      let position = parameters[stage.position]
      x = x.addingLeading(position.reshaped([position.shape[1], position.shape[2]]))
      for (depth, block) in stage.blocks.enumerated() {
        let window = locality.window(
          stage: index, side: configuration.bottom << index,
          isLastBlock: index == stages.count - 1 && depth == stage.blocks.count - 1)
        x = block(x, parameters, window: window)
      }
    }
    let side = configuration.imageSide
    return toPixels(x, parameters)  // (B, S^2, 3)
      .permuted(pixelsToImage).reshaped([x.shape[0], 3, side, side])
  }

  /// Initial parameters of a seed.
  public func initialParameters(seed: UInt64) -> FlatBuffer {
    table.initialValues(RandomSource(seed: seed), .generatorInitialization)
  }
}
