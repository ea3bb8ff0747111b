// The sum across ranks, in a simulated cluster: the bits of the definition, whatever the order of delivery.

import Testing

@testable import DataParallel

@Suite struct ReproducibleReducerTests {
  struct Case: Sendable, CustomStringConvertible {
    let ranks: Int
    let blocks: Int
    let seed: UInt64
    var description: String { "\(ranks) ranks, \(blocks) blocks, seed \(seed)" }
  }

  static let cases: [Case] = [1, 2, 3, 5, 6, 8, 12, 16].flatMap { blocks in
    (1...min(blocks, 8)).flatMap { ranks in
      (0..<4 as Range<UInt64>).map { Case(ranks: ranks, blocks: blocks, seed: $0) }
    }
  }

  /// 203 floats in buckets of 64: three whole buckets and a small one, whose last slices are empty.
  static let count = 203

  @Test(arguments: cases) func bitsAreThoseOfTheDefinition(of test: Case) throws {
    let tree = BlockTree(blocks: test.blocks)
    let plan = BucketPlan(count: Self.count, ranks: test.ranks, atMostFloats: 64)
    #expect(plan.bucketCount == 4)
    let results = cluster(test.ranks, seed: test.seed).run { transport in
      let group = ProcessGroup(transport)
      try group.agreeOnRun(test.seed + 1)
      let reducer = try ReproducibleReducer(
        group: group, tree: tree, plan: plan, bucketsUnderWay: 2)
      // Three steps in a row: a rank may be a step ahead of another.
      return try (0..<3).map { step in
        let values = BlockValues(seed: UInt64(step), blocks: test.blocks)
        let buffers = RankBuffers(
          values, tree, try tree.blocks(ofRank: transport.rank, ranks: test.ranks),
          count: Self.count, inPlace: step == 1)
        try reducer.begin(
          nodes: buffers.nodes, into: buffers.result,
          label: ReductionLabel(step: step, phase: "test"))
        for bucket in 0..<plan.bucketCount {
          try reducer.start(bucket: bucket)
          if test.ranks > 1 { transport.pause(rounds: 0) }
        }
        try reducer.finish()
        return buffers.result.map(\.bitPattern)
      }
    }
    #expect(results.count == test.ranks)
    for step in 0..<3 {
      let values = BlockValues(seed: UInt64(step), blocks: test.blocks)
      let expected = (0..<Self.count).map { values.sum(position: $0).bitPattern }
      for (rank, result) in results.enumerated() {
        #expect(try result.get()[step] == expected, "\(test), rank \(rank), step \(step)")
      }
    }
  }

  @Test(arguments: [2, 3, 4, 7]) func bytesOnTheWireAreAsAnnounced(ranks: Int) throws {
    let tree = BlockTree(blocks: 8)
    let plan = BucketPlan(count: 1000, ranks: ranks, atMostFloats: 256)
    let sent = cluster(ranks, seed: 5).run { transport in
      let reducer = try ReproducibleReducer(group: ProcessGroup(transport), tree: tree, plan: plan)
      let buffers = RankBuffers(
        BlockValues(seed: 0, blocks: 8), tree,
        try tree.blocks(ofRank: transport.rank, ranks: ranks), count: 1000, inPlace: false)
      try reducer.reduce(
        nodes: buffers.nodes, into: buffers.result, label: ReductionLabel(step: 1, phase: "test"))
      return reducer.statistics.bytesSent
    }
    for (rank, result) in sent.enumerated() {
      let announced = try ReproducibleReducer.bytesSent(byRank: rank, tree: tree, plan: plan)
      #expect(try result.get() == announced)
    }
    // Where ranks hold whole subtrees: as many floats as a ring, 2 (P - 1) / P of the buffer per rank.
    if 8 % ranks == 0 {
      let total = try sent.reduce(0) { try $0 + $1.get() }
      let headers = 2 * ranks * (ranks - 1) * plan.bucketCount * MessageHeader.byteCount
      #expect(total - headers == 2 * (ranks - 1) * 1000 * 4)
    }
  }

  /// Many more schedules of one awkward case: three ranks that hold no whole subtrees.
  @Test func manySchedulesOfAnUnalignedCase() throws {
    let tree = BlockTree(blocks: 8)
    let plan = BucketPlan(count: 100, ranks: 3, atMostFloats: 32)
    let values = BlockValues(seed: 9, blocks: 8)
    let expected = (0..<100).map { values.sum(position: $0).bitPattern }
    for seed in 100..<400 as Range<UInt64> {
      let results = cluster(3, seed: seed).run { transport in
        let reducer = try ReproducibleReducer(
          group: ProcessGroup(transport), tree: tree, plan: plan, bucketsUnderWay: 2)
        let buffers = RankBuffers(
          values, tree, try tree.blocks(ofRank: transport.rank, ranks: 3), count: 100,
          inPlace: false)
        try reducer.reduce(
          nodes: buffers.nodes, into: buffers.result, label: ReductionLabel(step: 1, phase: "test"))
        return buffers.result.map(\.bitPattern)
      }
      for result in results { #expect(try result.get() == expected, "seed \(seed)") }
    }
  }

  /// The test is able to fail: the same values added from left to right have other bits.
  @Test func anotherOrderHasOtherBits() {
    let values = BlockValues(seed: 0, blocks: 8)
    let different = (0..<Self.count).filter { position in
      let sequential = (0..<8).reduce(Float(0)) { $0 + values.value(block: $1, position: position) }
      return sequential.bitPattern != values.sum(position: position).bitPattern
    }
    #expect(different.count > Self.count / 4)
  }
}
