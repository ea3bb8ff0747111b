// Where a gradient stopped being finite: which micro-block delivered it, on which rank, from which images.
// Not here: that it is not finite, which the norm of the summed gradient shows before any update.

import DataParallel
import Foundation
import Tensors
import TransGAN

/// The first element that was not finite in what a micro-block delivered.
struct NonFiniteGradient: Equatable {
  let block: Int
  /// The parameter, by its number in the table: in the order in which a backward pass delivers them.
  let entry: Int
  let element: Int

  /// The first such element of a tensor; nil where all are finite.
  static func first(block: Int, entry: Int, in gradient: borrowing Tensor) -> Self? {
    let element: Int? = gradient.withUnsafeBuffer { values in
      guard !allFinite(values) else { return nil }
      return values.firstIndex { !$0.isFinite }
    }
    return element.map { Self(block: block, entry: entry, element: $0) }
  }

  /// An exponent of all ones, plus one in the exponent's last place, carries into the sign; everything else
  /// does not.  Unlike a comparison of floats, this is an integer loop that the compiler vectorises.
  private static func allFinite(_ values: UnsafeBufferPointer<Float>) -> Bool {
    var signs: UInt32 = 0
    for value in values { signs |= (value.bitPattern & 0x7F80_0000) &+ 0x0080_0000 }
    return signs & 0x8000_0000 == 0
  }

  static func isBefore(_ left: Self, _ right: Self) -> Bool {
    (left.block, left.entry) < (right.block, right.entry)
  }
}

/// Where a value that is not finite came from, the same on all ranks.
public struct NonFiniteOrigin: Sendable, Equatable {
  public let rank: Int
  public let block: Int
  public let tensor: String
  public let element: Int
  /// The records of the data set that the block's real images are; empty where none are used.
  public let images: [Int]
}

extension BlockValues {
  /// The sum over all blocks, in the tree's order.
  ///
  /// - Parameters:
  ///   - blocks: the figures of each block, the same on all ranks.
  ///   - owner: the rank of a block.
  /// - Throws: `TrainingError.nonFiniteFigures`, the same on all ranks, where one is not finite.
  static func finiteSum(
    _ blocks: [[Float]], _ network: String, _ step: Int, owner: (_ block: Int) -> Int?
  ) throws -> Self {
    let sum = sum(blocks)
    guard !sum.values.allSatisfy(\.isFinite) else { return sum }
    let block = blocks.firstIndex { !$0.allSatisfy(\.isFinite) }
    throw TrainingError.nonFiniteFigures(
      network: network, step: step,
      origin: block.flatMap { block in owner(block).map { ($0, block) } })
  }
}

extension ProcessGroup {
  /// The origin with the lowest block over all ranks; nil where every block delivered finite values, whose
  /// sum overflowed.
  func origin(
    _ own: NonFiniteGradient?, _ table: ParameterTable, images: (_ block: Int) -> [Int]
  ) throws -> NonFiniteOrigin? {
    let record = own.map { ([$0.block, $0.entry, $0.element] + images($0.block)).map(Int64.init) }
    let bytes = (record ?? []).withUnsafeBytes { Array($0) }
    let all = try allGather(bytes, phase: "not finite")
    let found = all.indices.compactMap { rank -> NonFiniteOrigin? in
      let words = all[rank].withUnsafeBytes { bytes in
        stride(from: 0, to: bytes.count / 8 * 8, by: 8).map {
          Int(bytes.loadUnaligned(fromByteOffset: $0, as: Int64.self))
        }
      }
      guard words.count >= 3, table.entries.indices.contains(words[1]) else { return nil }
      return NonFiniteOrigin(
        rank: rank, block: words[0], tensor: table.entries[words[1]].name, element: words[2],
        images: Array(words[3...]))
    }
    return found.min { $0.block < $1.block }
  }
}
