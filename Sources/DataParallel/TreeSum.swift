// Sums of one number a block, in the tree's order.
// Not here: sums of gradients across ranks (see ReproducibleReducer.swift).

/// Sums over blocks that do not depend on who computed which block.
public enum TreeSum {
  /// The float32 sum of one value a block, in the order of `BlockTree(blocks: values.count)`.
  public static func sum(_ values: [Float]) -> Float {
    let tree = BlockTree(blocks: values.count)
    var stack: [Float] = []
    for (block, value) in values.enumerated() {
      stack.append(value)
      for _ in 0..<tree.merges(afterBlock: block, first: 0) {
        let right = stack.removeLast()
        let left = stack.removeLast()
        stack.append(left + right)
      }
    }
    return stack[0]
  }
}
