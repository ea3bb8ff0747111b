// The discriminator: from an image to a logit, a vision transformer on patches.

import Autodiff
import Tensors

/// The extents of a discriminator.
public struct DiscriminatorConfiguration: Hashable, Sendable {
  /// C.
  public var channels: Int
  /// The number of encoder blocks.
  public var depth: Int
  public var heads: Int
  /// The width inside an MLP over C.
  public var mlpRatio: Int
  /// The side of a patch.
  public var patch: Int
  /// S, the side of the image.
  public var imageSide: Int

  public init(
    channels: Int, depth: Int, heads: Int, mlpRatio: Int, patch: Int, imageSide: Int
  ) {
    self.channels = channels
    self.depth = depth
    self.heads = heads
    self.mlpRatio = mlpRatio
    self.patch = patch
    self.imageSide = imageSide
  }

  /// The number of patches, without the [cls] token.
  public var patches: Int { (imageSide / patch) * (imageSide / patch) }
}

/// image (B, 3, S, S) -> logit (B, 1) (arXiv 2102.07074, section 3.2).
public struct Discriminator: Sendable {
  public let configuration: DiscriminatorConfiguration
  public let table: ParameterTable
  private let cut: PermutationPair
  private let patchEmbedding: LinearLayer
  private let classToken: ParameterID
  private let position: ParameterID
  private let blocks: [EncoderBlock]
  private let norm: LayerNormLayer
  private let head: LinearLayer

  public init(_ configuration: DiscriminatorConfiguration) {
    self.configuration = configuration
    let (channels, patch) = (configuration.channels, configuration.patch)
    var declarations = ParameterDeclarations()
    cut = PermutationPair(.patches(channels: 3, side: configuration.imageSide, patch: patch))
    patchEmbedding = LinearLayer(
      &declarations, "patch_embed", inputs: 3 * patch * patch, outputs: channels,
      start: .convolution, weightShape: [channels, 3, patch, patch])
    classToken = declarations.declare(
      "cls_token", [1, 1, channels], .normal(standardDeviation: 0.02))
    position = declarations.declare(
      "pos_embed", [1, configuration.patches + 1, channels], .normal(standardDeviation: 0.02))
    blocks = (0..<configuration.depth).map { index in
      EncoderBlock(
        &declarations, "blocks.\(index)", channels: channels, heads: configuration.heads,
        mlpRatio: configuration.mlpRatio, start: .normal)
    }
    norm = LayerNormLayer(&declarations, "norm", channels: channels)
    head = LinearLayer(&declarations, "head", inputs: channels, outputs: 1, start: .normal)
    table = declarations.table
  }

  /// image (B, 3, S, S) -> logit (B, 1).
  public func callAsFunction(_ image: Variable, _ parameters: ParameterValues) -> Variable {
    let channels = configuration.channels
    let tokenCount = configuration.patches + 1
    // [cls] and all positions as one addend, so that the token is put in front without a copy of its own.
    let addend =
      parameters[position]
      + parameters[classToken].paddedTokens(0..<1, of: tokenCount)  // (1, N, C)
    var x = patchEmbedding(image.permuted(cut), parameters)  // (B, N - 1, C)
      .paddedTokens(1..<tokenCount, of: tokenCount)
      .addingLeading(addend.reshaped([tokenCount, channels]))  // (B, N, C)
    for block in blocks.dropLast() { x = block(x, parameters) }
    // The head reads the [cls] token alone, so the last block computes no other.
    let first =
      blocks.last.map { $0.firstToken(x, parameters) }
      ?? x.tokens(0..<1).reshaped([image.shape[0], channels])
    return head(norm(first, parameters), parameters)  // (B, 1)
  }

  /// About the bytes that the record of a forward pass holds: in each block but the last, for each token,
  /// the inputs of two normalisations, q, k, v, what attention makes of them, and the input of GELU.
  public func recordBytes(images: Int) -> Int {
    let perToken = (6 + configuration.mlpRatio) * configuration.channels
    let tokens = images * (configuration.patches + 1)
    return (configuration.depth - 1) * tokens * perToken * MemoryLayout<Float>.stride
  }

  /// Initial parameters of a seed.
  public func initialParameters(seed: UInt64) -> FlatBuffer {
    table.initialValues(RandomSource(seed: seed), .discriminatorInitialization)
  }
}

extension ParameterTable {
  /// A flat buffer of initial values; each depends on seed, stream, parameter and position alone.
  func initialValues(_ random: RandomSource, _ stream: RandomStream) -> FlatBuffer {
    let buffer = FlatBuffer(count: count)
    for (index, entry) in entries.enumerated() {
      entry.initializer.fill(
        UnsafeMutableBufferPointer(rebasing: buffer.elements[entry.range]), random, stream,
        parameter: entries.count - 1 - index)
    }
    return buffer
  }
}
