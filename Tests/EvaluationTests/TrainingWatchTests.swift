// The alarms, against the rules as they are written.

import Foundation
import Testing

@testable import Evaluation

@Suite struct TrainingWatchTests {
  private func measurement(_ distance: Double, _ diversity: Double) -> SampleMeasurement {
    SampleMeasurement(
      slicedWasserstein: SlicedWassersteinDistance(levels: [(32, distance), (16, distance)]),
      diversityRatio: diversity)
  }

  /// The alarms at each measurement of (gap, distance, diversity), and those that began there.
  private func judge(
    _ rows: [(Float, Double, Double)]
  ) -> (alarms: [[TrainingWatch.Alarm]], onsets: [[TrainingWatch.Alarm]]) {
    var watch = TrainingWatch()
    var result: (alarms: [[TrainingWatch.Alarm]], onsets: [[TrainingWatch.Alarm]]) = ([], [])
    for (gap, distance, diversity) in rows {
      watch.record(realLogit: gap, fakeLogit: 0)
      let verdict = watch.judge(measurement(distance, diversity))
      result.alarms.append(verdict.alarms)
      result.onsets.append(verdict.onsets)
    }
    return result
  }

  @Test func theGapIsTheMeanSinceTheMeasurementBefore() {
    var watch = TrainingWatch()
    watch.record(realLogit: 1, fakeLogit: -1)
    watch.record(realLogit: 0.5, fakeLogit: 0.25)
    #expect(watch.judge(measurement(9, 1)).logitGap == 1.125)
    watch.record(realLogit: 4, fakeLogit: 1)
    #expect(watch.judge(measurement(9, 1)).logitGap == 3)
  }

  @Test func collapseNeedsTwoMeasurementsAndIsSaidOnce() {
    let diversities = [0.1, 0.8, 0.49, 0.49, 0.3, 0.55, 0.61, 0.49, 0.5]
    let found = judge(diversities.map { (1, 9, $0) })
    #expect(
      found.alarms.map { $0.contains(.collapse) }
        == [false, false, false, true, true, true, false, false, false])
    #expect(found.onsets == [[], [], [], [.collapse], [], [], [], [], []])
  }

  @Test func aGapThatRisesWithoutProgressIsAVictory() {
    let found = judge([
      (1, 20, 1), (1.2, 21, 1), (1.5, 21, 1), (2, 20, 1), (3, 20.5, 1), (3, 22, 1),
    ])
    // At the fifth the distance of the second was worse; at the sixth the gap stands still.
    #expect(found.alarms == [[], [], [], [.discriminatorWon], [], []])
  }

  @Test(arguments: [
    // The distance falls.
    [(1, 20, 1), (1.2, 21, 1), (1.5, 21, 1), (2, 19, 1)],
    // One interval rises by less than a tenth.
    [(1, 20, 1), (1.2, 21, 1), (1.3, 21, 1), (2, 22, 1)],
    // Only two intervals.
    [(1, 20, 1), (1.2, 21, 1), (1.5, 21, 1)],
    // A negative gap that stays.
    [(-1, 20, 1), (-1, 21, 1), (-1, 21, 1), (-1, 21, 1)],
  ]) func otherwiseItIsNone(rows: [(Float, Double, Double)]) {
    let alarms = judge(rows).alarms
    #expect(alarms.allSatisfy { $0.isEmpty }, "\(alarms)")
  }

  /// A watch that was saved and read back in the middle judges as one that was not.
  @Test func savingChangesNothing() throws {
    let rows: [(Float, Double, Double)] = [
      (1, 20, 0.4), (1.2, 21, 0.4), (1.5, 21, 0.4), (0.1, 20, 0.55), (0.2, 20, 0.55),
    ]
    var (plain, saved) = (TrainingWatch(), TrainingWatch())
    for (gap, distance, diversity) in rows {
      plain.record(realLogit: gap, fakeLogit: 0.1)
      saved.record(realLogit: gap, fakeLogit: 0.1)
      saved = try JSONDecoder().decode(TrainingWatch.self, from: JSONEncoder().encode(saved))
      #expect(
        plain.judge(measurement(distance, diversity))
          == saved.judge(measurement(distance, diversity)))
    }
  }
}
