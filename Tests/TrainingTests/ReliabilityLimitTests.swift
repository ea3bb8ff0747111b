// Limits and requests: durations, the batch system's end, the stop file, stall limits, stragglers.

import Diagnostics
import Foundation
import TestSupport
import Testing

@testable import Training

@Suite struct ReliabilityLimitTests {
  @Test(arguments: [
    ("90", 90.0), ("90s", 90), ("45m", 2700), ("3h30m", 12_600), ("1d12h", 129_600),
    ("2h5s", 7205), ("1d1h1m1s", 90_061),
  ])
  func durations(text: String, expected: Double) throws {
    #expect(try seconds(ofDuration: text, option: "--max-time") == expected)
  }

  @Test(arguments: [
    "", "0", "0s", "h", "3x", "3h30", "30m3h", "3h3h", "-5m", "1.5h", "3 h", "99999999999s", "３h",
    "5m\u{1B}[2J",
  ])
  func wrongDurations(text: String) {
    #expect {
      try seconds(ofDuration: text, option: "--max-time")
    } throws: { error in
      (error as? any DiagnosableError)?.exitCode == .usage
        && !"\(error)".unicodeScalars.contains("\u{1B}")
    }
  }

  @Test func theBatchSystemsEndIsALimit() throws {
    let limit = try #require(
      TimeLimit.batchSystem(
        environment: ["SLURM_JOB_END_TIME": "1000600"], secondsSince1970: 1_000_000))
    #expect(limit.reason == .batchEnd)
    #expect(limit.secondsLeft <= 600 && limit.secondsLeft > 540)
    #expect(TimeLimit.batchSystem(environment: [:], secondsSince1970: 0) == nil)
    #expect(
      TimeLimit.batchSystem(
        environment: ["SLURM_JOB_END_TIME": "Unknown"], secondsSince1970: 0) == nil)
  }

  @Test func whatAsksForAStop() throws {
    try withTemporaryFolder { folder in
      var requests = StopRequests(notice: { nil })
      #expect(requests.current(needed: 5) == 0)
      requests.stopFile = folder + "/STOP"
      #expect(requests.current(needed: 5) == 0)
      requests.limits = [TimeLimit(.timeLimit, secondsFromNow: 3600)]
      #expect(requests.current(needed: 5) == 0)
      #expect(requests.current(needed: 3601) == StopReason.timeLimit.rawValue)
      try Data().write(to: URL(fileURLWithPath: folder + "/STOP"))
      #expect(requests.current(needed: 5) == StopReason.stopFile.rawValue)
      let signalled = StopRequests(notice: { .terminationSignal }, stopFile: folder + "/STOP")
      #expect(signalled.current(needed: 5) == StopReason.terminationSignal.rawValue)
    }
  }

  @Test func aStopFileIsOldOrMeantForThisRun() throws {
    try withTemporaryFolder { folder in
      let directory = RunDirectory(folder)
      #expect(!directory.removeOldStop(launchedAt: .infinity))
      func make(at seconds: Double) throws {
        try Data().write(to: URL(fileURLWithPath: directory.stop))
        try FileManager.default.setAttributes(
          [.modificationDate: Date(timeIntervalSince1970: seconds)], ofItemAtPath: directory.stop)
      }
      try make(at: 999)
      #expect(directory.removeOldStop(launchedAt: 1000))
      #expect(access(directory.stop, F_OK) != 0)
      // The times of processes and files have steps of a hundredth of a second.
      for time in [999.98, 1001] {
        try make(at: time)
        #expect(!directory.removeOldStop(launchedAt: 1000))
      }
      #expect(access(directory.stop, F_OK) == 0)
    }
  }

  /// The system's own record of when this process began lies before now and after the host's start.
  @Test func theLaunchIsBeforeNow() {
    let now = Date().timeIntervalSince1970
    let launch = launchTime(environment: [:])
    #expect(launch <= now && launch > now - 86_400)
    #expect(launchTime(environment: ["OMPI_COMM_WORLD_SIZE": "2"]) <= launch + 1)
  }

  @Test func theStallLimitIsLearnedUnlessGiven() {
    let learned = StallLimit(fixed: nil)
    #expect(learned.seconds == StallLimit.beforeFirstStep)
    learned.learn(medianStep: 0.5)
    #expect(learned.seconds == 60)
    learned.learn(medianStep: 30)
    #expect(learned.seconds == 300)
    let fixed = StallLimit(fixed: 7)
    fixed.learn(medianStep: 30)
    #expect(fixed.seconds == 7)
  }

  @Test func timesLeaveRoomForTheSlowest() {
    let times = RunTimes(checkpointBytes: 100_000_000)
    #expect(times.medianStep == nil)
    // Nothing measured: two checkpoints at 50 MB/s, and 3 s.
    #expect(times.neededToEnd == 7)
    for seconds in [1.0, 5, 2] { times.recordStep(seconds) }
    times.recordSave(0.5)
    times.recordSave(0.25)
    #expect(times.medianStep == 2)
    // Two steps of 5 s, two checkpoints of 0.5 s, and 3 s.
    #expect(times.neededToEnd == 14)
  }

  @Test func stragglersAreNamedAfterAWhile() {
    // Rank 2 has one block, the others two: 40 ms for it is four times their 10 ms a block.
    var stragglers = Stragglers(blocks: [2, 2, 1])
    let slow = [(20_000, 0), (20_000, 0), (40_000, 0)].map {
      (discriminator: $0.0, generator: $0.1)
    }
    let even = [(20_000, 0), (20_000, 0), (10_000, 0)].map {
      (discriminator: $0.0, generator: $0.1)
    }
    for step in 0..<4 { #expect(stragglers.warnings(slow, step: step).isEmpty) }
    #expect(stragglers.warnings(even, step: 4).isEmpty)
    for step in 5..<9 { #expect(stragglers.warnings(slow, step: step).isEmpty) }
    let warnings = stragglers.warnings(slow, step: 9)
    #expect(warnings.count == 1)
    #expect(warnings.first?.contains("rank 2 is slow in D blocks") == true, "\(warnings)")
    #expect(warnings.first?.contains("4.0 times") == true, "\(warnings)")
    for step in 10..<200 { #expect(stragglers.warnings(slow, step: step).isEmpty) }
  }
}
