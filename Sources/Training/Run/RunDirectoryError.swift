// What can go wrong with a run directory itself.

import Diagnostics

/// A run directory that cannot be used.
public enum RunDirectoryError: DiagnosableError {
  case cannotCreate(path: String, SystemCallFailure)
  case cannotWrite(path: String, SystemCallFailure)

  public var exitCode: ExitCode {
    switch self {
    case .cannotCreate: .cannotCreate
    case .cannotWrite: .cannotWrite
    }
  }

  public var description: String {
    switch self {
    case .cannotCreate(let path, let failure):
      "the run directory \(printable(path)) cannot be created (\(failure.text)): choose another with "
        + "--run-dir, or mend its permissions"
    case .cannotWrite(let path, let failure):
      "\(printable(path)) cannot be written (\(failure.text)): free space or mend its permissions"
    }
  }
}
