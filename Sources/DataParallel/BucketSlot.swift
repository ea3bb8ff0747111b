// The way of one bucket through its messages, with the buffers that the slot keeps for its successors.
// Not here: which bucket is in which slot when (see ReproducibleReducer.swift).
import MPI

/// A place for one bucket under way: posted receives, sent partial sums, the sum of the own slice, results.
final class BucketSlot {
  let index: Int
  /// The bucket in the slot; nil when there is none.
  private(set) var bucket: Int?
  private(set) var hasSent = false
  private var hasAdded = false
  private var run: UInt64 = 0
  private var label = ReductionLabel(step: 0, phase: "")

  private let rank: Int
  private let plan: BucketPlan
  private let additions: AdditionPlan
  private let share: BlockShare
  private let firstNode: Int
  private var peers: [BucketPeer] = []
  private let resultOut: MessageBuffer
  private let scratch: UnsafeMutablePointer<Float>
  private var operands: [UnsafePointer<Float>]

  init(
    index: Int, transport: any Transport, shares: [BlockShare], plan: BucketPlan,
    additions: AdditionPlan
  ) {
    self.index = index
    self.plan = plan
    self.additions = additions
    rank = transport.rank
    share = shares[transport.rank]
    firstNode = shares[..<transport.rank].reduce(0) { $0 + $1.nodes.count }
    let sliceBytes = plan.sliceFloats * MemoryLayout<Float>.stride
    func buffer(nodes: Int) -> MessageBuffer {
      MessageBuffer(capacity: MessageHeader.byteCount + nodes * sliceBytes)
    }
    resultOut = buffer(nodes: 1)
    let scratch = UnsafeMutablePointer<Float>.allocate(
      capacity: additions.partials * AdditionPlan.chunk)
    self.scratch = scratch
    let placeholder = UnsafePointer(scratch)
    operands = Array(repeating: placeholder, count: shares.reduce(0) { $0 + $1.nodes.count })
    for peer in shares.indices where peer != rank {
      peers.append(
        BucketPeer(
          rank: peer, share: shares[peer],
          firstNode: shares[..<peer].reduce(0) { $0 + $1.nodes.count },
          sumsIn: buffer(nodes: shares[peer].nodes.count),
          sumsOut: buffer(nodes: share.nodes.count), resultIn: buffer(nodes: 1),
          receiveSums: transport.makeTransfer(), sendSums: transport.makeTransfer(),
          receiveResult: transport.makeTransfer(), sendResult: transport.makeTransfer()))
    }
  }

  deinit { scratch.deallocate() }

  /// Takes the next bucket and posts the receives for it.
  func expect(bucket: Int, run: UInt64, label: ReductionLabel) throws {
    self.bucket = bucket
    self.run = run
    self.label = label
    hasSent = false
    hasAdded = false
    for peer in peers.indices {
      let own = peers[peer]
      try own.receiveSums.receive(
        into: own.sumsIn, from: own.rank, tag: MessageTag.partialSums(slot: index))
      try own.receiveResult.receive(
        into: own.resultIn, from: own.rank, tag: MessageTag.result(slot: index))
      peers[peer].sumsDue = true
      peers[peer].resultDue = true
    }
  }

  func clear() { bucket = nil }

  var isFinished: Bool {
    bucket != nil && hasAdded
      && peers.allSatisfy { !$0.resultDue && !$0.sumsLeaving && !$0.resultLeaving }
  }

  /// The ranks whose partial sums are missing; when none is, those whose results are, or that do not
  /// take what this rank sends.
  var waitingFor: [Int] {
    let sums = peers.filter(\.sumsDue).map(\.rank)
    if !sums.isEmpty { return sums }
    return peers.filter { $0.resultDue || $0.sumsLeaving || $0.resultLeaving }.map(\.rank)
  }

  /// Sends to each rank its slice of this rank's nodes.
  func sendPartialSums(
    _ own: [UnsafeMutableBufferPointer<Float>], _ statistics: inout ReductionStatistics
  ) throws {
    guard let bucket else { return }
    hasSent = true
    for index in peers.indices {
      let peer = peers[index]
      let slice = plan.slice(ofRank: peer.rank, bucket: bucket)
      for (position, node) in own.enumerated() {
        copy(node, slice, to: peer.sumsOut, at: position * slice.count)
      }
      let header = header(
        .partialSums, bucket, source: rank, blocks: share.blocks, floats: own.count * slice.count)
      header.write(to: peer.sumsOut.bytes)
      try peer.sendSums.send(
        peer.sumsOut, count: MessageHeader.byteCount + header.length, to: peer.rank,
        tag: MessageTag.partialSums(slot: self.index))
      peers[index].sumsLeaving = true
      statistics.count(header)
    }
  }

