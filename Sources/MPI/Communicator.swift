// MPI's life in this process: start, rank and size, abort, end.
// Not here: messages (see Communicator+PointToPoint.swift, Communicator+Collectives.swift).
import COpenMPI
import Diagnostics
import Foundation

/// The processes that were started together (`MPI_COMM_WORLD`), seen from one of them.
///
/// MPI is started at thread level FUNNELED: only the thread that called `start` may use it.
public final class Communicator {
  public let rank: Int
  public let size: Int
  let handle: MPI_Comm

  /// Starts MPI (`MPI_Init_thread`) and compares what it finds with the launcher's announcement.
  ///
  /// Throws `MPIError.threadLevel`, `MPIError.launch`, `MPIError.startedTwice` and `MPIError.call`.
  public static func start(_ launch: Launch) throws(MPIError) -> Communicator {
    var started: Int32 = 0
    try check("MPI_Initialized", MPI_Initialized(&started))
    guard started == 0 else { throw .startedTwice }
    let needed = compi_thread_funneled()
    var provided: Int32 = 0
    try check("MPI_Init_thread", MPI_Init_thread(nil, nil, needed, &provided))
    let communicator = try Communicator()
    do throws(MPIError) {
      guard provided >= needed else {
        throw MPIError.threadLevel(needed: needed, provided: provided)
      }
      if communicator.size == 1 { try launch.verify(size: 1) }
    } catch {
      // The caller gets no communicator that it could end; without this mpirun would report an
      // improper exit in place of the error's own code.
      MPI_Finalize()
      throw error
    }
    return communicator
  }

  private init() throws(MPIError) {
    guard let handle = compi_comm_world() else { throw .startedTwice }
    self.handle = handle
    try check(
      "MPI_Comm_set_errhandler", MPI_Comm_set_errhandler(handle, compi_errors_return()))
    var rank: Int32 = 0
    var size: Int32 = 0
    try check("MPI_Comm_rank", MPI_Comm_rank(handle, &rank))
    try check("MPI_Comm_size", MPI_Comm_size(handle, &size))
    self.rank = Int(rank)
    self.size = Int(size)
  }

  /// Ends MPI (`MPI_Finalize`); every rank calls it, with nothing pending.
  public func finalize() throws(MPIError) {
    var ended: Int32 = 0
    try check("MPI_Finalized", MPI_Finalized(&ended))
    guard ended == 0 else { return }
    try check("MPI_Finalize", MPI_Finalize())
  }

  /// Ends all ranks at once with `code`.
  ///
  /// mpirun passes on the code's low byte, so that 0 or 256 would look like success: the code is
  /// clamped to 1...125.
  public func abort(code: Int32) -> Never {
    let code = min(max(code, 1), 125)
    MPI_Abort(handle, code)
    _exit(code)
  }
}
