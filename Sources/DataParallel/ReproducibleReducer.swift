// The sum of a gradient over the ranks that has the same bits for any number of ranks.
// Not here: the way of one bucket (see BucketSlot.swift) and the order of additions (AdditionPlan.swift).

/// Sums in the order of a `BlockTree`, by messages from each rank to each other.
///
/// Every rank sends slice s of its nodes to rank s; rank s adds all nodes in the tree's order and sends the
/// result slice to all.  A few buckets are under way at a time, each in a slot with its own buffers, so a
/// bucket travels while later ones are still being computed, and memory does not depend on how far the
/// ranks are apart.  All memory is allocated in `init`.
public final class ReproducibleReducer: GradientReducer {
  public let plan: BucketPlan
  public let tree: BlockTree
  public private(set) var statistics = ReductionStatistics()

  private let group: ProcessGroup
  private let additions: AdditionPlan
  private let slots: [BucketSlot]
  private let ownNodes: [TreeNode]
  private var own: [UnsafeMutableBufferPointer<Float>] = []
  private var result = UnsafeMutableBufferPointer<Float>(start: nil, count: 0)
  private var label = ReductionLabel(step: 0, phase: "")
  private var started = 0
  private var finished = 0
  private var isReducing = false

  /// How many buckets travel at a time: what a reverse pass finishes between two looks at the messages.
  public static let defaultBucketsUnderWay = 12

  /// - Parameter bucketsUnderWay: how many buckets travel at a time; each takes about three times its
  ///   size in message buffers.
  ///
  /// Throws `DataParallelError.moreRanksThanBlocks`.
  public init(
    group: ProcessGroup, tree: BlockTree, plan: BucketPlan,
    bucketsUnderWay: Int = defaultBucketsUnderWay
  ) throws(DataParallelError) {
    precondition(plan.ranks == group.size, "a plan for \(plan.ranks) of \(group.size) ranks")
    self.group = group
    self.tree = tree
    self.plan = plan
    var shares: [BlockShare] = []
    for rank in 0..<group.size {
      let blocks = try tree.blocks(ofRank: rank, ranks: group.size)
      shares.append(BlockShare(blocks: blocks, nodes: tree.cover(blocks)))
    }
    ownNodes = shares[group.rank].nodes
    additions = AdditionPlan(tree: tree, nodes: shares.flatMap(\.nodes))
    let count = group.size == 1 ? 0 : min(bucketsUnderWay, plan.bucketCount)
    let additions = additions
    slots = (0..<count).map {
      BucketSlot(
        index: $0, transport: group.transport, shares: shares, plan: plan, additions: additions)
    }
  }

  /// The nodes whose partial sums this rank gives to `begin`.
  public var nodes: [TreeNode] { ownNodes }

  public func begin(
    nodes: [TreeNode: UnsafeMutableBufferPointer<Float>],
    into result: UnsafeMutableBufferPointer<Float>, label: ReductionLabel
  ) throws {
    precondition(!isReducing, "begin before the last reduction has finished")
    precondition(nodes.count == ownNodes.count, "\(nodes.count) nodes, \(ownNodes.count) are due")
    precondition(result.count == plan.count, "\(result.count) floats, \(plan.count) are due")
    own.removeAll(keepingCapacity: true)
    for node in ownNodes {
      guard let floats = nodes[node], floats.count == plan.count else {
        preconditionFailure("node \(node) of \(plan.count) floats is due")
      }
      own.append(floats)
    }
    self.result = result
    self.label = label
    started = 0
    finished = 0
    isReducing = true
    group.reductionsUnderWay += 1
    for slot in slots {
      try slot.expect(bucket: slot.index, run: group.run, label: label)
    }
  }

  public func start(bucket: Int) throws {
    precondition(isReducing && bucket == started, "bucket \(bucket), \(started) is due")
    started += 1
    if slots.isEmpty {
      copyAlone(plan.range(ofBucket: bucket))
    } else {
      try progress()
    }
  }

  public func progress() throws { _ = try advance() }

  public func finish() throws {
    precondition(
      isReducing && started == plan.bucketCount, "\(started) of \(plan.bucketCount) buckets started"
    )
    let begin = group.transport.now
    if !slots.isEmpty {
      try group.wait(label, waitingFor: waitingFor) {
        if finished == plan.bucketCount { return .done }
        return try advance() ? .moved : .idle
      }
    }
    statistics.secondsWaiting += group.transport.now - begin
    isReducing = false
    group.reductionsUnderWay -= 1
  }

  /// A process alone holds the root: its sum is the result.
  private func copyAlone(_ range: Range<Int>) {
    guard let source = own[0].baseAddress, let target = result.baseAddress, source != target else {
      return
    }
    (target + range.lowerBound).update(from: source + range.lowerBound, count: range.count)
  }

  /// Moves every slot as far as it goes; whether anything moved.
  private func advance() throws -> Bool {
    var moved = false
    for slot in slots {
      guard let bucket = slot.bucket else { continue }
      if bucket < started && !slot.hasSent {
        try slot.sendPartialSums(own, &statistics)
        moved = true
      }
      if try slot.advance(own, into: result, &statistics) { moved = true }
      guard slot.isFinished else { continue }
      finished += 1
      moved = true
      let next = bucket + slots.count
      if next < plan.bucketCount {
        try slot.expect(bucket: next, run: group.run, label: label)
      } else {
        slot.clear()
      }
    }
    return moved
  }

  /// The ranks that the oldest bucket waits for.
  private func waitingFor() -> (ranks: [Int], bucket: Int) {
    let active = slots.filter { $0.bucket != nil }
    guard let oldest = active.min(by: { ($0.bucket ?? 0) < ($1.bucket ?? 0) }) else {
      return ([], 0)
    }
    return (oldest.waitingFor, oldest.bucket ?? 0)
  }

  /// The bytes that rank `rank` sends in one reduction, headers included.
  public static func bytesSent(byRank rank: Int, tree: BlockTree, plan: BucketPlan) throws -> Int {
    let nodes = tree.cover(try tree.blocks(ofRank: rank, ranks: plan.ranks)).count
    let peers = (0..<plan.ranks).filter { $0 != rank }
    let floatBytes = MemoryLayout<Float>.stride
    return (0..<plan.bucketCount).reduce(0) { sum, bucket in
      let own = plan.slice(ofRank: rank, bucket: bucket).count
      return peers.reduce(sum) { sum, peer in
        let floats = nodes * plan.slice(ofRank: peer, bucket: bucket).count + own
        return sum + floats * floatBytes + 2 * MessageHeader.byteCount
      }
    }
  }
}