  /// Takes what arrived, adds when all partial sums are there; whether anything happened.
  func advance(
    _ own: [UnsafeMutableBufferPointer<Float>], into result: UnsafeMutableBufferPointer<Float>,
    _ statistics: inout ReductionStatistics
  ) throws -> Bool {
    guard let bucket else { return false }
    var moved = false
    for index in peers.indices {
      if try advance(index, bucket, into: result) { moved = true }
    }
    if hasSent && !hasAdded && peers.allSatisfy({ !$0.sumsDue }) {
      try addAndSendResult(own, bucket, into: result, &statistics)
      moved = true
    }
    return moved
  }

  /// Looks at the messages to and from one peer.
  private func advance(
    _ index: Int, _ bucket: Int, into result: UnsafeMutableBufferPointer<Float>
  ) throws -> Bool {
    let peer = peers[index]
    var moved = false
    if peer.sumsDue, let count = try peer.receiveSums.test() {
      let floats = peer.share.nodes.count * plan.slice(ofRank: rank, bucket: bucket).count
      _ = try header(
        .partialSums, bucket, source: peer.rank, blocks: peer.share.blocks, floats: floats
      ).verify(peer.sumsIn.bytes, count: count, rank: rank)
      peers[index].sumsDue = false
      moved = true
    }
    // A result cannot be due before the own partial sums were sent; a message that is there before is
    // looked at when its time has come.
    if peer.resultDue, hasSent, let count = try peer.receiveResult.test() {
      let slice = plan.slice(ofRank: peer.rank, bucket: bucket)
      _ = try header(.result, bucket, source: peer.rank, blocks: 0..<0, floats: slice.count)
        .verify(peer.resultIn.bytes, count: count, rank: rank)
      UnsafeMutableRawBufferPointer(UnsafeMutableBufferPointer(rebasing: result[slice])).copyMemory(
        from: UnsafeRawBufferPointer(rebasing: peer.resultIn.bytes[MessageHeader.byteCount..<count])
      )
      peers[index].resultDue = false
      moved = true
    }
    if peer.sumsLeaving, try peer.sendSums.test() != nil {
      peers[index].sumsLeaving = false
      moved = true
    }
    if peer.resultLeaving, try peer.sendResult.test() != nil {
      peers[index].resultLeaving = false
      moved = true
    }
    return moved
  }

  /// Adds all nodes of the own slice in the tree's order and sends the sum to all.
  private func addAndSendResult(
    _ own: [UnsafeMutableBufferPointer<Float>], _ bucket: Int,
    into result: UnsafeMutableBufferPointer<Float>, _ statistics: inout ReductionStatistics
  ) throws {
    hasAdded = true
    let slice = plan.slice(ofRank: rank, bucket: bucket)
    if let target = result.baseAddress, !slice.isEmpty {
      collectOperands(own, slice)
      additions.run(
        operands, count: slice.count, scratch: scratch, into: target + slice.lowerBound)
    }
    copy(result, slice, to: resultOut, at: 0)
    let header = header(.result, bucket, source: rank, blocks: 0..<0, floats: slice.count)
    header.write(to: resultOut.bytes)
    for index in peers.indices {
      let peer = peers[index]
      try peer.sendResult.send(
        resultOut, count: MessageHeader.byteCount + header.length, to: peer.rank,
        tag: MessageTag.result(slot: self.index))
      peers[index].resultLeaving = true
      statistics.count(header)
    }
  }

  /// The addresses of every node's floats of the own slice, from the first block to the last.
  private func collectOperands(
    _ own: [UnsafeMutableBufferPointer<Float>], _ slice: Range<Int>
  ) {
    for (position, node) in own.enumerated() {
      guard let start = node.baseAddress else { continue }
      operands[firstNode + position] = UnsafePointer(start + slice.lowerBound)
    }
    for peer in peers {
      guard let bytes = peer.sumsIn.bytes.baseAddress else { continue }
      let floats = (bytes + MessageHeader.byteCount).assumingMemoryBound(to: Float.self)
      for position in peer.share.nodes.indices {
        operands[peer.firstNode + position] = UnsafePointer(floats + position * slice.count)
      }
    }
  }

  /// Copies `floats[slice]` to a message's payload, `offset` floats after its beginning.
  private func copy(
    _ floats: UnsafeMutableBufferPointer<Float>, _ slice: Range<Int>, to buffer: MessageBuffer,
    at offset: Int
  ) {
    let start = MessageHeader.byteCount + offset * MemoryLayout<Float>.stride
    let source = UnsafeRawBufferPointer(UnsafeMutableBufferPointer(rebasing: floats[slice]))
    UnsafeMutableRawBufferPointer(rebasing: buffer.bytes[start..<start + source.count])
      .copyMemory(from: source)
  }

  private func header(
    _ kind: MessageKind, _ bucket: Int, source: Int, blocks: Range<Int>, floats: Int
  ) -> MessageHeader {
    let length = floats * MemoryLayout<Float>.stride
    return MessageHeader(
      kind: kind, run: run, label: label, bucket: bucket, source: source, blocks: blocks,
      length: length, total: length)
  }
}

extension ReductionStatistics {
  fileprivate mutating func count(_ header: MessageHeader) {
    bytesSent += MessageHeader.byteCount + header.length
    messagesSent += 1
  }
}
