// The MPI layer and the process group against closed forms.
import DataParallel
import MPI

/// Messages in a ring, the library's collectives, and a message that is too long.
func checkCommunicator(_ group: ProcessGroup) throws {
  guard let communicator = (group.transport as? MPITransport)?.communicator else {
    throw CheckFailure(description: "not started by mpirun")
  }
  let (rank, size) = (communicator.rank, communicator.size)
  try communicator.barrier()
  try checkRing(communicator)

  var bytes = (0..<1000).map { UInt8((rank * 31 + $0) & 255) }
  try require(
    try communicator.gather(bytes, at: size - 1)
      == (rank == size - 1
        ? (0..<size).flatMap { source in (0..<1000).map { UInt8((source * 31 + $0) & 255) } } : []),
    "gather")
  try require(
    try communicator.allGather([UInt8(rank)]) == (0..<size).map { UInt8($0) }, "allGather")
  let root = size / 2
  try bytes.withUnsafeMutableBytes { try communicator.broadcast($0, from: root) }
  try require(bytes == (0..<1000).map { UInt8((root * 31 + $0) & 255) }, "broadcast")

  // Sums of small integers are exact in any order: size * i + 0 + 1 + ... + (size - 1).
  let expected = (0..<10_000).map { Float(size * $0 + size * (size - 1) / 2) }
  var floats = (0..<10_000).map { Float($0 + rank) }
  try floats.withUnsafeMutableBufferPointer { try communicator.allReduceSum($0) }
  try require(floats == expected, "allReduceSum")

  let buffer = MessageBuffer(capacity: 40_000)
  let values = buffer.bytes.bindMemory(to: Float.self)
  for index in 0..<10_000 { values[index] = Float(index + rank) }
  _ = try communicator.startAllReduceSum(buffer, count: 10_000).wait()
  try require(Array(values) == expected, "startAllReduceSum")
  if size > 1 { try checkTruncation(communicator) }
}

/// Every rank sends a megabyte to the next one before anyone receives: no send may block.
private func checkRing(_ communicator: Communicator) throws {
  let (rank, size) = (communicator.rank, communicator.size)
  let out = MessageBuffer(capacity: 1 << 20)
  let into = MessageBuffer(capacity: 1 << 20)
  out.bytes.initializeMemory(as: UInt8.self, repeating: UInt8(rank + 1))
  var sending = try communicator.send(out, count: out.capacity, to: (rank + 1) % size, tag: 5)
  let source = (rank + size - 1) % size
  var receiving = try communicator.receive(into: into, from: source, tag: 5)
  var received: Int?
  var sent: Int?
  while received == nil || sent == nil {
    if received == nil { received = try receiving.test() }
    if sent == nil { sent = try sending.test() }
  }
  try require(received == 1 << 20, "the ring brought \(received ?? 0) bytes")
  try require(into.bytes.allSatisfy { $0 == UInt8(source + 1) }, "the ring brought other bytes")
}

/// Rank 1 sends 2000 bytes to rank 0, which has room for 1000.
private func checkTruncation(_ communicator: Communicator) throws {
  if communicator.rank == 1 {
    let buffer = MessageBuffer(capacity: 2000)
    _ = try communicator.send(buffer, count: 2000, to: 0, tag: 6).wait()
  } else if communicator.rank == 0 {
    do {
      let buffer = MessageBuffer(capacity: 1000)
      _ = try communicator.receive(into: buffer, from: 1, tag: 6).wait()
      throw CheckFailure(description: "a message that is too long was received")
    } catch let error as MPIError {
      try require(error.exitCode == .disagreement, "a message that is too long: \(error)")
    }
  }
}

/// The collectives over checked messages.
func checkGroup(_ group: ProcessGroup) throws {
  try group.agreeOnRun()
  let runs = try group.allGather(Array("\(group.run)".utf8))
  try require(group.run != 0 && Set(runs).count == 1, "the ranks agree on the run")
  // More than a piece, and another length on every rank.
  let bytes = { (rank: Int) in (0..<rank * 400_000).map { UInt8(($0 + rank) & 255) } }
  try require(
    try group.allGather(bytes(group.rank)) == (0..<group.size).map(bytes), "gathered bytes")
  for root in 0..<group.size {
    try require(
      try group.broadcast(bytes(group.rank), from: root) == bytes(root), "broadcast from \(root)")
  }
  try group.barrier()
  let tree = BlockTree(blocks: 6)
  let own = try tree.blocks(ofRank: group.rank, ranks: group.size)
  let (values, flags) = try group.exchange(
    own.map { [Float($0), Float($0) / 7] }, flags: [group.rank == 0 ? 3 : 1, group.rank], tree: tree
  )
  try require(values == (0..<6).map { [Float($0), Float($0) / 7] }, "statistics \(values)")
  try require(flags == [3, group.size - 1], "flags \(flags)")
  try group.compareAcrossRanks([("seed", "1")])
  try group.compareDigests([("weight", 1)], step: 1)
}
