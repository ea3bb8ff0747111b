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

/// Drops a pending receive, which must stop the program.
func forgetMessage(_ group: ProcessGroup) throws {
  guard let communicator = (group.transport as? MPITransport)?.communicator else {
    throw CheckFailure(description: "not started by mpirun")
  }
  let buffer = MessageBuffer(capacity: 8)
  _ = try communicator.receive(into: buffer, from: 0, tag: 9)
}
