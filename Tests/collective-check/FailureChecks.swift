// Ways to fail, each of which must end all ranks with its own exit code.
import DataParallel
import Foundation
import MPI

/// Rank 0 aborts with `code`; the others wait.
func abortWith(code: Int32, _ group: ProcessGroup) throws {
  if group.isRoot, let transport = group.transport as? MPITransport {
    transport.communicator.abort(code: code)
  }
  try group.barrier()
}

/// The last rank falls silent after a first barrier; the others name it.
func stall(_ group: ProcessGroup) throws {
  try group.barrier()
  if group.rank == group.size - 1 { sleep(60) }
  group.deadlineSeconds = 1
  try reduceOnes(group, phases: ["first"])
}

/// Rank 1 reduces two phases in the other order.
func swapPhases(_ group: ProcessGroup) throws {
  group.deadlineSeconds = 10
  try reduceOnes(group, phases: group.rank == 1 ? ["second", "first"] : ["first", "second"])
}

private func reduceOnes(_ group: ProcessGroup, phases: [ReductionPhase]) throws {
  let tree = BlockTree(blocks: group.size)
  let plan = BucketPlan(count: 1000, ranks: group.size)
  let reducer = try ReproducibleReducer(group: group, tree: tree, plan: plan)
  let floats = UnsafeMutableBufferPointer<Float>.allocate(capacity: 1000)
  floats.initialize(repeating: 1)
  for phase in phases {
    try reducer.reduce(
      nodes: Dictionary(uniqueKeysWithValues: reducer.nodes.map { ($0, floats) }), into: floats,
      label: ReductionLabel(step: 4, phase: phase))
  }
}

/// Rank 0 gives up a receive, as an error does that unwinds; MPI still writes the message into the buffer when it
/// comes, which must not be free by then.
func abandonReceive(_ group: ProcessGroup) throws {
  weak var abandoned: MessageBuffer?
  if group.isRoot {
    let buffer = MessageBuffer(capacity: 1000)
    abandoned = buffer
    try group.transport.makeTransfer().receive(into: buffer, from: 1, tag: 8)
  }
  try group.barrier()
  if group.rank == 1 {
    let buffer = MessageBuffer(capacity: 1000)
    buffer.bytes.initializeMemory(as: UInt8.self, repeating: 7)
    let transfer = group.transport.makeTransfer()
    try transfer.send(buffer, count: 1000, to: 0, tag: 8)
    while try transfer.test() == nil {}
  }
  try group.barrier()
  guard group.isRoot else { return }
  try require(abandoned != nil, "the buffer of a receive under way was freed")
  try require(abandoned?.bytes.allSatisfy { $0 == 7 } == true, "the message did not arrive")
}

/// Drops a pending receive, which must stop the program.
func forgetMessage(_ group: ProcessGroup) throws {
  guard let communicator = (group.transport as? MPITransport)?.communicator else {
    throw CheckFailure(description: "not started by mpirun")
  }
  let buffer = MessageBuffer(capacity: 8)
  _ = try communicator.receive(into: buffer, from: 0, tag: 9)
}
