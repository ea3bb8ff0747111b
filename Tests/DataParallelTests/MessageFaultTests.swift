// Messages that are damaged, repeated, swapped or lost, and ranks that are silent or elsewhere: each is an
// error that says what and who, never a wrong sum.

import Testing

@testable import DataParallel

@Suite struct MessageFaultTests {
  static let tree = BlockTree(blocks: 4)
  static let label = ReductionLabel(step: 7, phase: "test")

  /// One reduction of four buckets over three ranks; what each rank threw.
  func errors(
    _ faults: [SimulatedFault], seed: UInt64 = 1,
    label: @escaping @Sendable (Int) -> ReductionLabel = { _ in label },
    body: (@Sendable (Int) -> Bool)? = nil
  ) -> [DataParallelError?] {
    let plan = BucketPlan(count: 400, ranks: 3, atMostFloats: 112)
    let results = cluster(3, seed: seed, faults: faults).run { transport in
      let group = ProcessGroup(transport)
      group.deadlineSeconds = 0.5
      let reducer = try ReproducibleReducer(
        group: group, tree: Self.tree, plan: plan, bucketsUnderWay: 2)
      if let body, !body(transport.rank) { return }
      let buffers = RankBuffers(
        BlockValues(seed: 3, blocks: 4), Self.tree,
        try Self.tree.blocks(ofRank: transport.rank, ranks: 3), count: 400, inPlace: false)
      try reducer.reduce(
        nodes: buffers.nodes, into: buffers.result, label: label(transport.rank))
    }
    return results.map { result in
      if case .failure(let error) = result { return error as? DataParallelError }
      return nil
    }
  }

  @Test(arguments: 0..<8) func everyDamagedMessageIsFound(message: Int) {
    for bit in [0, 77, 8 * 45, 8 * 90, 8 * 115, 8 * 127 + 3, 8 * 128, 8 * 150 + 1] {
      let fault = SimulatedFault(.flipBit(bit), source: 2, target: 0, message: message)
      guard case .damagedMessage(0, 2, Self.label, _, let field, _, _)? = errors([fault])[0] else {
        Issue.record("bit \(bit) of message \(message): \(errors([fault])[0].debugDescription)")
        continue
      }
      #expect(["magic", "header CRC32C", "payload length", "payload CRC32C"].contains(field))
    }
  }

  @Test func aShortenedMessageIsFound() {
    for bytes in [0, 100, 127, 128, 150] {
      let error = errors([SimulatedFault(.cut(toBytes: bytes), source: 1, target: 2, message: 0)])[
        2]
      guard case .damagedMessage(2, 1, Self.label, 0, _, _, _)? = error else {
        Issue.record("cut to \(bytes) bytes: \(String(describing: error))")
        continue
      }
      #expect(error?.exitCode == .peerLost)
    }
  }

