// Small collectives over point-to-point messages, so that a late rank has a name.
// Not here: gradients (see ReproducibleReducer.swift).
import Foundation
import MPI

extension ProcessGroup {
  /// The bytes of every rank, in rank order; each rank may give another number of bytes.
  public func allGather(_ bytes: [UInt8], phase: ReductionPhase = "gather") throws -> [[UInt8]] {
    guard let control else { return [bytes] }
    var results = [[UInt8]](repeating: [], count: size)
    results[rank] = bytes
    let label = nextLabel(phase)
    for index in control.peers.indices { control.peers[index].announced = nil }
    var piece = 0
    while true {
      let sends = piece < ControlChannel.pieces(bytes.count)
      let sources = control.peers.indices.filter { index in
        control.peers[index].announced.map { piece < ControlChannel.pieces($0) } ?? true
      }
      if !sends && sources.isEmpty { return results }
      if sends { bytes.withUnsafeBytes { fill(control, .gather, label, $0, piece: piece) } }
      try exchange(
        control, .gather, label, piece: piece, sendTo: sends ? Array(control.peers.indices) : [],
        receiveFrom: sources
      ) { source, payload in results[source] += payload }
      piece += 1
    }
  }

  /// Fills the parts of all other ranks from theirs; part r is rank r's, of the same size on every rank.
  public func allGather(
    into parts: [UnsafeMutableRawBufferPointer], phase: ReductionPhase
  ) throws {
    precondition(parts.count == size, "\(parts.count) parts for \(size) ranks")
    guard let control else { return }
    let label = nextLabel(phase)
    let own = UnsafeRawBufferPointer(parts[rank])
    for piece in 0..<(parts.map { ControlChannel.pieces($0.count) }.max() ?? 0) {
      func piecesOf(_ rank: Int) -> Bool { piece < ControlChannel.pieces(parts[rank].count) }
      if piecesOf(rank) { fill(control, .gather, label, own, piece: piece) }
      try exchange(
        control, .gather, label, piece: piece,
        sendTo: piecesOf(rank) ? Array(control.peers.indices) : [],
        receiveFrom: control.peers.indices.filter { piecesOf(control.peers[$0].rank) },
        total: { parts[$0].count }
      ) { source, payload in
        let start = piece * ControlChannel.pieceBytes
        UnsafeMutableRawBufferPointer(rebasing: parts[source][start..<start + payload.count])
          .copyMemory(from: UnsafeRawBufferPointer(rebasing: payload))
      }
    }
  }

  /// Returns when all ranks have called it.
  public func barrier(phase: ReductionPhase = "barrier") throws {
    _ = try allGather([], phase: phase)
  }

  /// The bytes of rank `root` on every rank; what other ranks give is ignored.
  ///
  /// Each piece goes down a binomial tree, so that no rank sends to more than log2(size) others.
  public func broadcast(
    _ bytes: [UInt8], from root: Int = 0, phase: ReductionPhase = "broadcast"
  ) throws -> [UInt8] {
    guard let control else { return bytes }
    precondition(root >= 0 && root < size, "root \(root) of \(size) ranks")
    let label = nextLabel(phase)
    let family = BinomialTree(rank: rank, root: root, size: size)
    let position = { (rank: Int) in rank < self.rank ? rank : rank - 1 }
    var result = family.parent == nil ? bytes : []
    var piece = 0
    for index in control.peers.indices { control.peers[index].announced = nil }
    repeat {
      if let parent = family.parent {
        try exchange(
          control, .broadcast, label, piece: piece, sendTo: [], receiveFrom: [position(parent)]
        ) { _, payload in result += payload }
      }
      let total = family.parent.flatMap { control.peers[position($0)].announced } ?? bytes.count
      result.withUnsafeBytes {
        fill(control, .broadcast, label, $0, piece: piece, total: total)
      }
      try exchange(
        control, .broadcast, label, piece: piece, sendTo: family.children.map(position),
        receiveFrom: []
      ) { _, _ in }
      piece += 1
      if piece == ControlChannel.pieces(total) { return result }
    } while true
  }

