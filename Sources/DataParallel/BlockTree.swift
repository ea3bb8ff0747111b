// The fixed binary tree over a step's micro-blocks: which sums exist, and in which order.
// Not here: the sums themselves (see TreeSum.swift, ReproducibleReducer.swift).

/// A node of a `BlockTree`: the sum of the blocks `index * 2^level ..< (index + 1) * 2^level`, cut at
/// the number of blocks.
public struct TreeNode: Hashable, Sendable, CustomStringConvertible {
  public let level: Int
  public let index: Int

  public init(level: Int, index: Int) {
    self.level = level
    self.index = index
  }

  /// The other child of the same parent; in a tree that is cut it may not exist.
  public var sibling: TreeNode { TreeNode(level: level, index: index ^ 1) }

  public var parent: TreeNode { TreeNode(level: level + 1, index: index >> 1) }

  public var left: TreeNode { TreeNode(level: level - 1, index: 2 * index) }

  public var right: TreeNode { TreeNode(level: level - 1, index: 2 * index + 1) }

  /// Whether the node is the second operand of its parent's sum.
  public var isRight: Bool { index & 1 == 1 }

  public var description: String { "(level \(level), index \(index))" }
}

/// The order of every sum over blocks: a node's value is its left child plus its right child in
/// float32, or the left child alone where the right one lies beyond the last block.
///
/// The tree depends on the number of blocks only, so a sum has the same bits for any number of ranks.
public struct BlockTree: Hashable, Sendable {
  /// The number of micro-blocks that a global batch is cut into.
  public let blocks: Int

  public init(blocks: Int) {
    precondition(blocks > 0, "a tree over \(blocks) blocks")
    self.blocks = blocks
  }

  public var root: TreeNode {
    TreeNode(level: Int.bitWidth - (blocks - 1).leadingZeroBitCount, index: 0)
  }

  /// The blocks that `node` sums; empty for a node beyond the last block.
  public func range(of node: TreeNode) -> Range<Int> {
    let lower = min(node.index << node.level, blocks)
    return lower..<min((node.index + 1) << node.level, blocks)
  }

  /// The blocks that `rank` of `ranks` computes: contiguous, sizes that differ by one at most.
  ///
  /// Throws `DataParallelError.moreRanksThanBlocks`: a rank without blocks would only wait.
  public func blocks(ofRank rank: Int, ranks: Int) throws(DataParallelError) -> Range<Int> {
    precondition(rank >= 0 && rank < ranks, "rank \(rank) of \(ranks)")
    guard ranks <= blocks else { throw .moreRanksThanBlocks(ranks: ranks, blocks: blocks) }
    return rank * blocks / ranks..<(rank + 1) * blocks / ranks
  }

  /// The fewest nodes that together sum exactly the blocks of `range`, from left to right; of two
  /// nodes with the same blocks the higher.
  public func cover(_ range: Range<Int>) -> [TreeNode] {
    precondition(range.lowerBound >= 0 && range.upperBound <= blocks, "\(range) of \(blocks)")
    var nodes: [TreeNode] = []
    func visit(_ node: TreeNode) {
      let own = self.range(of: node)
      guard own.overlaps(range) else { return }
      if range.contains(own.lowerBound) && own.upperBound <= range.upperBound {
        nodes.append(node)
      } else {
        visit(node.left)
        visit(node.right)
      }
    }
    visit(root)
    return nodes
  }

  /// How many sums follow when `block` has been pushed on a stack of partial sums that holds
  /// `first..<block`: each replaces the two topmost, `lower = lower + top`.
  ///
  /// After the last block of a range that begins at `first`, the stack is the range's `cover`.
  public func merges(afterBlock block: Int, first: Int) -> Int {
    precondition(first >= 0 && first <= block && block < blocks, "block \(block) of \(blocks)")
    var node = TreeNode(level: 0, index: block)
    var merges = 0
    while node.level < root.level {
      if node.isRight {
        guard range(of: node.sibling).lowerBound >= first else { break }
        merges += 1
      } else {
        guard range(of: node.sibling).isEmpty else { break }
      }
      node = node.parent
    }
    return merges
  }
}
