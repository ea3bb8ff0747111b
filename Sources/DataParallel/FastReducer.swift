// The sum of a gradient over the ranks by the library's own all-reduce: quick, but only to a tolerance.
// Not here: the sum that has the same bits for any number of ranks (see ReproducibleReducer.swift).
import MPI

/// Sums by `MPI_Iallreduce`, one for each bucket.
///
/// The order of additions depends on the number of ranks and on the message size: results agree with the
/// reproducible sum to rounding only.  A swapped bucket or a late rank goes unnamed.
public final class FastReducer: GradientReducer {
  public let plan: BucketPlan
  public private(set) var statistics = ReductionStatistics()

  private let group: ProcessGroup
  private let communicator: Communicator?
  private let additions: AdditionPlan
  private let ownNodes: [TreeNode]
  private let slots: [Slot]
  private let scratch: MessageBuffer
  private var own: [UnsafePointer<Float>] = []
  private var result = UnsafeMutableBufferPointer<Float>(start: nil, count: 0)
  private var label = ReductionLabel(step: 0, phase: "")
  private var started = 0
  private var finished = 0

  /// One bucket's memory and operation.
  private final class Slot {
    let buffer: MessageBuffer
    var pending: PendingOperation?

    init(floats: Int) {
      buffer = MessageBuffer(capacity: floats * MemoryLayout<Float>.stride)
    }

    deinit { pending.take()?.abandon() }
  }

  /// Throws `DataParallelError.fastReductionNeedsMPI` for several ranks without MPI, and
  /// `DataParallelError.moreRanksThanBlocks`.
  public init(group: ProcessGroup, tree: BlockTree, plan: BucketPlan) throws(DataParallelError) {
    precondition(plan.ranks == group.size, "a plan for \(plan.ranks) of \(group.size) ranks")
    communicator = (group.transport as? MPITransport)?.communicator
    guard communicator != nil || group.size == 1 else {
      throw .fastReductionNeedsMPI(ranks: group.size)
    }
    self.group = group
    self.plan = plan
    let blocks = try tree.blocks(ofRank: group.rank, ranks: group.size)
    ownNodes = tree.cover(blocks)
    additions = AdditionPlan(sequenceOf: ownNodes.count)
    scratch = MessageBuffer(
      capacity: additions.partials * AdditionPlan.chunk * MemoryLayout<Float>.stride)
    slots = (0..<plan.bucketCount).map { Slot(floats: plan.range(ofBucket: $0).count) }
  }

  public func begin(
    nodes: [TreeNode: UnsafeMutableBufferPointer<Float>],
    into result: UnsafeMutableBufferPointer<Float>, label: ReductionLabel
  ) throws {
    precondition(started == finished, "begin before the last reduction has finished")
    precondition(result.count == plan.count, "\(result.count) floats, \(plan.count) are due")
    own.removeAll(keepingCapacity: true)
    for node in ownNodes {
      guard let floats = nodes[node], floats.count == plan.count, let start = floats.baseAddress
      else { preconditionFailure("node \(node) of \(plan.count) floats is due") }
      own.append(UnsafePointer(start))
    }
    self.result = result
    self.label = label
    started = 0
    finished = 0
    group.reductionsUnderWay += 1
  }

  public func start(bucket: Int) throws {
    precondition(bucket == started, "bucket \(bucket), \(started) is due")
    started += 1
    let range = plan.range(ofBucket: bucket)
    let slot = slots[bucket]
    additions.run(
      own.map { $0 + range.lowerBound }, count: range.count, scratch: floats(scratch),
      into: floats(slot.buffer))
    if let communicator, communicator.size > 1 {
      slot.pending = try communicator.startAllReduceSum(slot.buffer, count: range.count)
      statistics.messagesSent += 1
      statistics.bytesSent += range.count * MemoryLayout<Float>.stride
    }
    try progress()
  }

  public func progress() throws { _ = try advance() }

  public func finish() throws {
    precondition(started == plan.bucketCount, "\(started) of \(plan.bucketCount) buckets started")
    let begin = group.transport.now
    let others = (0..<group.size).filter { $0 != group.rank }
    try group.wait(label, waitingFor: { (others, finished) }) {
      if finished == started { return .done }
      return try advance() ? .moved : .idle
    }
    statistics.secondsWaiting += group.transport.now - begin
    group.reductionsUnderWay -= 1
  }

  /// Copies the buckets that are complete, in order; whether there was one.
  private func advance() throws -> Bool {
    var moved = false
    while finished < started {
      let slot = slots[finished]
      if slot.pending != nil {
        guard try slot.pending?.test() != nil else { return moved }
        slot.pending = nil
      }
      let range = plan.range(ofBucket: finished)
      result.baseAddress.map {
        ($0 + range.lowerBound).update(from: floats(slot.buffer), count: range.count)
      }
      finished += 1
      moved = true
    }
    return moved
  }

  private func floats(_ buffer: MessageBuffer) -> UnsafeMutablePointer<Float> {
    guard let start = buffer.bytes.baseAddress else { preconditionFailure("an empty buffer") }
    return start.assumingMemoryBound(to: Float.self)
  }
}