  /// Makes one random number of rank 0 the identity of the run, so that messages of another run of the
  /// same program are told apart.
  public func agreeOnRun(_ proposal: UInt64 = .random(in: 1...UInt64.max)) throws {
    let bytes = withUnsafeBytes(of: proposal.littleEndian) { Array($0) }
    let agreed = try broadcast(bytes, phase: "run")
    run = agreed.withUnsafeBytes { UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self)) }
  }

  /// The label of the next control operation: its number in place of a step.
  private func nextLabel(_ phase: ReductionPhase) -> ReductionLabel {
    operations += 1
    return ReductionLabel(step: operations, phase: phase)
  }

  private func header(
    _ kind: MessageKind, _ label: ReductionLabel, piece: Int, source: Int, length: Int, total: Int
  ) -> MessageHeader {
    MessageHeader(
      kind: kind, run: run, label: label, bucket: piece, source: source, blocks: 0..<0,
      length: length, total: total)
  }

  /// Puts piece `piece` of `bytes` and its header into the outgoing buffer.
  private func fill(
    _ control: ControlChannel, _ kind: MessageKind, _ label: ReductionLabel,
    _ bytes: UnsafeRawBufferPointer, piece: Int, total: Int? = nil
  ) {
    let slice = bytes[ControlChannel.range(ofPiece: piece, of: bytes.count)]
    let target = UnsafeMutableRawBufferPointer(
      rebasing: control.outgoing.bytes[MessageHeader.byteCount...])
    target.copyMemory(from: UnsafeRawBufferPointer(rebasing: slice))
    header(
      kind, label, piece: piece, source: rank, length: slice.count, total: total ?? bytes.count
    ).write(to: control.outgoing.bytes)
  }

  /// Sends the outgoing buffer to some peers and receives a piece from some, all at once.
  ///
  /// - Parameter total: the bytes of all pieces that are due from a rank, where that is known.
  private func exchange(
    _ control: ControlChannel, _ kind: MessageKind, _ label: ReductionLabel, piece: Int,
    sendTo: [Int], receiveFrom: [Int], total: ((_ rank: Int) -> Int)? = nil,
    deliver: (Int, Slice<UnsafeMutableRawBufferPointer>) -> Void
  ) throws {
    for index in receiveFrom {
      let peer = control.peers[index]
      try peer.receive.receive(into: peer.incoming, from: peer.rank, tag: MessageTag.control)
      control.peers[index].isReceiving = true
    }
    let count = MessageHeader.byteCount + outgoingLength(control)
    for index in sendTo {
      let peer = control.peers[index]
      try peer.send.send(control.outgoing, count: count, to: peer.rank, tag: MessageTag.control)
      control.peers[index].isSending = true
    }
    func silent() -> [Int] { receiveFrom.filter { control.peers[$0].isReceiving } }
    func deaf() -> [Int] { sendTo.filter { control.peers[$0].isSending } }
    try wait(
      label,
      waitingFor: {
        ((silent().isEmpty ? deaf() : silent()).map { control.peers[$0].rank }, piece)
      }
    ) {
      var moved = false
      for index in receiveFrom where control.peers[index].isReceiving {
        let peer = control.peers[index]
        guard let count = try peer.receive.test() else { continue }
        control.peers[index].isReceiving = false
        moved = true
        let known = total?(peer.rank)
        let due = header(
          kind, label, piece: piece, source: peer.rank,
          length: known.map { ControlChannel.range(ofPiece: piece, of: $0).count } ?? 0,
          total: known ?? 0)
        let sizes = try due.verify(
          peer.incoming.bytes, count: count, rank: rank, sizes: known != nil)
        control.peers[index].announced = sizes.total
        let end = MessageHeader.byteCount + sizes.length
        deliver(peer.rank, peer.incoming.bytes[MessageHeader.byteCount..<end])
      }
      for index in sendTo where control.peers[index].isSending {
        guard try control.peers[index].send.test() != nil else { continue }
        control.peers[index].isSending = false
        moved = true
      }
      if moved { return .moved }
      return silent().isEmpty && deaf().isEmpty ? .done : .idle
    }
  }

  private func outgoingLength(_ control: ControlChannel) -> Int {
    MessageHeader.length(of: control.outgoing.bytes)
  }
}

/// Who passes a broadcast on to whom: the ranks, counted from the root, as a binomial tree.
struct BinomialTree {
  let parent: Int?
  let children: [Int]

  init(rank: Int, root: Int, size: Int) {
    let place = (rank - root + size) % size
    let lowestBit = place == 0 ? Int.max : place & -place
    parent = place == 0 ? nil : (place - lowestBit + root) % size
    var children: [Int] = []
    var bit = 1
    while bit < lowestBit && place + bit < size {
      children.append((place + bit + root) % size)
      bit <<= 1
    }
    self.children = children
  }
}
