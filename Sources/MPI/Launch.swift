// How this process was started, read from the launcher's environment variables.
// Not here: starting MPI (see Communicator.swift).

/// What the launcher says about the processes that it started.
///
/// Only variables that a launcher sets *for each process it starts* count.  A batch script's
/// `SLURM_NTASKS` does not: a program that the script runs directly, in an allocation of four
/// tasks, is one process that cannot collide with another, as when it evaluates or prints a
/// configuration.  Under `srun` each of N processes has `SLURM_STEP_NUM_TASKS`, and without PMIx each
/// of them would be a rank 0 of its own; that is what must be found out.
public struct Launch: Equatable, Sendable {
  /// The number of processes that the launcher started, and the variable that says so; nil when
  /// the process was started directly.
  public let announced: (variable: String, size: Int)?
  /// Tasks of a Slurm allocation that a directly started process leaves unused, to warn about.
  public let idleTasks: Int

  /// In order of authority: mpirun may itself run inside a Slurm step, whose number of tasks is then
  /// the number of its daemons.
  static let variables = ["OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "SLURM_STEP_NUM_TASKS"]

  /// Reads the environment; throws `MPIError.launchVariable` for a value that is not a number.
  public init(environment: [String: String]) throws(MPIError) {
    for name in Self.variables {
      guard let value = environment[name] else { continue }
      guard let size = Int(value), size > 0 else {
        throw .launchVariable(name: name, value: value)
      }
      self.announced = (name, size)
      self.idleTasks = 0
      return
    }
    self.announced = nil
    let tasks = environment["SLURM_NTASKS"].flatMap { Int($0) } ?? 1
    self.idleTasks = max(tasks - 1, 0)
  }

  /// Whether a launcher started the process, so that MPI must be asked for peers.
  public var isLaunched: Bool { announced != nil }

  /// Throws `MPIError.launch` when MPI sees another number of processes than was announced.
  public func verify(size: Int) throws(MPIError) {
    guard let announced, announced.size != size else { return }
    throw .launch(variable: announced.variable, announced: announced.size, found: size)
  }

  public static func == (left: Launch, right: Launch) -> Bool {
    left.announced?.variable == right.announced?.variable
      && left.announced?.size == right.announced?.size && left.idleTasks == right.idleTasks
  }
}
