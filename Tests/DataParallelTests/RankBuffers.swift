// The flat partial sums of one rank in a test, filled from the definition.
import DataParallel

/// Owns the buffers of a rank's nodes and of the result.
final class RankBuffers {
  let nodes: [TreeNode: UnsafeMutableBufferPointer<Float>]
  let result: UnsafeMutableBufferPointer<Float>
  private let ownsResult: Bool

  /// - Parameter inPlace: the result overwrites the first node's buffer.
  init(_ values: BlockValues, _ tree: BlockTree, _ blocks: Range<Int>, count: Int, inPlace: Bool) {
    var nodes: [TreeNode: UnsafeMutableBufferPointer<Float>] = [:]
    let cover = tree.cover(blocks)
    for node in cover {
      let floats = UnsafeMutableBufferPointer<Float>.allocate(capacity: count)
      for position in 0..<count {
        floats.initializeElement(at: position, to: values.sum(node, position: position))
      }
      nodes[node] = floats
    }
    self.nodes = nodes
    ownsResult = !inPlace
    if inPlace, let first = nodes[cover[0]] {
      result = first
    } else {
      result = .allocate(capacity: count)
      result.initialize(repeating: .nan)
    }
  }

  deinit {
    for floats in nodes.values { floats.deallocate() }
    if ownsResult { result.deallocate() }
  }
}
