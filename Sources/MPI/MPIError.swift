// What can go wrong in MPI, and the one funnel through which every status passes.
// Not here: errors about what a message says (see the target DataParallel).
import COpenMPI
import Diagnostics

/// An error of the message passing library or of the way the program was launched.
public enum MPIError: DiagnosableError, Equatable {
  /// An MPI function returned something else than `MPI_SUCCESS`.
  case call(function: String, errorClass: Int32, message: String)
  /// The library does not give the thread level that the program needs.
  case threadLevel(needed: Int32, provided: Int32)
  /// The launcher announces another number of processes than MPI sees.
  case launch(variable: String, announced: Int, found: Int)
  /// A launcher's variable is not a positive number.
  case launchVariable(name: String, value: String)
  /// MPI was started, or ended, before.
  case startedTwice

  /// What MPI reports for a message of `count` bytes in a buffer of `capacity`.
  public static func truncated(_ capacity: Int, _ count: Int) -> MPIError {
    .call(
      function: "receive", errorClass: MPI_ERR_TRUNCATE,
      message: "a message of \(count) bytes for a buffer of \(capacity)")
  }

  public var exitCode: ExitCode {
    switch self {
    case .call(_, let errorClass, _):
      errorClass == MPI_ERR_TRUNCATE ? .disagreement : .peerLost
    case .threadLevel, .launch, .launchVariable: .disagreement
    case .startedTwice: .internalError
    }
  }

  public var description: String {
    switch self {
    case .call(let function, let errorClass, let message):
      "\(function) failed with \"\(printable(message))\" (class \(errorClass)): "
        + "a peer or the network is gone, or the ranks run different programs; "
        + "look at the first failing rank and start the run again"
    case .threadLevel(let needed, let provided):
      "MPI offers thread level \(provided), level \(needed) (MPI_THREAD_FUNNELED) is needed: "
        + "use an Open MPI that was built with thread support"
    case .launch(let variable, let announced, let found):
      "\(variable) announces \(announced) processes but MPI sees \(found): the processes do not "
        + "know each other and each would act as rank 0; start with `mpirun -np \(announced)` of "
        + "Open MPI, or with `srun --mpi=pmix`"
    case .launchVariable(let name, let value):
      "\(name) is \"\(printable(value))\", a positive number of processes was expected: "
        + "start with `mpirun -np N`, or unset it"
    case .startedTwice:
      "MPI was already started or ended in this process: it can be started once only"
    }
  }
}

/// The funnel: runs an MPI call and throws `MPIError.call` unless it returns `MPI_SUCCESS`.
func check(_ function: StaticString, _ status: Int32) throws(MPIError) {
  guard status != MPI_SUCCESS else { return }
  var errorClass: Int32 = 0
  MPI_Error_class(status, &errorClass)
  var length: Int32 = 0
  let message = withUnsafeTemporaryAllocation(
    of: CChar.self, capacity: Int(MPI_MAX_ERROR_STRING) + 1
  ) { text in
    text.initialize(repeating: 0)
    guard let start = text.baseAddress, MPI_Error_string(status, start, &length) == MPI_SUCCESS
    else { return "status \(status)" }
    return String(cString: start)
  }
  throw .call(function: "\(function)", errorClass: errorClass, message: message)
}
