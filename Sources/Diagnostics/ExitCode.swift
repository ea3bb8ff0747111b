// The exit codes of the program, all below 126 so that neither a shell nor mpirun changes them.
// Not here: who decides to exit; see `DiagnosableError` for how an error names its code.

/// Why the process ends; every rank ends with the same code.
public enum ExitCode: Int32, Sendable, CaseIterable {
  /// Done.
  case success = 0
  /// Wrong usage or configuration.
  case usage = 64
  /// Damaged input: a checkpoint, a data set, a hostile file.
  case damagedInput = 65
  /// Missing input.
  case missingInput = 66
  /// A fault of the program itself.
  case internalError = 70
  /// An output cannot be created, or is locked by another run.
  case cannotCreate = 73
  /// A write failed: full disk, input/output error.
  case cannotWrite = 74
  /// Stopped on notice with a durable checkpoint; start the run again.
  case stopped = 75
  /// A peer was lost or stalled; restartable.
  case peerLost = 76
  /// The replicas of the ranks differ.
  case replicasDiffer = 77
  /// Ranks, launch or checkpoint disagree.
  case disagreement = 78
  /// A value that must be finite is not.
  case nonFinite = 79
}
