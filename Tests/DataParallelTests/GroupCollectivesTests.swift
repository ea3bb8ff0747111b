// The small collectives in a simulated cluster, against closed forms.

import Testing

@testable import DataParallel

@Suite struct GroupCollectivesTests {
  @Test(arguments: 1...8) func allGatherKeepsRanksAndLengthsApart(ranks: Int) throws {
    // Rank 1 sends more than two pieces, rank 0 nothing.
    let bytes = { @Sendable (rank: Int) in
      (0..<rank * (2 * ControlChannel.pieceBytes + 5) / ranks).map { UInt8(($0 + rank) & 255) }
    }
    let results = cluster(ranks, seed: UInt64(ranks)).run { transport in
      let group = ProcessGroup(transport)
      try group.barrier()
      return try group.allGather(bytes(transport.rank))
    }
    for result in results { #expect(try result.get() == (0..<ranks).map(bytes)) }
  }

  /// Parts in place: nothing of rank 0, more than two pieces of the last.
  @Test(arguments: 1...5) func allGatherFillsTheOthersParts(ranks: Int) throws {
    let count = { @Sendable (rank: Int) in rank * (2 * ControlChannel.pieceBytes + 5) / ranks }
    let results = cluster(ranks, seed: UInt64(ranks)).run { transport in
      let parts = (0..<ranks).map {
        UnsafeMutableRawBufferPointer.allocate(byteCount: count($0), alignment: 64)
      }
      defer { for part in parts { part.deallocate() } }
      for index in parts[transport.rank].indices {
        parts[transport.rank][index] = UInt8((index + transport.rank) & 255)
      }
      try ProcessGroup(transport).allGather(into: parts, phase: "test")
      return parts.map { Array($0) }
    }
    let all = (0..<ranks).map { rank in (0..<count(rank)).map { UInt8(($0 + rank) & 255) } }
    for result in results { #expect(try result.get() == all) }
  }

  @Test func partsOfOtherSizesAreAnError() {
    let results = cluster(2, seed: 1).run { transport in
      let parts = [8, transport.rank == 0 ? 8 : 4].map {
        UnsafeMutableRawBufferPointer.allocate(byteCount: $0, alignment: 64)
      }
      defer { for part in parts { part.deallocate() } }
      try ProcessGroup(transport).allGather(into: parts, phase: "test")
    }
    let error = #expect(throws: DataParallelError.self) { try results[0].get() }
    #expect(error?.description.contains("payload length") == true, "\(String(describing: error))")
  }

  @Test(arguments: 1...8) func broadcastReachesAllFromAnyRoot(ranks: Int) throws {
    for root in 0..<ranks {
      for count in [0, 1, 3 * ControlChannel.pieceBytes, 300_001] {
        let bytes = (0..<count).map { UInt8(($0 * 7 + root) & 255) }
        let results = cluster(ranks, seed: UInt64(root)).run { transport in
          try ProcessGroup(transport).broadcast(transport.rank == root ? bytes : [9], from: root)
        }
        for result in results { #expect(try result.get() == bytes, "root \(root), \(count) bytes") }
      }
    }
  }

  @Test(arguments: [1, 2, 3, 5, 8]) func statisticsComeInBlockOrderWithTheLargestFlags(ranks: Int)
    throws
  {
    let tree = BlockTree(blocks: 8)
    let row = { @Sendable (block: Int) in [Float(block), Float(block) / 3] }
    let results = cluster(ranks, seed: 1).run { transport in
      let group = ProcessGroup(transport)
      let own = try tree.blocks(ofRank: group.rank, ranks: group.size)
      let (values, flags) = try group.exchange(
        own.map(row), flags: [group.rank, -group.rank, 5], tree: tree)
      return (values, flags)
    }
    for result in results {
      let (values, flags) = try result.get()
      #expect(values == (0..<8).map(row))
      #expect(flags == [ranks - 1, 0, 5])
    }
  }

  @Test func rowsOfDifferentLengthsAreAnError() {
    let tree = BlockTree(blocks: 2)
    let results = cluster(2, seed: 1).run { transport in
      let group = ProcessGroup(transport)
      return try group.allGatherBlockValues(
        [[Float](repeating: 1, count: group.rank + 1)], tree: tree)
    }
    #expect(
      throws: DataParallelError.ranksDisagree(
        field: "statistics of a block", ranks: [0], value: "1", otherRanks: [1], otherValue: "2")
    ) { try results[0].get() }
  }

  @Test func theHandshakeNamesFieldRanksAndValues() {
    let results = cluster(4, seed: 1).run { transport in
      try ProcessGroup(transport).compareAcrossRanks([
        ("binary", "abc"), ("seed", transport.rank == 2 ? "8" : "7"),
      ])
    }
    for result in results {
      let error = #expect(throws: DataParallelError.self) { try result.get() }
      #expect(
        error
          == .ranksDisagree(
            field: "seed", ranks: [0, 1, 3], value: "7", otherRanks: [2], otherValue: "8"))
      #expect(error?.exitCode == .disagreement)
      #expect(
        error?.description.hasPrefix("seed is \"7\" on ranks 0, 1 and 3 but \"8\" on rank 2")
          == true
      )
    }
    let same = cluster(4, seed: 1).run { try ProcessGroup($0).compareAcrossRanks([("seed", "7")]) }
    for result in same { #expect(throws: Never.self) { try result.get() } }
  }

  @Test func aMissingFieldIsFound() {
    let results = cluster(2, seed: 1).run { transport in
      try ProcessGroup(transport).compareAcrossRanks(
        transport.rank == 0 ? [("a", "1"), ("b", "2")] : [("a", "1")])
    }
    #expect(
      throws: DataParallelError.ranksDisagree(
        field: "the list of compared fields", ranks: [0], value: "a, b", otherRanks: [1],
        otherValue: "a")
    ) { try results[1].get() }
  }

