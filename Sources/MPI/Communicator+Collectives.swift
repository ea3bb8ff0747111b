// The library's own collectives: quick to use, but a late rank has no name in them, and a sum of
// floats depends on the number of ranks and on the message size.
// Not here: the reproducible sum (see the target DataParallel).
import COpenMPI

extension Communicator {
  /// Waits for all ranks (`MPI_Barrier`).
  public func barrier() throws(MPIError) {
    try check("MPI_Barrier", MPI_Barrier(handle))
  }

  /// Copies the bytes of rank `root` to all others (`MPI_Bcast`); the same count on every rank.
  public func broadcast(
    _ bytes: UnsafeMutableRawBufferPointer, from root: Int
  ) throws(MPIError) {
    try check(
      "MPI_Bcast",
      MPI_Bcast(bytes.baseAddress, Int32(bytes.count), compi_byte(), Int32(root), handle))
  }

  /// The bytes of every rank, one after the other, on rank `root`, empty elsewhere (`MPI_Gather`);
  /// the same count on every rank.
  public func gather(_ bytes: [UInt8], at root: Int) throws(MPIError) -> [UInt8] {
    var result = [UInt8](repeating: 0, count: rank == root ? bytes.count * size : 0)
    let count = Int32(bytes.count)
    let status = bytes.withUnsafeBytes { source in
      result.withUnsafeMutableBytes { target in
        MPI_Gather(
          source.baseAddress, count, compi_byte(), target.baseAddress, count, compi_byte(),
          Int32(root), handle)
      }
    }
    try check("MPI_Gather", status)
    return result
  }

  /// The bytes of every rank, one after the other (`MPI_Allgather`); the same count on every rank.
  public func allGather(_ bytes: [UInt8]) throws(MPIError) -> [UInt8] {
    var result = [UInt8](repeating: 0, count: bytes.count * size)
    let count = Int32(bytes.count)
    let status = bytes.withUnsafeBytes { source in
      result.withUnsafeMutableBytes { target in
        MPI_Allgather(
          source.baseAddress, count, compi_byte(), target.baseAddress, count, compi_byte(), handle)
      }
    }
    try check("MPI_Allgather", status)
    return result
  }

  /// Replaces `values` by their sum over the ranks (`MPI_Allreduce`), in no promised order.
  public func allReduceSum(_ values: UnsafeMutableBufferPointer<Float>) throws(MPIError) {
    try check(
      "MPI_Allreduce",
      MPI_Allreduce(
        compi_in_place(), values.baseAddress, Int32(values.count), compi_float(), compi_sum(),
        handle))
  }

  /// Starts to replace the first `count` floats of `buffer` by their sum over the ranks
  /// (`MPI_Iallreduce`), in no promised order.  It advances only inside MPI calls: `test` it often.
  public func startAllReduceSum(
    _ buffer: MessageBuffer, count: Int
  ) throws(MPIError) -> PendingOperation {
    precondition(count * MemoryLayout<Float>.stride <= buffer.capacity, "\(count) floats")
    var request: MPI_Request?
    try check(
      "MPI_Iallreduce",
      MPI_Iallreduce(
        compi_in_place(), buffer.bytes.baseAddress, Int32(count), compi_float(), compi_sum(),
        handle, &request))
    return PendingOperation(request, buffer: buffer, function: "MPI_Iallreduce")
  }
}
