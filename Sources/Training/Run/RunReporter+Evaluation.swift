// What rank 0 tells of a measurement: a log line, a record, scalars, and alarms when they begin.

import Evaluation
import Foundation
import Reporting

extension RunReporter {
  /// Shows the measurement after step `step`, the number of the last step taken.
  func report(_ measurement: SampleMeasurement, step: Int) {
    let verdict = watch.judge(measurement)
    let distance = measurement.slicedWasserstein
    var record = MetricsRecord(step: step)
    let kimg = recipe.kimg(beforeStep: step + 1)
    record.set("kimg", kimg)
    for level in distance.levels { record.set("swd_\(level.side)", level.value) }
    record.set("swd_mean", distance.mean)
    record.set("diversity_ratio", measurement.diversityRatio)
    record.set("logit_gap", verdict.logitGap)
    for alarm in TrainingWatch.Alarm.allCases {
      record.set("alarm_\(alarm.rawValue)", verdict.alarms.contains(alarm) ? 1 : 0)
    }
    statistics.append(record)
    let levels = distance.levels.map { ("Metrics/swd_\($0.side)", $0.value) }
    events.scalars(
      levels + [
        ("Metrics/swd", distance.mean), ("Metrics/diversity_ratio", measurement.diversityRatio),
        ("Metrics/logit_gap", verdict.logitGap),
      ], step: step)
    let text = String(
      format: "kimg %.3f: sliced Wasserstein distance %.2f (%@), diversity %.2f, logit gap %.3f",
      kimg, distance.mean,
      distance.levels.map { String(format: "%.2f at %d", $0.value, $0.side) }
        .joined(separator: ", "), measurement.diversityRatio, verdict.logitGap)
    logger.info("\(text)")
    for alarm in verdict.onsets { logger.warning("kimg \(kimg): \(alarm.sentence)") }
  }

  private static let watchKey = "watch"

  /// What a checkpoint keeps of the watch.
  var watchState: [String: String] {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = .sortedKeys
      return [Self.watchKey: String(decoding: try encoder.encode(watch), as: UTF8.self)]
    }
  }

  /// Goes on with the watch of a checkpoint; a checkpoint without one begins a new watch.
  ///
  /// - Throws: `CheckpointError.damaged` (65) where the text is no watch.
  func resumeWatch(from checkpoint: Checkpoint) throws {
    guard let text = checkpoint.state.additional[Self.watchKey] else { return }
    do {
      watch = try JSONDecoder().decode(TrainingWatch.self, from: Data(text.utf8))
    } catch {
      throw CheckpointError.damaged(
        path: checkpoint.path, .badMetadata(key: Self.watchKey, value: text))
    }
  }
}

extension TrainingWatch.Alarm {
  /// What a user reads when the alarm begins.
  var sentence: String {
    switch self {
    case .collapse:
      "the samples are less than half as different from each other as real images are, twice in a row: "
        + "the generator may have collapsed; look at the samples, and go back to an older checkpoint "
        + "with more augmentation or a lower learning rate of the generator"
    case .discriminatorWon:
      "the gap between D(real) and D(fake) rose over three measurements while the sliced Wasserstein "
        + "distance did not improve: the discriminator may have won; go back to an older checkpoint "
        + "with a lower learning rate of the discriminator, more augmentation or a stronger penalty"
    }
  }
}
