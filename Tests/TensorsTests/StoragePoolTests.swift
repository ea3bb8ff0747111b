// The pool of tensor memory: alignment, reuse, growing together, statistics.

import Testing

@testable import Tensors

@Suite struct StoragePoolTests {
  @Test func blocksAreWholeCacheLines() {
    for bytes in [0, 1, 63, 64, 65, 4096, 65_537] {
      let size = StoragePool.blockBytes(bytes)
      #expect(size >= bytes && size > 0 && size % 64 == 0 && size < bytes + 128)
    }
  }

  @Test func freedMemoryServesOtherSizes() {
    let pool = StoragePool()
    let first = pool.allocate(bytes: 1000)
    #expect(UInt(bitPattern: first) % UInt(StoragePool.alignment) == 0)
    let second = pool.allocate(bytes: 1000)
    let third = pool.allocate(bytes: 1000)
    #expect(Set([first, second, third]).count == 3)
    pool.deallocate(first, bytes: 1000)
    pool.deallocate(second, bytes: 1000)
    #expect(pool.allocate(bytes: 2000) == first, "two neighbours are one block of 2048 bytes")
    pool.deallocate(first, bytes: 2000)
    #expect(pool.allocate(bytes: 64) == first, "the smallest block that is large enough")
    #expect(pool.statistics.systemAllocations == 1)
    pool.deallocate(first, bytes: 64)
    pool.deallocate(third, bytes: 1000)
  }

  @Test func statisticsCount() {
    let pool = StoragePool()
    let block = pool.allocate(bytes: 1024)
    #expect(pool.statistics.bytesInUse == 1024)
    #expect(pool.statistics.bytesHeld == StoragePool.regionBytes)
    let large = pool.allocate(bytes: StoragePool.regionBytes)
    #expect(pool.statistics.systemAllocations == 2, "the first region has no room for it")
    #expect(pool.statistics.bytesInUse == 1024 + StoragePool.regionBytes)
    pool.deallocate(large, bytes: StoragePool.regionBytes)
    #expect(pool.statistics.bytesInUse == 1024)
    #expect(pool.statistics.peakBytesInUse == 1024 + StoragePool.regionBytes)
    pool.deallocate(block, bytes: 1024)
    #expect(pool.statistics.bytesInUse == 0)
    #expect(pool.statistics.bytesHeld == 2 * StoragePool.regionBytes)
  }

  /// Takes and gives in an arbitrary order against a map of every granule.
  @Test func freeBlocksNeverOverlapAndGrowTogether() {
    var random = RandomSourceWords(RandomSource(seed: 1))
    var blocks = FreeBlocks()
    let granules = 256
    blocks.give(64, granules * 64)
    var owner = [Int](repeating: 0, count: granules + 1)
    var held: [(start: UInt, size: Int)] = []
    for turn in 1...4000 {
      let takes = random.next() % 2 == 0
      let size = Int(random.next() % 20 + 1) * 64
      if takes, let start = blocks.take(size) {
        for granule in Int(start) / 64..<(Int(start) + size) / 64 {
          #expect(owner[granule] == 0, "granule \(granule) is given twice")
          owner[granule] = turn
        }
        held.append((start, size))
      } else if !held.isEmpty {
        let (start, size) = held.remove(at: Int(random.next()) % held.count)
        for granule in Int(start) / 64..<(Int(start) + size) / 64 { owner[granule] = 0 }
        blocks.give(start, size)
      }
    }
    for (start, size) in held { blocks.give(start, size) }
    #expect(blocks.count == 1)
    #expect(blocks.take(granules * 64) == 64, "all of it is one block again")
  }
}

/// Random words one after the other, for tests.
private struct RandomSourceWords {
  private let source: RandomSource
  private var position = 0

  init(_ source: RandomSource) { self.source = source }

  mutating func next() -> UInt32 {
    position += 1
    return source.word(RandomStream(rawValue: 1001), position: position)
  }
}
