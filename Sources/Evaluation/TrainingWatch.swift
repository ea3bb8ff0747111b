// Whether a GAN's training still goes well: collapse, and a discriminator that has won.
// Not here: the measurements, and how an alarm is said.

/// Follows the measurements of a run.
///
/// The rules use ratios and directions only, so that they hold for every loss:
///
/// * **Collapse**: the diversity ratio was below 0.5 in two measurements in a row.  It ends when one is
///   0.6 or more.
/// * **The discriminator has won**: over three intervals between measurements in a row the logit gap,
///   mean D(real) - mean D(fake) over the steps of the interval, rose by more than a tenth each, and the
///   sliced Wasserstein distance is no better than before them.  It ends when one of both no longer
///   holds.
///
/// A watch is part of a checkpoint, so that a resumed run judges as one that was never interrupted.
public struct TrainingWatch: Codable, Sendable, Equatable {
  /// What can be wrong.
  public enum Alarm: String, Codable, Sendable, CaseIterable {
    case collapse
    case discriminatorWon = "discriminator_won"
  }

  /// What a measurement says of the run.
  public struct Verdict: Sendable, Equatable {
    /// Mean D(real) - mean D(fake) over the steps since the measurement before.
    public let logitGap: Double
    /// The alarms in force.
    public let alarms: [Alarm]
    /// Those of them that were not in force before.
    public let onsets: [Alarm]
  }

  static let collapseBegins = 0.5
  static let collapseEnds = 0.6
  static let collapseMeasurements = 2
  static let gapRise = 1.1
  static let gapIntervals = 3

  private struct Reading: Codable, Sendable, Equatable {
    var logitGap: Double
    var distance: Double
  }

  private var gapSum = 0.0
  private var steps = 0
  private var lowDiversity = 0
  /// The last measurements, at most one more than the intervals that the rule looks at.
  private var readings: [Reading] = []
  /// In the order of `Alarm`, so that the same watch is always the same text.
  private var inForce: [Alarm] = []

  public init() {}

  /// Takes in a step; the figures are means over the global batch.
  public mutating func record(realLogit: Float, fakeLogit: Float) {
    gapSum += Double(realLogit) - Double(fakeLogit)
    steps += 1
  }

  /// Takes in a measurement.
  public mutating func judge(_ measurement: SampleMeasurement) -> Verdict {
    let gap = steps > 0 ? gapSum / Double(steps) : 0
    (gapSum, steps) = (0, 0)
    lowDiversity = measurement.diversityRatio < Self.collapseBegins ? lowDiversity + 1 : 0
    readings.append(Reading(logitGap: gap, distance: measurement.slicedWasserstein.mean))
    readings = readings.suffix(Self.gapIntervals + 1)

    let stays = inForce.contains(.collapse) && measurement.diversityRatio < Self.collapseEnds
    var alarms: [Alarm] = []
    if lowDiversity >= Self.collapseMeasurements || stays { alarms.append(.collapse) }
    if discriminatorHasWon { alarms.append(.discriminatorWon) }
    let onsets = alarms.filter { !inForce.contains($0) }
    inForce = alarms
    return Verdict(logitGap: gap, alarms: alarms, onsets: onsets)
  }

  private var discriminatorHasWon: Bool {
    guard readings.count > Self.gapIntervals, let first = readings.first, let last = readings.last
    else { return false }
    // A tenth of the magnitude, so that a gap that starts below zero must rise too.
    let rises = zip(readings, readings.dropFirst()).allSatisfy { before, after in
      after.logitGap - before.logitGap > (Self.gapRise - 1) * abs(before.logitGap)
    }
    return rises && last.distance >= first.distance
  }
}
