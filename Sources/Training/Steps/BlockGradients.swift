// The fixed-order sum of the micro-blocks' gradients within a rank.
//
// A block's gradient arrives parameter by parameter.  It climbs the tree as far as its siblings have arrived:
// the second of two siblings is added to the first and their sum goes on; the last two meet where the flat
// buffer of a node of the rank's cover has them.  A sum of two is the same in either order, so lanes may
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
    /// Nodes of the cover in whose buffers one of two children's sums lies.
    var halfDone: Set<Place> = []
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
    note(NonFiniteGradient.first(block: block, entry: entry, in: gradient))
    var sum = gradient
    var node = TreeNode(level: 0, index: block)
    while true {
      node = withoutMissingSiblings(node)
      if cover.contains(node) {
        write(sum, to: part(entry, of: node))
        break
      }
      if cover.contains(node.parent) {
        meetInBuffer(sum, Place(node: node.parent, entry: entry))
        break
      }
      guard var other = takeOrLeave(sum, Place(node: node, entry: entry)) else { break }
      // Left plus right; which of them came last does not matter to the bits.
      Kernels.accumulate(&other, sum)
      sum = other
      node = node.parent
    }
    return state.withLock { state in
      state.delivered[entry] += 1
      return state.delivered[entry] == blocks.count
    }
  }

  /// Keeps the first of the step, in the order of blocks and deliveries.
  func note(_ nonFinite: NonFiniteGradient?) {
    guard let nonFinite else { return }
    state.withLock { state in
      if state.firstNonFinite.map({ NonFiniteGradient.isBefore(nonFinite, $0) }) ?? true {
        state.firstNonFinite = nonFinite
      }
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
  private func takeOrLeave(_ sum: Tensor, _ place: Place) -> Tensor? {
    let sibling = Place(node: place.node.sibling, entry: place.entry)
    return state.withLock { state in
      if let other = state.waiting.removeValue(forKey: sibling) { return other }
      state.waiting[place] = sum
      return nil
    }
  }

  /// The last sum below a node of the cover: the first child's waits in the node's own buffer, the second's
  /// is added to it there.
  private func meetInBuffer(_ sum: Tensor, _ place: Place) {
    let target = part(place.entry, of: place.node)
    state.withLock { state in
      if state.halfDone.remove(place) == nil {
        state.halfDone.insert(place)
        write(sum, to: target)
      } else {
        sum.withUnsafeBuffer { source in
          guard let target = target.baseAddress, let source = source.baseAddress else { return }
          mapVectors(target, source, into: target, count: sum.count) { $0 + $1 }
        }
      }
    }
  }

  private func part(_ entry: Int, of node: TreeNode) -> UnsafeMutableBufferPointer<Float> {
    guard let buffer = buffers[node] else { preconditionFailure("\(node) is not of the cover") }
    return UnsafeMutableBufferPointer(rebasing: buffer.elements[table.entries[entry].range])
  }

  private func write(_ sum: Tensor, to target: UnsafeMutableBufferPointer<Float>) {
    sum.withUnsafeBuffer { _ = target.update(fromContentsOf: $0) }
  }

  /// Ends the step: parameters that no block's loss reaches get a gradient of 0.
  func finish() {
    state.withLock { state in
      let unpaired = state.waiting.count + state.halfDone.count
      precondition(unpaired == 0, "gradients of \(unpaired) nodes are unpaired")
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
