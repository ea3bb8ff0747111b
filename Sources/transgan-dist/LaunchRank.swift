// Which rank this process is, before MPI is started: so that an error of usage is said once and not
// by every rank.  Not here: how many ranks there are (`MPI.Launch`).
import Foundation

enum LaunchRank {
  /// Variables that a launcher sets for each process, in order of authority: mpirun may itself run
  /// inside a Slurm step.
  static let variables = ["OMPI_COMM_WORLD_RANK", "PMIX_RANK", "SLURM_PROCID"]

  /// The rank that the launcher gave this process; 0 where it was started directly.
  static var current: Int { rank(in: ProcessInfo.processInfo.environment) }

  static func rank(in environment: [String: String]) -> Int {
    for variable in variables {
      if let rank = environment[variable].flatMap({ Int($0) }), rank >= 0 { return rank }
    }
    return 0
  }
}

/// Prints to standard output on rank 0 alone.
func printOnce(_ text: String) {
  if LaunchRank.current == 0 { print(text) }
}
