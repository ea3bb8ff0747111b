// What a failure leaves behind: the record, heartbeats, and the words about a silent rank.

import DataParallel
import Diagnostics
import Foundation
import TestSupport
import Testing

@testable import Training

@Suite struct ReliabilityFailureTests {
  private func record(rank: Int) -> FailureRecord {
    FailureRecord(
      code: 76, rank: rank, host: "a", step: 3, phase: "D values", sentence: "a\nb", time: 1)
  }

  @Test func theFirstRankThatFailsKeepsTheRecord() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/failure.json"
      #expect(record(rank: 1).write(to: path))
      #expect(!record(rank: 0).write(to: path))
      let data = try Data(contentsOf: URL(fileURLWithPath: path))
      #expect(try JSONDecoder().decode(FailureRecord.self, from: data) == record(rank: 1))
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["failure.json"])
    }
  }

  @Test func aFolderThatIsGoneIsNoFurtherFailure() {
    #expect(!record(rank: 1).write(to: "/nonexistent/failure.json"))
  }

  @Test func aSilentRankIsDescribedByItsHeartbeat() throws {
    try withTemporaryFolder { folder in
      let position = RunPosition()
      position.enter(.discriminatorBlocks, step: 7)
      let heartbeat = Heartbeat(folder: folder, rank: 2, position: position)
      defer { heartbeat.end() }
      let deadline = Date() + 30
      while HeartbeatRecord(folder: folder, rank: 2) == nil, Date() < deadline { usleep(10_000) }
      let error = DataParallelError.stalledPeer(
        rank: 0, waitingFor: [2, 3], label: ReductionLabel(step: 12, phase: "D values"), bucket: 4,
        seconds: 60.2)
      let text = try #require(
        StalledRanks(error, step: 7, phase: .discriminatorValues, heartbeats: folder)
      ).description
      #expect(text.contains("in phase D values of step 7"), "\(text)")
      #expect(text.contains("60 s (bucket 4)"), "\(text)")
      #expect(
        text.contains(
          "rank 2 (host \(ownHostName()), process \(getpid())) in phase D blocks of step 7"),
        "\(text)")
      #expect(text.contains("rank 3, which left no heartbeat"), "\(text)")
    }
  }

  @Test func otherErrorsAreNotStalls() {
    #expect(
      StalledRanks(
        DataParallelError.moreRanksThanBlocks(ranks: 2, blocks: 1), step: 0, phase: .start,
        heartbeats: nil) == nil)
  }

  @Test(arguments: [
    "kill", "kill:rank=0,step=1", "burn:rank=0,step=1,point=report",
    "kill:rank=x,step=1,point=report",
    "kill:rank=0,step=1,point=report,when=now", "kill:rank=0,step=1,point", "",
  ])
  func wrongFaultsAreRefused(text: String) {
    #expect(throws: FaultError.malformed(text)) { try Fault(text) }
  }

  @Test func aFaultIsRead() throws {
    let fault = try Fault("flip:rank=2,step=4,point=replicas,section=3,value=99")
    #expect(fault.kind == .flip && fault.rank == 2 && fault.step == 4)
    #expect(fault.point == "replicas" && fault.section == 3 && fault.value == 99)
    #expect(fault.skip == 0 && fault.times == 1)
    let repeated = try Fault("nan:rank=0,step=4,point=generatorBlocks,skip=2,times=5")
    #expect(repeated.kind == .nan && repeated.skip == 2 && repeated.times == 5)
  }

  /// An error of one rank before the ranks met is everybody's, with the ranks it comes from.
  @Test func anErrorBeforeTheStartIsShared() throws {
    let alone = ProcessGroup(SingleTransport())
    try alone.agreeOnStart(nil)
    let failure = SharedFailure(exitCode: .usage, description: "no such key")
    #expect {
      try alone.agreeOnStart(failure)
    } throws: { error in
      (error as? SharedFailure)?.exitCode == .usage && "\(error)" == "no such key"
    }
  }
}
