// A run's configuration as plain values; what stands here as a default is the quick-start recipe.
// Not here: names, ranges and texts of the keys (`ConfigurationKey`), where values come from
// (`ConfigurationLoader`), and what must hold between them (`Configuration+Validation`).

/// Everything that decides what a run computes and what it writes.
///
/// The default value is the quick-start recipe: a small model on the synthetic set that two cores
/// train in about two minutes.  "kimg" is a thousand real images seen by the discriminator.
public struct Configuration: Sendable, Equatable {
  /// The name of the recipe, and of the run directory `runs/NAME` unless another is given.
  public var name = "quickstart"
  /// The key of every random number of the run.
  public var seed: UInt64 = 0
  /// Lanes of a rank: threads that each compute whole micro-blocks. The bits do not depend on it.
  public var threads = 1
  /// Whether sums over ranks have the same bits for any number of ranks, or are as fast as MPI's.
  public var reduction = Reduction.reproducible
  /// Whether the quirks of the published training code are reproduced.
  public var fidelity = Fidelity.paper
  /// What follows when a gradient or a figure of a step is not finite.
  public var onNonFinite = NonFinitePolicy.stop
  /// How often a run may go back to a checkpoint, in its whole life.
  public var rollbackLimit = 3
  /// Length of the training in thousands of real images seen.
  public var totalKimg = 12.0
  /// Thousands of real images between two checkpoints.
  public var checkpointEveryKimg = 2.0
  /// Discriminator steps for each generator step.
  public var criticSteps = 1
  public var batch = Batch()
  public var data = Dataset()
  public var model = Model()
  public var loss = Loss()
  public var optimizer = Optimizer()
  public var ema = MovingAverage()
  public var augmentation = Augmentation()
  public var superResolution = SuperResolution()
  public var locality = Locality()
  public var samples = Samples()
  public var log = Log()
  public var checkpoints = Checkpoints()
  public var evaluation = Evaluation()
  public var audit = Audit()

  /// The quick-start recipe.
  public init() {}

  /// Side of the images in pixels, those of the data and those of the generator.
  public static let imageSide = 32

  /// Real images to see in total.
  public var totalImages: Int { Self.images(kimg: totalKimg) }

  /// Discriminator steps in total: as many whole batches as `totalKimg` needs.
  public var totalSteps: Int {
    (totalImages + batch.discriminator - 1) / batch.discriminator
  }

  /// Real images between two checkpoints that stay for good; 0 for none.
  public var milestoneImages: Int {
    checkpoints.keepEvery * Self.images(kimg: checkpointEveryKimg)
  }

  /// A number of kimg as a count of images, rounded to the nearest.
  public static func images(kimg: Double) -> Int { Int((kimg * 1000).rounded()) }
}

extension Configuration {
  /// How gradients are summed over the ranks.
  public enum Reduction: String, Sendable, CaseIterable {
    /// Fixed binary tree over the blocks: the same bits for any number of ranks and threads.
    case reproducible
    /// `MPI_Iallreduce`: equal only within rounding.
    case fast
  }

  /// Which of two accounts of the training is followed where they differ.
  public enum Fidelity: String, Sendable, CaseIterable {
    /// The paper: no gradient is left over, the drift term uses the global batch's mean.
    case paper
    /// The published code: gradients that the generator step leaves in the discriminator are added
    /// to its next step, and the drift term uses the mean of each micro-block.
    case published
  }

  /// The global batch and its micro-blocks.
  public struct Batch: Sendable, Equatable {
    /// Real images, and as many generated ones, of a discriminator step, over all ranks.
    public var discriminator = 8
    /// Generated images of a generator step, over all ranks.
    public var generator = 8
    /// Micro-blocks into which each global batch is cut; the most ranks times threads that help.
    public var blocks = 8
    public init() {}
  }

  /// The real images.
  public struct Dataset: Sendable, Equatable {
    /// Where images come from.
    public enum Source: String, Sendable, CaseIterable {
      /// CIFAR-10's binary files, in a folder or in `cifar-10-binary.tar.gz`.
      case cifar10
      /// Ten classes of pictures drawn from the seed.
      case synthetic
    }
    public var source = Source.synthetic
    /// Folder or archive of the `cifar10` source; empty for `synthetic`.
    public var path = ""
    /// Whether every second real image, drawn at random, is mirrored left to right.
    public var flip = false
    public init() {}
  }
}
