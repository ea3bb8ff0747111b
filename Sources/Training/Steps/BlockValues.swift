// The figures that each micro-block yields, and their exact sums over the global batch.

import DataParallel

/// Figures of a micro-block that add up over the blocks of a batch.
protocol BlockValues: Sendable {
  /// The figures in a fixed order, as they travel between ranks.
  var values: [Float] { get }
  init(values: [Float])
  init()
}

extension BlockValues {
  /// The sum over all blocks, in the tree's order: the same bits for any number of ranks.
  static func sum(_ blocks: [[Float]]) -> Self {
    guard let width = blocks.first?.count else { return Self() }
    return Self(values: (0..<width).map { column in TreeSum.sum(blocks.map { $0[column] }) })
  }
}