  /// The second copy takes the place of a later bucket's message.
  @Test func aRepeatedMessageIsFound() {
    let error = errors([SimulatedFault(.duplicate, source: 1, target: 0, message: 0)])[0]
    #expect(
      error
        == .unexpectedMessage(
          rank: 0, source: 1, label: Self.label, bucket: 2, field: "bucket", expected: "2",
          found: "0"))
    #expect(error?.exitCode == .disagreement)
  }

  @Test func ranksInOtherPhasesOrStepsAreFound() {
    let phases = errors([]) { ReductionLabel(step: 7, phase: $0 == 1 ? "generator" : "test") }
    #expect(
      phases.contains {
        guard case .unexpectedMessage(_, 1, Self.label, 0, "phase", "test", "generator") = $0 else {
          return false
        }
        return true
      }, "\(phases)")
    let steps = errors([]) { ReductionLabel(step: $0 == 1 ? 8 : 7, phase: "test") }
    #expect(
      steps.contains {
        guard case .unexpectedMessage(_, 1, Self.label, 0, "step", "7", "8") = $0 else {
          return false
        }
        return true
      }, "\(steps)")
  }

  @Test func aSilentRankIsNamedByAllOthers() {
    for silent in 0..<3 {
      let found = errors([], seed: UInt64(silent), body: { $0 != silent })
      for rank in 0..<3 where rank != silent {
        guard case .stalledPeer(rank, [silent], Self.label, 0, let seconds)? = found[rank] else {
          Issue.record("rank \(rank) says \(String(describing: found[rank]))")
          continue
        }
        #expect(seconds >= 0.5 && seconds < 1)
        #expect(found[rank]?.exitCode == .peerLost)
        #expect(found[rank]?.description.contains("rank \(silent)") == true)
      }
    }
  }

  @Test func aLostMessageNamesItsSender() {
    let found = errors([SimulatedFault(.drop, source: 1, target: 2, message: 0)])
    guard case .stalledPeer(2, [1], Self.label, 0, _)? = found[2] else {
      Issue.record("\(found)")
      return
    }
  }

  /// An error in the middle of a sum leaves messages under way, which the group knows.
  @Test func anInterruptedSumIsKnown() throws {
    let fault = SimulatedFault(.drop, source: 1, target: 0, message: 0)
    for faults in [[], [fault]] {
      let results = cluster(2, seed: 2, faults: faults).run { transport in
        let group = ProcessGroup(transport)
        group.deadlineSeconds = 0.5
        let tree = BlockTree(blocks: 2)
        let reducer = try ReproducibleReducer(
          group: group, tree: tree, plan: BucketPlan(count: 100, ranks: 2))
        let floats = UnsafeMutableBufferPointer<Float>.allocate(capacity: 100)
        floats.initialize(repeating: 1)
        let nodes = Dictionary(uniqueKeysWithValues: reducer.nodes.map { ($0, floats) })
        for step in 0..<2 {
          try? reducer.reduce(
            nodes: nodes, into: floats, label: ReductionLabel(step: step, phase: "test"))
          if group.reductionsUnderWay > 0 { break }
        }
        return group.reductionsUnderWay
      }
      #expect(try results[0].get() == (faults.isEmpty ? 0 : 1))
    }
  }

  /// Two control messages of one tag in the wrong order; MPI promises that this cannot happen.
  @Test func swappedMessagesAreFound() {
    let fault = SimulatedFault(.swapWithNext, source: 1, target: 0, message: 0)
    let results = cluster(2, seed: 1, faults: [fault]).run { transport in
      let group = ProcessGroup(transport)
      group.deadlineSeconds = 0.5
      _ = try group.broadcast(
        [UInt8](repeating: 1, count: 2 * ControlChannel.pieceBytes), from: 1, phase: "swapped")
    }
    #expect(
      throws: DataParallelError.unexpectedMessage(
        rank: 0, source: 1, label: ReductionLabel(step: 1, phase: "swapped"), bucket: 0,
        field: "bucket", expected: "0", found: "1")
    ) { try results[0].get() }
  }

  @Test func aHookEndsAWait() {
    struct Stop: Error {}
    let results = cluster(2, seed: 1).run { transport in
      let group = ProcessGroup(transport)
      if transport.rank == 1 { return }
      group.onIdle = { throw Stop() }
      try group.barrier()
    }
    #expect(throws: Stop.self) { try results[0].get() }
  }

  @Test func anotherRunIsFound() {
    let results = cluster(2, seed: 1).run { transport in
      let group = ProcessGroup(transport)
      group.deadlineSeconds = 0.5
      group.run = UInt64(transport.rank + 1)
      try group.barrier()
    }
    #expect(
      throws: DataParallelError.unexpectedMessage(
        rank: 0, source: 1, label: ReductionLabel(step: 1, phase: "barrier"), bucket: 0,
        field: "run", expected: "1", found: "2")
    ) { try results[0].get() }
  }
}
