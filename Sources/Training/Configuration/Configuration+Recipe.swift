// What made TransGAN work: augmentation, super-resolution co-training, locality-aware attention.
// Not here: their arithmetic.

extension Configuration {
  /// Differentiable augmentation of real, generated and mixed images inside the discriminator.
  public struct Augmentation: Sendable, Equatable {
    /// One kind of augmentation.
    public enum Transform: String, Sendable, CaseIterable {
      case translation, cutout, color
    }
    /// The augmentations in their order; empty for none.
    public var policy: [Transform] = []
    /// Largest shift each way, as a part of the image's side.
    public var translationRatio = 0.2
    /// Probability that an image is shifted.
    public var translationProbability = 1.0
    /// Side of the erased square, as a part of the image's side.
    public var cutoutRatio = 0.5
    /// Probability that a square is erased.
    public var cutoutProbability = 0.3
    /// Probability that an image's colours are changed.
    public var colorProbability = 1.0
    /// Brightness is shifted by U(-brightness, brightness).
    public var brightness = 0.5
    /// Saturation is scaled by U(1 - saturation, 1 + saturation).
    public var saturation = 1.0
    /// Contrast is scaled by U(1 - contrast, 1 + contrast).
    public var contrast = 0.5
    public init() {}
  }

  /// Super-resolution co-training of the generator.
  public struct SuperResolution: Sendable, Equatable {
    /// Factor of the mean squared error; 0 for no co-training.
    public var weight = 20.0
    public init() {}
  }

  /// Locality-aware attention: early in the training a query sees only its neighbours.
  public struct Locality: Sendable, Equatable {
    /// A named choice of the other values.
    public enum Preset: String, Sendable, CaseIterable {
      /// Every token sees every token.
      case none
      /// Grid windows on all stages.
      case paper
      /// As the published code: the last block of the last stage, windows along the sequence.
      case published
      /// `metric`, `last_block_only` and `schedule` as configured.
      case custom
    }

    /// What a window is measured along.
    public enum Metric: String, Sendable, CaseIterable {
      /// Both axes of the picture.
      case grid
      /// The flattened sequence of tokens.
      case sequence
    }

    /// A stretch of the training with one window for each stage.
    public struct Phase: Sendable, Equatable {
      /// The phase holds until this many kimg were seen.
      public var untilKimg: Double
      /// How far a query sees in each stage, in tokens; nil where it sees everything.
      public var windows: [Int?]

      public init(untilKimg: Double, windows: [Int?]) {
        self.untilKimg = untilKimg
        self.windows = windows
      }
    }

    public var preset = Preset.custom
    public var metric = Metric.grid
    /// Whether only the last block of each stage is masked.
    public var lastBlockOnly = false
    /// Phases in order; after the last one nothing is masked. The quick-start's never ends.
    public var schedule = [Phase(untilKimg: 1000, windows: [nil, nil, 3, 2])]
    public init() {}

    /// Metric, masked blocks and schedule with the preset filled in, for a number of stages.
    ///
    /// The windows are those of the published code, 4, 6, 8 and 10 until epochs 22, 32, 42 and 60
    /// of 50 kimg.
    public func resolved(stages: Int) -> Locality {
      var result = self
      let widening = [(1100.0, 4), (1600, 6), (2100, 8), (3000, 10)]
      switch preset {
      case .custom:
        break
      case .none:
        result.schedule = []
      case .paper:
        (result.metric, result.lastBlockOnly) = (.grid, false)
        result.schedule = widening.map { kimg, window in
          Phase(untilKimg: kimg, windows: Array(repeating: window, count: stages))
        }
      case .published:
        (result.metric, result.lastBlockOnly) = (.sequence, true)
        result.schedule = widening.map { kimg, window in
          Phase(untilKimg: kimg, windows: Array(repeating: nil, count: stages - 1) + [window])
        }
      }
      result.preset = .custom
      return result
    }

    /// The windows after `kimg` thousand images, or nil where nothing is masked any more; only for
    /// a value that `resolved(stages:)` returned.
    public func windows(atKimg kimg: Double) -> [Int?]? {
      schedule.first { kimg < $0.untilKimg }?.windows
    }
  }
}
