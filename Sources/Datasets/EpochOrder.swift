// The order in which a training run sees the records of a data set.
//
// The run is one long sequence of positions p = 0, 1, 2, ...: sample i of the global batch of step s is
// position s * batch + i.  Position p is place p % count of epoch p / count, and every epoch is its own
// permutation of all records.  Nothing here knows of ranks, so the sequence cannot depend on them.

import Tensors

extension RandomStream {
  /// The permutation of an epoch: step = epoch.
  static let epochOrder = RandomStream(rawValue: 1)
  /// Horizontal flips: one bit for each position of the run.
  static let flips = RandomStream(rawValue: 2)
}

/// The sequence of record indices and flips of a run.
public struct EpochOrder: Sendable, Equatable {
  /// The number of records of the data set.
  public let count: Int
  public let seed: UInt64
  /// Whether pictures are mirrored at all.
  public let mirrors: Bool

  /// - Parameters:
  ///   - count: 1..<2^31.
  ///   - mirrors: whether every second picture, drawn at random, is mirrored left to right.
  public init(count: Int, seed: UInt64, mirrors: Bool = true) {
    precondition(count > 0 && count <= Int(Int32.max), "no order of \(count) records")
    self.count = count
    self.seed = seed
    self.mirrors = mirrors
  }

  /// The epoch that holds position `p`, 0 <= p.
  public func epoch(of p: Int) -> Int { p / count }

  /// The record indices of an epoch, in order: a permutation of 0..<count.
  ///
  /// Fisher and Yates's shuffle: place i, from the last down, is exchanged with a place drawn from
  /// 0...i by the high half of a 64-bit word times i + 1.  Each draw is uniform to within a relative
  /// error of (i + 1) / 2^64.
  public func permutation(epoch: Int) -> [Int32] {
    let random = RandomSource(seed: seed)
    var order = [Int32](unsafeUninitializedCapacity: count) { buffer, initialized in
      for index in 0..<count { buffer[index] = Int32(index) }
      initialized = count
    }
    order.withUnsafeMutableBufferPointer { order in
      for place in stride(from: count - 1, to: 0, by: -1) {
        let words = random.bits(.epochOrder, step: epoch, block: place >> 1)
        let word =
          place & 1 == 0
          ? UInt64(words.x) << 32 | UInt64(words.y) : UInt64(words.z) << 32 | UInt64(words.w)
        let other = Int(word.multipliedFullWidth(by: UInt64(place + 1)).high)
        order.swapAt(place, other)
      }
    }
    return order
  }

  /// Whether the picture at position `p` of the run is mirrored left to right: a fair coin where any is.
  public func flip(position p: Int) -> Bool {
    guard mirrors else { return false }
    let words = RandomSource(seed: seed).bits(
      .flips, step: p >> 39, sample: (p >> 7) & 0xFFFF_FFFF, block: 0)
    return words[(p >> 5) & 3] >> UInt32(p & 31) & 1 == 1
  }
}
