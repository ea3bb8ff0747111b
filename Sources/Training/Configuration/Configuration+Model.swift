// The sizes of both networks.  Not here: the networks.

extension Configuration {
  /// The sizes of both networks.
  public struct Model: Sendable, Equatable {
    /// Width of the noise z, T.
    public var latent = 32
    public var generator = Generator()
    public var discriminator = Discriminator()
    public init() {}

    /// Sizes of the generator.
    public struct Generator: Sendable, Equatable {
      /// Channels of the first stage, C.
      public var channels = 128
      /// Encoder blocks of each stage; the side doubles from stage to stage.
      public var depths = [2, 2, 1, 1]
      /// Attention heads of every block, H.
      public var heads = 4
      /// Hidden width of the feed-forward part over the stage's channels.
      public var mlpRatio = 2
      /// Side of the first stage's grid in tokens.
      public var bottom = 4
      /// Channels of each stage; empty for C, C/4, C/16, which pixel shuffle gives by itself.
      public var widths = [128, 128, 64, 16]
      public init() {}

      /// Channels of each stage, with the default filled in.
      public var stageWidths: [Int] {
        widths.isEmpty ? depths.indices.map { channels >> (2 * $0) } : widths
      }

      /// Side of each stage's grid in tokens; the last is the image's.
      public var stageSides: [Int] { depths.indices.map { bottom << $0 } }
    }

    /// Sizes of the discriminator.
    public struct Discriminator: Sendable, Equatable {
      /// Channels, C.
      public var channels = 96
      /// Encoder blocks.
      public var depth = 3
      /// Attention heads of every block, H.
      public var heads = 4
      /// Hidden width of the feed-forward part over the channels.
      public var mlpRatio = 2
      /// Side of a patch in pixels.
      public var patch = 4
      public init() {}
    }
  }
}
