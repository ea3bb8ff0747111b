// The sum of the micro-blocks' gradients within a rank, whatever the order in which they arrive.

import DataParallel
import Tensors
import Testing
import TransGAN

@testable import Training

@Suite struct BlockGradientsTests {
  private static let table = Discriminator(
    DiscriminatorConfiguration(
      channels: 8, depth: 1, heads: 2, mlpRatio: 2, patch: 16, imageSide: 32)
  ).table

  private func gradient(block: Int, entry: Int) -> Tensor {
    let shape = Self.table.entries[entry].shape
    return Tensor(shape) {
      RandomSource(seed: 3).fillNormal(
        $0, RandomStream(rawValue: 1011), step: block, sample: entry)
    }
  }

  /// A node's value by its definition: left plus right, a missing right child is left out.
  private func direct(_ tree: BlockTree, _ node: TreeNode, entry: Int) -> [Float] {
    if node.level == 0 { return gradient(block: node.index, entry: entry).elements }
    let left = direct(tree, node.left, entry: entry)
    guard !tree.range(of: node.right).isEmpty else { return left }
    return zip(left, direct(tree, node.right, entry: entry)).map { $0 + $1 }
  }

  /// Every rank's share of trees of several sizes, blocks in a different order for each parameter.
  @Test(arguments: [1, 2, 3, 5, 6, 8, 11], [1, 2, 3])
  func sumsFollowTheTreeInAnyOrder(blocks: Int, ranks: Int) throws {
    guard ranks <= blocks else { return }
    let tree = BlockTree(blocks: blocks)
    for rank in 0..<ranks {
      let own = try tree.blocks(ofRank: rank, ranks: ranks)
      let cover = tree.cover(own)
      let buffers = GradientBuffers(cover: cover, count: Self.table.count)
      let sums = BlockGradients(
        table: Self.table, tree: tree, blocks: own, buffers: buffers.nodes)
      var complete: [Int] = []
      for (entry, _) in Self.table.entries.enumerated() {
        let turned = own.map { own.lowerBound + ($0 * 7 + entry * 3) % own.count }
        let order = Set(turned).count == own.count ? turned : Array(own.reversed())
        for block in order
        where sums.add(block: block, entry: entry, gradient(block: block, entry: entry)) {
          complete.append(entry)
        }
      }
      sums.finish()
      #expect(complete == Array(Self.table.entries.indices), "each is complete once")
      for (node, buffer) in buffers.nodes {
        for (entry, place) in Self.table.entries.enumerated() {
          #expect(
            Array(buffer.elements[place.range]) == direct(tree, node, entry: entry),
            "\(blocks) blocks, rank \(rank) of \(ranks), node \(node), \(place.name)")
        }
      }
    }
  }

  @Test func whatNoBlockDeliversIsZero() throws {
    let tree = BlockTree(blocks: 2)
    let buffers = GradientBuffers(cover: [tree.root], count: Self.table.count)
    buffers.result.elements.update(repeating: 5)
    let sums = BlockGradients(table: Self.table, tree: tree, blocks: 0..<2, buffers: buffers.nodes)
    for block in 0..<2 { sums.add(block: block, entry: 1, gradient(block: block, entry: 1)) }
    sums.finish()
    let first = Self.table.entries[0].range
    #expect(buffers.result.elements[first].allSatisfy { $0 == 0 })
    #expect(
      Array(buffers.result.elements[Self.table.entries[1].range])
        == direct(tree, tree.root, entry: 1))
  }
}
