// The tree over blocks against its definition.
import DataParallel
import Testing

@Suite struct BlockTreeTests {
  static let sizes = Array(1...17) + [31, 32, 33, 64]

  @Test(arguments: sizes) func sharesAreContiguousAndEven(blocks: Int) throws {
    let tree = BlockTree(blocks: blocks)
    for ranks in 1...blocks {
      var next = 0
      for rank in 0..<ranks {
        let share = try tree.blocks(ofRank: rank, ranks: ranks)
        #expect(
          share.lowerBound == next && (blocks / ranks...blocks / ranks + 1).contains(share.count))
        next = share.upperBound
      }
      #expect(next == blocks)
    }
  }

  @Test func moreRanksThanBlocksIsAnErrorThatNamesTheChoices() {
    let error = #expect(throws: DataParallelError.self) {
      try BlockTree(blocks: 6).blocks(ofRank: 0, ranks: 7)
    }
    #expect(error == .moreRanksThanBlocks(ranks: 7, blocks: 6))
    #expect(error?.exitCode == .usage)
    #expect(
      error?.description.contains("start 1 to 6 ranks (1, 2, 3, 6 share them evenly)") == true)
  }

  /// A cover is a partition of the range into nodes, and no node's parent fits.
  @Test(arguments: sizes) func coverIsTheMaximalNodes(blocks: Int) {
    let tree = BlockTree(blocks: blocks)
    for lower in 0..<blocks {
      for upper in lower + 1...blocks {
        let cover = tree.cover(lower..<upper)
        #expect(cover.flatMap { Array(tree.range(of: $0)) } == Array(lower..<upper))
        for node in cover where node != tree.root {
          let parent = tree.range(of: node.parent)
          #expect(
            parent.lowerBound < lower || parent.upperBound > upper,
            "\(node) of \(lower)..<\(upper) in \(blocks) blocks is not maximal")
        }
      }
    }
  }

  /// Pushing block after block and merging as told leaves the cover, for every range.
  @Test(arguments: sizes) func mergesLeaveTheCover(blocks: Int) {
    let tree = BlockTree(blocks: blocks)
    for lower in 0..<blocks {
      for upper in lower + 1...blocks {
        var stack: [Range<Int>] = []
        for block in lower..<upper {
          stack.append(block..<block + 1)
          for _ in 0..<tree.merges(afterBlock: block, first: lower) {
            let right = stack.removeLast()
            let left = stack.removeLast()
            #expect(left.upperBound == right.lowerBound)
            stack.append(left.lowerBound..<right.upperBound)
          }
        }
        #expect(
          stack == tree.cover(lower..<upper).map(tree.range), "\(lower)..<\(upper) of \(blocks)")
      }
    }
  }

  @Test(arguments: sizes) func treeSumFollowsTheDefinition(blocks: Int) {
    for seed in 0..<20 as Range<UInt64> {
      let values = BlockValues(seed: seed, blocks: blocks)
      let list = (0..<blocks).map { values.value(block: $0, position: 0) }
      #expect(
        TreeSum.sum(list).bitPattern == values.sum(position: 0).bitPattern, "seed \(seed): \(list)")
    }
  }

  @Test(arguments: [1, 15, 16, 17, 1000, 4096, 99_999], [1, 2, 3, 8])
  func bucketsAndSlicesPartitionTheBuffer(count: Int, ranks: Int) {
    for bucketMebibytes in [1, 4] {
      let plan = BucketPlan(count: count * 100, ranks: ranks, bucketMebibytes: bucketMebibytes)
      var next = 0
      for bucket in 0..<plan.bucketCount {
        let range = plan.range(ofBucket: bucket)
        #expect(range.count * 4 <= bucketMebibytes << 20 && !range.isEmpty)
        #expect(plan.bucket(of: range.lowerBound) == bucket)
        #expect(plan.bucket(of: range.upperBound - 1) == bucket)
        for rank in 0..<ranks {
          let slice = plan.slice(ofRank: rank, bucket: bucket)
          #expect(slice.lowerBound == next && slice.count <= plan.sliceFloats)
          next = slice.upperBound
        }
        #expect(next == range.upperBound)
      }
      #expect(next == count * 100)
    }
  }
}
