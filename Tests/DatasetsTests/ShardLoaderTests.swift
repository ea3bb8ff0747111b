// Images for ranks: the same sequence for any number of ranks, the right bytes, across epochs.

import Foundation
import Synchronization
import Tensors
import Testing

@testable import Datasets

@Suite struct ShardLoaderTests {
  /// The image at a position of the run, by the documented formulas.
  private func expectedImage(_ order: EpochOrder, position: Int) -> [Float] {
    let record = order.recordIndex(
      epoch: position / order.count, position: position % order.count)
    let flipped = order.flip(position: position)
    return (0..<3072).map { offset in
      let column = offset % 32
      let source = flipped ? offset - column + 31 - column : offset
      return Float(TestRecords.pixel(record, source)) / 127.5 - 1
    }
  }

  @Test func everyByteByTheFormula() {
    for byte in 0...255 {
      #expect(PixelScale.value(of: UInt8(byte)) == Float(byte) / 127.5 - 1)
    }
    #expect(PixelScale.value(of: 0) == -1)
    #expect(PixelScale.value(of: 255) == 1)
  }

  /// 37 records and batches of 24: most batches lie in two epochs, step 3 begins in the middle of one.
  @Test(arguments: [1, 2, 3, 4, 8]) func sequenceDoesNotDependOnRanks(ranks: Int) throws {
    let (count, batch) = (37, 24)
    let order = EpochOrder(count: count, seed: 3)
    let loaders = (0..<ranks).map { rank in
      ShardLoader(
        dataset: FormulaDataset(count: count), order: order, batch: batch,
        sampleRange: rank * batch / ranks..<(rank + 1) * batch / ranks)
    }
    for step in [0, 1, 2, 3, 4, 5, 17, 16, 0] {
      for loader in loaders {
        let images = try loader.images(step: step, samples: loader.sampleRange)
        let labels = try loader.labels(step: step, samples: loader.sampleRange)
        #expect(images.shape == [batch / ranks, 3, 32, 32])
        for (row, sample) in loader.sampleRange.enumerated() {
          let position = step * batch + sample
          #expect(
            images.slice(row..<row + 1).elements == expectedImage(order, position: position),
            "step \(step), sample \(sample), \(ranks) ranks")
          let record = order.recordIndex(epoch: position / count, position: position % count)
          #expect(labels[row] == Int(TestRecords.label(record)))
        }
      }
    }
  }

  /// Straight from the data set, over the boundary of two epochs.
  @Test func imagesAtAnyPositions() throws {
    let order = EpochOrder(count: 37, seed: 3)
    let images = try FormulaDataset(count: 37).images(at: 30..<45, order: order)
    #expect(images.shape == [15, 3, 32, 32])
    for (row, position) in (30..<45).enumerated() {
      #expect(
        images.slice(row..<row + 1).elements == expectedImage(order, position: position),
        "position \(position)")
    }
    let indices = order.recordIndices(at: 30..<45)
    #expect(
      indices
        == (30..<45).map { order.recordIndex(epoch: $0 / 37, position: $0 % 37) })
  }

  @Test func partsOfARankAndEmptyParts() throws {
    let order = EpochOrder(count: 50, seed: 4)
    let loader = ShardLoader(
      dataset: FormulaDataset(count: 50), order: order, batch: 16, sampleRange: 4..<12)
    let whole = try loader.images(step: 2, samples: 4..<12).elements
    let parts = try [4..<6, 6..<6, 6..<11, 11..<12].flatMap {
      try loader.images(step: 2, samples: $0).elements
    }
    #expect(parts == whole)
    #expect(try loader.images(step: 2, samples: 5..<5).shape == [0, 3, 32, 32])
    let none = ShardLoader(
      dataset: FormulaDataset(count: 50), order: order, batch: 16, sampleRange: 4..<4)
    #expect(try none.images(step: 0, samples: 4..<4).count == 0)
  }

  /// A batch larger than the set lies in several epochs.
  @Test func batchLargerThanTheSet() throws {
    let order = EpochOrder(count: 5, seed: 9)
    let loader = ShardLoader(
      dataset: FormulaDataset(count: 5), order: order, batch: 23, sampleRange: 0..<23)
    for step in 0..<3 {
      let images = try loader.images(step: step, samples: 0..<23)
      for sample in 0..<23 {
        #expect(
          images.slice(sample..<sample + 1).elements
            == expectedImage(order, position: step * 23 + sample))
      }
    }
  }

  /// Counts what is asked of a data set.
  private final class CountingDataset: ImageDataset {
    let name = "counting", source = "memory", digest = ""
    let classNames = FormulaDataset(count: 1).classNames
    let count = 40
    let loads = Mutex<[Int]>([])

    func loadRecords(_ indices: [Int], into target: UnsafeMutableRawBufferPointer) {
      loads.withLock { $0.append(indices.count) }
      FormulaDataset(count: count).loadRecords(indices, into: target)
    }
    func forEachRecord(_ body: (Int, UnsafeRawBufferPointer) throws -> Void) {}
  }

  /// One pass an epoch, over this rank's records only.
  @Test func eachEpochIsLoadedOnce() throws {
    let dataset = CountingDataset()
    let loader = ShardLoader(
      dataset: dataset, order: EpochOrder(count: 40, seed: 2), batch: 8, sampleRange: 2..<4)
    for step in 0..<15 {
      _ = try loader.images(step: step, samples: 2..<3)
      _ = try loader.labels(step: step, samples: 3..<4)
    }
    #expect(dataset.loads.withLock { $0 } == [10, 10, 10])
    // Past epochs are not kept.
    _ = try loader.images(step: 0, samples: 2..<3)
    #expect(dataset.loads.withLock { $0 } == [10, 10, 10, 10])
  }

  @Test func severalThreadsAtOnce() async throws {
    let order = EpochOrder(count: 37, seed: 3)
    let loader = ShardLoader(
      dataset: FormulaDataset(count: 37), order: order, batch: 24, sampleRange: 0..<24)
    for step in 0..<6 {
      let parts = try await withThrowingTaskGroup(of: (Int, [Float]).self) { group in
        for sample in 0..<24 {
          group.addTask {
            (sample, try loader.images(step: step, samples: sample..<sample + 1).elements)
          }
        }
        return try await group.reduce(into: [Int: [Float]]()) { $0[$1.0] = $1.1 }
      }
      for sample in 0..<24 {
        #expect(parts[sample] == expectedImage(order, position: step * 24 + sample))
      }
    }
  }

  /// A damaged record reaches the caller as the error that names it.
  @Test func faultOfTheDataSetIsThrown() throws {
    let folder = try TemporaryFolder.sound(perFile: 2)
    let set = try CIFAR10(path: folder.path)
    let loader = ShardLoader(
      dataset: set, order: EpochOrder(count: 10, seed: 1), batch: 2, sampleRange: 0..<2)
    _ = try loader.images(step: 0, samples: 0..<2)
    let handle = try #require(FileHandle(forWritingAtPath: folder.path + "/data_batch_2.bin"))
    try handle.write(contentsOf: [3])
    _ = try loader.images(step: 4, samples: 0..<2)
    #expect(
      throws: DatasetError.changed(file: folder.path + "/data_batch_2.bin", record: 0)
    ) { _ = try loader.images(step: 5, samples: 0..<2) }
  }
}
