// The fixed-order sum of the micro-blocks' gradients within a rank.
//
// A block's gradient arrives parameter by parameter.  It climbs the tree as far as its siblings have arrived:
// the second of two siblings adds the first to itself and goes on; at a node of the rank's cover it is
// written where that node's flat buffer has it.  A sum of two is the same in either order, so lanes may
// deliver in any order, and what is held is only what waits for a sibling.
// Not here: the sum across ranks; see the target DataParallel.

import DataParallel
import Synchronization
import Tensors
import TransGAN

/// Gradients of one network for one step, on their way into the cover's buffers.
///
/// Unchecked: the buffers are written at disjoint ranges, each once a step, under the lock's order.
final class BlockGradients: @unchecked Sendable {
  private struct Place: Hashable {
    let node: TreeNode
    let entry: Int
  }

  private struct State {
    /// Gradients that wait for their sibling's.
    var waiting: [Place: Tensor] = [:]
    /// For each parameter, how many of the rank's blocks have delivered it.
    var delivered: [Int]
    /// Of the step, in the order of blocks and deliveries.
    var firstNonFinite: NonFiniteGradient?
  }

  let table: ParameterTable
  private let tree: BlockTree
  private let blocks: Range<Int>
  private let cover: Set<TreeNode>
  private let buffers: [TreeNode: FlatBuffer]
  private let state: Mutex<State>

  /// - Parameter buffers: for each node of the cover of `blocks`, its partial sum.
  init(
    table: ParameterTable, tree: BlockTree, blocks: Range<Int>, buffers: [TreeNode: FlatBuffer]
  ) {
    self.table = table
    self.tree = tree
    self.blocks = blocks
    self.buffers = buffers
    cover = Set(buffers.keys)
    state = Mutex(State(delivered: Array(repeating: 0, count: table.entries.count)))
  }

  /// Adds a block's gradient of parameter `entry`, of the parameter's shape.
  ///
  /// - Returns: whether the parameter is now complete in all buffers of the rank.
  @discardableResult
  func add(block: Int, entry: Int, _ gradient: consuming Tensor) -> Bool {
    // Here the values are still in the processor's cache, and still have a block.
    let nonFinite = NonFiniteGradient.first(block: block, entry: entry, in: gradient)
    var sum = gradient
    var node = TreeNode(level: 0, index: block)
    while true {
      node = withoutMissingSiblings(node)
      if cover.contains(node) {
        write(sum, entry, buffers[node])
        break
      }
      guard let other = takeOrLeave(&sum, Place(node: node, entry: entry)) else { break }
      // Left plus right; which of them came last does not matter to the bits.
      Kernels.accumulate(&sum, other)
      node = node.parent
    }
    return state.withLock { state in
      if let nonFinite,
        state.firstNonFinite.map({ NonFiniteGradient.isBefore(nonFinite, $0) }) ?? true
      {
        state.firstNonFinite = nonFinite
      }
      state.delivered[entry] += 1
      return state.delivered[entry] == blocks.count
    }
  }

  /// The first gradient since the last call that was not finite.
  func takeNonFinite() -> NonFiniteGradient? {
    state.withLock { state in
      defer { state.firstNonFinite = nil }
      return state.firstNonFinite
    }
  }

  /// A node whose sibling has no blocks is its parent.
  private func withoutMissingSiblings(_ node: TreeNode) -> TreeNode {
    var node = node
    while !cover.contains(node) && tree.range(of: node.sibling).isEmpty { node = node.parent }
    return node
  }

  /// The sibling's sum where it waits; otherwise leaves this one to wait.
  private func takeOrLeave(_ sum: inout Tensor, _ place: Place) -> Tensor? {
    let sibling = Place(node: place.node.sibling, entry: place.entry)
    let own = sum
    let (other, left): (Tensor?, Bool) = state.withLock { state in
      if let other = state.waiting.removeValue(forKey: sibling) { return (other, false) }
      state.waiting[place] = own
      return (nil, true)
    }
    if left { sum = Tensor(0) }
    return other
  }

  private func write(_ sum: Tensor, _ entry: Int, _ buffer: FlatBuffer?) {
    guard let buffer else { preconditionFailure("a node outside the rank's cover") }
    let target = UnsafeMutableBufferPointer(
      rebasing: buffer.elements[table.entries[entry].range])
    sum.withUnsafeBuffer { _ = target.update(fromContentsOf: $0) }
  }

  /// Ends the step: parameters that no block's loss reaches get a gradient of 0.
  func finish() {
    state.withLock { state in
      precondition(state.waiting.isEmpty, "gradients of \(state.waiting.count) nodes are unpaired")
      for (entry, count) in state.delivered.enumerated() {
        precondition(
          count == 0 || count == blocks.count,
          "\(table.entries[entry].name) was delivered by \(count) of \(blocks.count) blocks")
        if count == 0 {
          for buffer in buffers.values {
            UnsafeMutableBufferPointer(rebasing: buffer.elements[table.entries[entry].range])
              .update(repeating: 0)
          }
        }
        state.delivered[entry] = 0
      }
    }
  }
}
