// Turns (step, sample) into image tensors for one rank.
//
// The rank's records of an epoch are read once, at its beginning, and kept as bytes.  The pictures and
// flips depend only on the run's position of a sample (`EpochOrder`), never on which rank asks.

import Synchronization
import Tensors

/// Images of the samples that one rank owns in every global batch.
///
/// May be called from several threads at once, of one step at a time.
public final class ShardLoader: Sendable {
  public let order: EpochOrder
  /// The size of the global batch.
  public let batch: Int
  /// The samples of each global batch that this rank may ask for, within 0..<batch.
  public let sampleRange: Range<Int>

  private let dataset: any ImageDataset
  private let shards = Mutex<[Int: EpochShard]>([:])

  public init(
    dataset: any ImageDataset, order: EpochOrder, batch: Int, sampleRange: Range<Int>
  ) {
    precondition(order.count == dataset.count, "the order is of another data set")
    precondition(
      batch > 0 && 0 <= sampleRange.lowerBound && sampleRange.upperBound <= batch,
      "samples \(sampleRange) of a batch of \(batch)")
    self.dataset = dataset
    self.order = order
    self.batch = batch
    self.sampleRange = sampleRange
  }

  /// The images of samples `samples` (inside `sampleRange`) of step `step`: (B, 3, 32, 32), each value
  /// byte / 127.5 - 1, mirrored where `order.flip` says so.
  ///
  /// - Throws: `DatasetError` if the records of a new epoch cannot be loaded.
  public func images(step: Int, samples: Range<Int>) throws -> Tensor {
    let records = try records(step: step, samples: samples)
    let shape: Shape = [
      samples.count, ImageRecord.channels, ImageRecord.side, ImageRecord.side,
    ]
    return Tensor(shape) { target in
      for (row, record) in records.enumerated() {
        record.shard.withRecord(record.slot) { bytes in
          PixelScale.convert(
            UnsafeRawBufferPointer(rebasing: bytes[1...]),
            flipped: order.flip(position: record.position),
            into: UnsafeMutableBufferPointer(
              rebasing: target[row * ImageRecord.pixelBytes..<(row + 1) * ImageRecord.pixelBytes]))
        }
      }
    }
  }

  /// The labels of samples `samples` (inside `sampleRange`) of step `step`.
  public func labels(step: Int, samples: Range<Int>) throws -> [Int] {
    try records(step: step, samples: samples).map { record in
      record.shard.withRecord(record.slot) { Int($0[0]) }
    }
  }

  /// Where a sample's bytes lie.
  private struct Located {
    let position: Int
    let shard: EpochShard
    let slot: Int
  }

  private func records(step: Int, samples: Range<Int>) throws -> [Located] {
    precondition(
      step >= 0 && samples.lowerBound >= sampleRange.lowerBound
        && samples.upperBound <= sampleRange.upperBound,
      "samples \(samples) of step \(step) are not in \(sampleRange)")
    guard !samples.isEmpty else { return [] }
    let shards = try loadedShards(step: step)
    return samples.map { sample in
      let position = step * batch + sample
      guard let shard = shards[order.epoch(of: position)] else {
        preconditionFailure("position \(position) lies in no loaded epoch")
      }
      return Located(
        position: position, shard: shard, slot: owned(before: position) - shard.ownedBefore)
    }
  }

  /// The shards of all epochs that this rank's samples of `step` lie in; others are dropped.
  private func loadedShards(step: Int) throws -> [Int: EpochShard] {
    let first = order.epoch(of: step * batch + sampleRange.lowerBound)
    let last = order.epoch(of: step * batch + sampleRange.upperBound - 1)
    return try shards.withLock { shards in
      for epoch in shards.keys where epoch < first || epoch > last { shards[epoch] = nil }
      for epoch in first...last where shards[epoch] == nil {
        shards[epoch] = try EpochShard(
          dataset: dataset, indices: ownedIndices(epoch: epoch),
          ownedBefore: owned(before: epoch * order.count))
      }
      return shards
    }
  }

  /// How many of the positions 0..<p belong to this rank.
  private func owned(before p: Int) -> Int {
    let (step, sample) = p.quotientAndRemainder(dividingBy: batch)
    let inBatch = min(max(sample - sampleRange.lowerBound, 0), sampleRange.count)
    return step * sampleRange.count + inBatch
  }

  /// The record indices of this rank's positions in an epoch, in the order of positions.
  private func ownedIndices(epoch: Int) -> [Int] {
    let permutation = order.permutation(epoch: epoch)
    let start = epoch * order.count
    return permutation.indices.compactMap { place in
      sampleRange.contains((start + place) % batch) ? Int(permutation[place]) : nil
    }
  }
}

/// One rank's records of one epoch, as bytes.
final class EpochShard: Sendable {
  /// How many positions of the run before this epoch belong to the rank.
  let ownedBefore: Int
  private let bytes: [UInt8]

  init(dataset: any ImageDataset, indices: [Int], ownedBefore: Int) throws {
    self.ownedBefore = ownedBefore
    bytes = try [UInt8](unsafeUninitializedCapacity: indices.count * ImageRecord.byteCount) {
      buffer, count in
      try dataset.loadRecords(indices, into: UnsafeMutableRawBufferPointer(buffer))
      count = buffer.count
    }
  }

  func withRecord<Result>(_ slot: Int, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    bytes.withUnsafeBytes { bytes in
      let start = slot * ImageRecord.byteCount
      return body(UnsafeRawBufferPointer(rebasing: bytes[start..<start + ImageRecord.byteCount]))
    }
  }
}
