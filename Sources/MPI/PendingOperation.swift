// Operations that are under way: each owns its buffer, and must be ended.
// Not here: how they are started (see Communicator+PointToPoint.swift and Communicator+Collectives.swift).
import COpenMPI

/// A send, a receive or a reduction that MPI has not finished.
///
/// It keeps its buffer alive.  It ends by `wait`, by a `test` that says so, or by `abandon`; one that is
/// dropped otherwise stops the program, because MPI would go on using memory that is free.
public struct PendingOperation: ~Copyable {
  private var request: MPI_Request?
  private let buffer: MessageBuffer
  private let function: StaticString
  private var finished = false
  private var count = 0

  init(_ request: MPI_Request?, buffer: MessageBuffer, function: StaticString) {
    self.request = request
    self.buffer = buffer
    self.function = function
  }

  deinit {
    guard finished else {
      fatalError("a pending \(function) was dropped without wait, test or abandon")
    }
  }

  /// The bytes received once the operation is finished (0 for others), nil while it is under way.
  ///
  /// Throws `MPIError.call`; the operation is then finished, and its buffer never freed.
  public mutating func test() throws(MPIError) -> Int? {
    guard !finished else { return count }
    var flag: Int32 = 0
    var status = MPI_Status()
    let result = MPI_Test(&request, &flag, &status)
    if result != MPI_SUCCESS { abandonBuffer() }
    try check("MPI_Test", result)
    guard flag != 0 else { return nil }
    finished = true
    try readCount(&status)
    return count
  }

  /// Blocks until the operation is finished; the bytes received, 0 for others.
  public consuming func wait() throws(MPIError) -> Int {
    guard !finished else { return count }
    var status = MPI_Status()
    let result = MPI_Wait(&request, &status)
    if result != MPI_SUCCESS { abandonBuffer() }
    finished = true
    try check("MPI_Wait", result)
    try readCount(&status)
    return count
  }

  /// Gives the operation up on the way to ending the program.
  ///
  /// MPI may still touch the buffer, so the buffer is never freed.
  public consuming func abandon() {
    guard !finished else { return }
    abandonBuffer()
  }

  /// After an error as well: nobody says whether MPI has let go of the buffer.
  private mutating func abandonBuffer() {
    finished = true
    _ = Unmanaged.passRetained(buffer)
  }

  private mutating func readCount(_ status: inout MPI_Status) throws(MPIError) {
    var bytes: Int32 = 0
    try check("MPI_Get_count", MPI_Get_count(&status, compi_byte(), &bytes))
    count = max(Int(bytes), 0)
  }
}
