// What one training step says of itself.

/// The figures of a step, means over the global batch, the same on every rank.
public struct StepReport: Sendable {
  /// A generator update's part.
  public struct GeneratorPart: Sendable {
    /// The adversarial loss.
    public var loss: Float
    /// The mean squared error of super-resolution, without its weight; nil without co-training.
    public var superResolution: Float?
    /// The gradient's norm before clipping.
    public var gradientNorm: Double
    /// The decay of the moving average.
    public var averageDecay: Double
    /// What this rank's blocks took.
    public var computeSeconds = 0.0
    /// What the update took on this rank.
    public var seconds = 0.0
  }

  /// The step's number, from 0.
  public var step: Int
  /// The adversarial loss of D with the drift term, without the penalty.
  public var discriminatorLoss: Float
  /// The penalty with its weight; nil without one.
  public var penalty: Float?
  public var realLogit: Float
  public var fakeLogit: Float
  /// The mean of |grad D| where the penalty is taken; nil without one.
  public var inputGradientNorm: Float?
  /// The norm of D's gradient before clipping.
  public var discriminatorGradientNorm: Double
  /// Where a generator update followed.
  public var generator: GeneratorPart?
  /// What D's update took on this rank.
  public var discriminatorSeconds = 0.0
  /// What this rank's blocks of D's update took.
  public var discriminatorComputeSeconds = 0.0
  /// For each request that a rank may make, the largest value that one gave.
  public var flags: [Int]
}
