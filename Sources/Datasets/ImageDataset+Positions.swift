// Images at any positions of a run, straight from the data set.
// Not here: the images that a rank needs step after step, which it reads once an epoch (`ShardLoader`).

import Tensors

extension EpochOrder {
  /// The record indices at positions of the run.  Computes the permutations of their epochs: for looking
  /// things up, not for loops.
  public func recordIndices(at positions: Range<Int>) -> [Int] {
    var permutations: [Int: [Int32]] = [:]
    return positions.map { position in
      let (epoch, place) = position.quotientAndRemainder(dividingBy: count)
      let permutation = permutations[epoch] ?? permutation(epoch: epoch)
      permutations[epoch] = permutation
      return Int(permutation[place])
    }
  }
}

extension ImageDataset {
  /// The images at positions of a run, (B, 3, 32, 32): the same values as `ShardLoader.images` gives.
  ///
  /// - Throws: `DatasetError`.
  public func images(at positions: Range<Int>, order: EpochOrder) throws -> Tensor {
    var records = [UInt8](repeating: 0, count: positions.count * ImageRecord.byteCount)
    try records.withUnsafeMutableBytes {
      try loadRecords(order.recordIndices(at: positions), into: $0)
    }
    let side = ImageRecord.side
    return Tensor([positions.count, ImageRecord.channels, side, side]) { target in
      records.withUnsafeBytes { records in
        for (row, position) in positions.enumerated() {
          let pixels = row * ImageRecord.byteCount + 1
          PixelScale.convert(
            UnsafeRawBufferPointer(
              rebasing: records[pixels..<pixels + ImageRecord.pixelBytes]),
            flipped: order.flip(position: position),
            into: UnsafeMutableBufferPointer(
              rebasing: target[row * ImageRecord.pixelBytes..<(row + 1) * ImageRecord.pixelBytes]))
        }
      }
    }
  }
}
