// The gradient of one phase: from the micro-blocks of all ranks to one flat gradient, the same bits on each.

import DataParallel
import Tensors
import TransGAN

/// Memory for the partial sums of a rank; both networks' phases use it in turn.
final class GradientBuffers {
  /// For each node of the rank's cover, a partial sum.
  let nodes: [TreeNode: FlatBuffer]
  /// Where the sum over the ranks goes: the first node's own buffer.
  let result: FlatBuffer

  /// - Parameters:
  ///   - count: the most floats that are summed.
  ///   - resultCount: the most floats of a gradient, if some are not summed (`FactoredGradient`).
  init(cover: [TreeNode], count: Int, resultCount: Int? = nil) {
    precondition(!cover.isEmpty, "a rank without blocks")
    nodes = Dictionary(
      uniqueKeysWithValues: cover.map {
        ($0, FlatBuffer(count: $0 == cover[0] ? max(count, resultCount ?? 0) : count))
      })
    guard let result = nodes[cover[0]] else { preconditionFailure("the first node has a buffer") }
    self.result = result
  }
}

/// Sums one network's gradients, first in the rank, then over the ranks.
///
/// A step is `compute`, during which finished buckets are already on their way, and `finish`.
final class GradientSum {
  private let table: ParameterTable
  /// The parameters whose gradients are sums over blocks: all but a factored one, which is the last.
  private let summed: ParameterTable
  private let factored: FactoredGradient?
  private let tree: BlockTree
  private let blocks: Range<Int>
  private let lanes: Lanes
  private let buffers: GradientBuffers
  private let reducer: any GradientReducer
  private let inRank: BlockGradients
  private let group: ProcessGroup
  private let position: RunPosition

  init(
    table: ParameterTable, group: ProcessGroup, tree: BlockTree, lanes: Lanes,
    buffers: GradientBuffers, reduction: Configuration.Reduction, position: RunPosition,
    factored: FactoredGradient? = nil
  ) throws {
    self.table = table
    self.factored = factored
    self.tree = tree
    summed = factored.map { table.prefix($0.entry) } ?? table
    precondition(
      summed.entries.count + (factored == nil ? 0 : 1) == table.entries.count,
      "a factored parameter is the last of its table")
    self.position = position
    self.group = group
    self.lanes = lanes
    self.buffers = buffers
    blocks = try tree.blocks(ofRank: group.rank, ranks: group.size)
    let plan = BucketPlan(count: summed.count, ranks: group.size)
    switch reduction {
    case .reproducible:
      reducer = try ReproducibleReducer(group: group, tree: tree, plan: plan)
    case .fast: reducer = try FastReducer(group: group, tree: tree, plan: plan)
    }
    inRank = BlockGradients(table: summed, tree: tree, blocks: blocks, buffers: buffers.nodes)
  }

  var statistics: ReductionStatistics {
    factored.map { reducer.statistics + $0.statistics } ?? reducer.statistics
  }

  /// Runs `body` for each of the rank's blocks, with a function that takes the block's gradients; starts to
  /// sum each bucket over the ranks as soon as it is final in this rank.  Of a factored parameter it takes the
  /// gradient of y; see `FactoredGradient`.
  ///
  /// - Parameter audited: collects the checksums of a block.
  /// - Returns: the blocks' figures.
  func compute<Values: BlockValues>(
    _ label: ReductionLabel, audited: BlockDigests?,
    _ body: @Sendable (_ block: Int, _ deliver: (Int, Tensor) throws -> Void) throws -> Values
  ) throws -> [[Float]] {
    let arrivals = try begin(label)
    let (inRank, position, table, factored) = (inRank, position, table, factored)
    let values = try lanes.map(blocks) { block in
      position.beat()
      return try body(block) { entry, gradient in
        position.reach(within: "delivery")
        let gradient = position.delivered(
          gradient, of: table.entries[entry].name, block: block, phase: position.phase)
        audited?.add(block: block, entry: entry, gradient)
        if let factored, entry == factored.entry {
          inRank.note(factored.add(block: block, outputGradient: gradient))
        } else {
          try arrivals.add(inRank, block: block, entry: entry, gradient)
        }
      }.values
    }
    inRank.finish()
    try arrivals.startAll()
    return values
  }

  private func begin(_ label: ReductionLabel) throws -> BucketArrivals {
    try reducer.begin(
      nodes: buffers.nodes.mapValues { part($0, summed) }, into: part(buffers.result, summed),
      label: label)
    return BucketArrivals(table: summed, reducer: reducer)
  }

  /// Takes gradients that come as a by-product of another sum's blocks, for `reduceCollected`.
  ///
  /// Only one sum's messages are under way at a time, so these are sent when the other has finished.
  var collector: BlockGradients { inRank }

  /// Sums what `collector` has taken over the ranks; see `finish`.
  func reduceCollected(_ label: ReductionLabel) throws -> UnsafeMutableBufferPointer<Float> {
    inRank.finish()
    try begin(label).startAll()
    return try finish()
  }

  /// Waits for the sum over the ranks.
  ///
  /// - Returns: the flat gradient of the global batch, in the table's order, valid until the buffers are
  ///   used again.
  func finish() throws -> UnsafeMutableBufferPointer<Float> {
    try factored?.exchange(group, tree: tree)
    try reducer.finish()
    let gradient = part(buffers.result, table)
    if let factored {
      let range = table.entries[factored.entry].range
      try factored.write(to: UnsafeMutableBufferPointer(rebasing: gradient[range]), lanes: lanes)
    }
    return gradient
  }

  /// The norm of the summed gradient.  What a block delivered of the wrong kind is looked up only then.
  ///
  /// - Parameter images: the records of a block's real images.
  /// - Throws: `TrainingError.nonFinite`, the same on all ranks, where it is not finite.
  func finiteNorm(
    _ gradient: UnsafeMutableBufferPointer<Float>, _ network: String, _ step: Int,
    images: (_ block: Int) -> [Int]
  ) throws -> Double {
    let norm = GradientNorm.norm(UnsafeBufferPointer(gradient))
    let nonFinite = inRank.takeNonFinite()
    guard !norm.isFinite else { return norm }
    let culprit = table.entries.first { entry in
      !gradient[entry.range].allSatisfy(\.isFinite)
    }
    throw TrainingError.nonFinite(
      network: network, tensor: culprit?.name ?? "the norm of all", step: step,
      origin: try group.origin(nonFinite, table, images: images))
  }

  private func part(
    _ buffer: FlatBuffer, _ table: ParameterTable
  ) -> UnsafeMutableBufferPointer<Float> {
    UnsafeMutableBufferPointer(rebasing: buffer.elements.prefix(table.count))
  }
}
