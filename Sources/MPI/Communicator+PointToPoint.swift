// Messages from one rank to another, never blocking.
// Not here: what a message holds, and the order in which messages are started.
import COpenMPI

extension Communicator {
  /// Starts to send the first `count` bytes of `buffer` (`MPI_Isend`).
  ///
  /// Messages of one tag between two ranks arrive in the order in which they were sent.
  public func send(
    _ buffer: MessageBuffer, count: Int, to target: Int, tag: Int
  ) throws(MPIError) -> PendingOperation {
    precondition(count >= 0 && count <= buffer.capacity, "\(count) bytes of \(buffer.capacity)")
    var request: MPI_Request?
    try check(
      "MPI_Isend",
      MPI_Isend(
        buffer.bytes.baseAddress, Int32(count), compi_byte(), Int32(target), Int32(tag), handle,
        &request))
    return PendingOperation(request, buffer: buffer, function: "MPI_Isend")
  }

  /// Starts to receive at most `buffer.capacity` bytes (`MPI_Irecv`).
  ///
  /// A longer message fails `test` or `wait` with class `MPI_ERR_TRUNCATE`.
  public func receive(
    into buffer: MessageBuffer, from source: Int, tag: Int
  ) throws(MPIError) -> PendingOperation {
    var request: MPI_Request?
    try check(
      "MPI_Irecv",
      MPI_Irecv(
        buffer.bytes.baseAddress, Int32(buffer.capacity), compi_byte(), Int32(source), Int32(tag),
        handle, &request))
    return PendingOperation(request, buffer: buffer, function: "MPI_Irecv")
  }
}