  @Test(arguments: [2, 3, 4, 5]) func aDriftedReplicaIsNamed(ranks: Int) {
    let drifted = ranks - 1
    let results = cluster(ranks, seed: 1).run { transport in
      let group = ProcessGroup(transport)
      try group.compareDigests([("l1.weight", 5), ("l1.bias", 6)], step: 1)
      try group.compareDigests(
        [("l1.weight", 5), ("l1.bias", group.rank == drifted ? 7 : 6)], step: 2)
    }
    let digests = (0..<ranks).map { UInt64($0 == drifted ? 7 : 6) }
    for result in results {
      let error = #expect(throws: DataParallelError.self) { try result.get() }
      #expect(
        error
          == .replicasDiffer(
            tensor: "l1.bias", step: 2, digests: digests, minority: ranks > 2 ? [drifted] : nil))
      #expect(error?.exitCode == .replicasDiffer)
      let words =
        ranks > 2 ? "suspect the memory of rank \(drifted)," : "two ranks cannot be told apart, so"
      #expect(error?.description.contains(words) == true, "\(String(describing: error))")
    }
  }

  @Test func everyRankHasTheDigestsOfAll() throws {
    let results = cluster(3, seed: 4).run { transport in
      try ProcessGroup(transport).gatherDigests(
        (0..<transport.rank).map { UInt64.max - UInt64($0) }, phase: "test")
    }
    for result in results {
      #expect(try result.get() == [[], [.max], [.max, .max - 1]])
    }
  }

  @Test func aProcessAloneNeedsNoTransport() throws {
    let group = ProcessGroup(SingleTransport())
    try group.agreeOnRun()
    try group.barrier()
    #expect(try group.allGather([1, 2]) == [[1, 2]])
    #expect(try group.broadcast([3]) == [3])
    #expect(
      try group.exchange([[1], [2]], flags: [4], tree: BlockTree(blocks: 2)).values == [[1], [2]])
    try group.compareAcrossRanks([("a", "b")])
    try group.compareDigests([("a", 1)], step: 1)
  }
}
