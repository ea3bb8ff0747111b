// How far a run is, as numbers, and how fast it goes.
// Not here: how it looks (`ProgressText`) and where it is drawn (`ProgressLine`).

/// How far a run is.  What is not known yet is nil.
public struct ProgressSnapshot: Sendable, Equatable {
  /// Discriminator updates done.
  public var step: Int
  /// Thousand real images seen.
  public var kimg: Double
  /// Thousand real images at the end of the run.
  public var totalKimg: Double
  /// Loss of the discriminator.
  public var lossD: Double?
  /// Loss of the generator.
  public var lossG: Double?
  /// Norm of the discriminator's gradient before clipping.
  public var gradientNormD: Double?
  /// Norm of the generator's gradient before clipping.
  public var gradientNormG: Double?
  /// Real images per second over all ranks.
  public var imagesPerSecond: Double?
  /// What the run does besides training, in a word or two (`checkpoint`, `FID`).
  public var note: String?

  public init(step: Int, kimg: Double, totalKimg: Double) {
    self.step = step
    self.kimg = kimg
    self.totalKimg = totalKimg
  }

  /// The part done, in 0...1.
  public var fraction: Double {
    guard totalKimg > 0, kimg.isFinite else { return 0 }
    return min(max(kimg / totalKimg, 0), 1)
  }

  /// Seconds to the end at the present speed, nil while the speed is not known.
  public var secondsLeft: Double? {
    guard let imagesPerSecond, imagesPerSecond > 0 else { return nil }
    return max(totalKimg - kimg, 0) * 1000 / imagesPerSecond
  }
}

/// Images per second over the last minute of training, so that the estimate of the end is steady and
/// yet follows a change of speed.
public struct ThroughputMeter: Sendable {
  private struct Sample {
    let images: Int
    let seconds: Double
  }

  private let windowSeconds: Double
  private var samples: [Sample] = []

  /// - Parameter windowSeconds: the time that the mean is over; two samples are always kept.
  public init(windowSeconds: Double = 60) { self.windowSeconds = windowSeconds }

  /// Notes that `images` images in all were seen at `seconds` of a clock that never goes back.
  public mutating func record(images: Int, atSeconds seconds: Double) {
    samples.append(Sample(images: images, seconds: seconds))
    while samples.count > 2, seconds - samples[0].seconds > windowSeconds { samples.removeFirst() }
  }

  /// The mean speed between the oldest and the newest sample of the window; nil before two samples.
  public var imagesPerSecond: Double? {
    guard let first = samples.first, let last = samples.last, last.seconds > first.seconds else {
      return nil
    }
    return Double(last.images - first.images) / (last.seconds - first.seconds)
  }
}
