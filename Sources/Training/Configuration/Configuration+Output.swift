// What a run writes and how often.  Not here: the writers.

extension Configuration {
  /// Grids of samples.
  public struct Samples: Sendable, Equatable {
    /// Thousands of real images between two grids; 0 for none.
    public var everyKimg = 1.0
    /// Rows of the grid.
    public var rows = 8
    /// Columns of the grid.
    public var columns = 8
    public init() {}

    /// Images of the grid.
    public var count: Int { rows * columns }
  }

  /// Records of the metrics.
  public struct Log: Sendable, Equatable {
    /// Discriminator steps between two records in `stats.jsonl` and on the log.
    public var everySteps = 10
    public init() {}
  }

  /// Which checkpoints stay.
  public struct Checkpoints: Sendable, Equatable {
    /// How many of the newest stay.
    public var keep = 3
    /// Every so-many-th checkpoint stays for good; 0 for none.
    public var keepEvery = 0
    public init() {}
  }

  /// Measurements on samples during the training.
  public struct Evaluation: Sendable, Equatable {
    /// Thousands of real images between two sliced Wasserstein distances; 0 for none.
    public var slicedWassersteinEveryKimg = 1.0
    /// Real images, and as many samples, of a measurement.
    public var images = 512
    public init() {}
  }
}
