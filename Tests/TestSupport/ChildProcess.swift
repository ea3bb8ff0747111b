// Starting programs from tests: with a time limit that holds, whatever the program does.

import Foundation

/// What a program left behind.
public struct ProcessResult: Sendable {
  /// The exit code; 128 + the signal's number where a signal ended it, as in a shell.
  public let exitCode: Int32
  public let stdout: String
  public let stderr: String
  /// Whether the time limit ended it.
  public let timedOut: Bool

  /// For the message of a failed test: everything that the program said.
  public var transcript: String {
    "exit code \(exitCode)\(timedOut ? " (time limit)" : "")\n--- stdout\n\(stdout)\n--- stderr\n"
      + stderr
  }
}

/// The folder with the built programs: where the bundle or program of the tests lies.
public var productsDirectory: URL {
  let bundle = CommandLine.arguments.first { $0.hasSuffix(".xctest") }
  let program = bundle ?? "/proc/self/exe"
  return URL(fileURLWithPath: program).resolvingSymlinksInPath().deletingLastPathComponent()
}

/// Runs a program to its end, or for at most `timeout` seconds.
///
/// The program leads a process group of its own and has no signal blocked; at the time limit the whole
/// group is killed.  Output goes to files and not to pipes, so that a descendant that lives on cannot
/// keep this waiting.
public func run(
  _ executable: String, _ arguments: [String] = [], environment: [String: String] = [:],
  directory: String? = nil, timeout: Double = 60
) throws -> ProcessResult {
  let folder = FileManager.default.temporaryDirectory
    .appendingPathComponent("transgan-test-" + UUID().uuidString)
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  let output = folder.appendingPathComponent("stdout").path
  let error = folder.appendingPathComponent("stderr").path

  var merged = ProcessInfo.processInfo.environment
  merged["SWIFT_BACKTRACE"] = "enable=no"
  merged.merge(environment) { _, new in new }
  let inDirectory = directory.map { ["env", "-C", $0] } ?? []
  let command = inDirectory + [executable] + arguments
  let child = try spawn(command, environment: merged, output: output, error: error)
  let (exitCode, timedOut) = wait(for: child, timeout: timeout)
  return ProcessResult(
    exitCode: exitCode, stdout: try text(output), stderr: try text(error), timedOut: timedOut)
}

/// Runs a program on `np` ranks of Open MPI, as root and on fewer cores than ranks if need be.
public func mpirun(
  np: Int, _ executable: String, _ arguments: [String] = [],
  mpiArguments: [String] = [], environment: [String: String] = [:], directory: String? = nil,
  timeout: Double = 120
) throws -> ProcessResult {
  var merged = [
    "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
    "OMPI_MCA_mpi_yield_when_idle": "1", "OPENBLAS_NUM_THREADS": "1",
  ]
  merged.merge(environment) { _, new in new }
  return try run(
    "mpirun", ["-np", "\(np)", "--oversubscribe"] + mpiArguments + [executable] + arguments,
    environment: merged, directory: directory, timeout: timeout)
}

private func text(_ path: String) throws -> String {
  String(decoding: try Data(contentsOf: URL(fileURLWithPath: path)), as: UTF8.self)
}

/// Starts a command, found on the PATH if it is a bare name, in a new process group.
private func spawn(
  _ command: [String], environment: [String: String], output: String, error: String
) throws -> pid_t {
  var actions = posix_spawn_file_actions_t()
  posix_spawn_file_actions_init(&actions)
  defer { posix_spawn_file_actions_destroy(&actions) }
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
  posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
  posix_spawn_file_actions_addopen(&actions, 2, error, O_WRONLY | O_CREAT | O_TRUNC, 0o600)

  var attributes = posix_spawnattr_t()
  posix_spawnattr_init(&attributes)
  defer { posix_spawnattr_destroy(&attributes) }
  // Tests run on pool threads, which block signals, and a child inherits what its thread blocks.
  var noSignals = sigset_t()
  sigemptyset(&noSignals)
  posix_spawnattr_setsigmask(&attributes, &noSignals)
  posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK))

  let argv = command.map { strdup($0) } + [nil]
  let envp = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
  defer { (argv + envp).forEach { free($0) } }
  var child: pid_t = 0
  let status = posix_spawnp(&child, command[0], &actions, &attributes, argv, envp)
  guard status == 0 else {
    throw POSIXError(POSIXErrorCode(rawValue: status) ?? .EINVAL)
  }
  return child
}

/// The exit code of a child.  At the time limit its group is asked to end, which lets mpirun end its
/// ranks (they have groups of their own), and is killed five seconds later.
private func wait(for child: pid_t, timeout: Double) -> (exitCode: Int32, timedOut: Bool) {
  let deadline = ContinuousClock.now + .seconds(timeout)
  var status: Int32 = 0
  var timedOut = false
  while waitpid(child, &status, WNOHANG) == 0 {
    if ContinuousClock.now > deadline + .seconds(5) {
      kill(-child, SIGKILL)
    } else if ContinuousClock.now > deadline, !timedOut {
      kill(-child, SIGTERM)
      timedOut = true
    }
    usleep(5_000)
  }
  let signal = status & 0x7F
  return (signal == 0 ? (status >> 8) & 0xFF : 128 + signal, timedOut)
}
