// Where the process starts, and the one place where an error becomes a sentence and an exit code.
// Not here: what any subcommand does, and errors once the ranks have met (`withRanks`).
import ArgumentParser
import CSignals
import DataParallel
import Diagnostics
import Foundation
import MPI
import Training

@main
enum Program {
  static func main() {
    do {
      var command = try parse()
      try command.run()
    } catch {
      sayAndExit(failure(of: error))
    }
  }

  /// The command that the arguments ask for.
  private static func parse() throws -> any ParsableCommand {
    do {
      let command = try TransganDist.parseAsRoot()
      // Only a training has something to save when a signal asks it to stop.
      if !(command is TrainCommand) { csignals_release() }
      return command
    } catch {
      let failure = failure(of: error)
      let launch = try Launch(environment: ProcessInfo.processInfo.environment)
      guard failure.exitCode != .success, isMeantToTrain, launch.isLaunched else { throw failure }
      // The other ranks are on their way to meet this one, with or without an error of their own.
      try withRanks {
        throw failure
      } body: { (_: Never, _) in
      }
      throw failure
    }
  }

  private static func sayAndExit(_ failure: SharedFailure) -> Never {
    // What goes wrong before the ranks meet, or in a command that needs no other, is the same on all.
    if failure.exitCode == .success {
      printOnce(failure.description)
    } else if LaunchRank.current == 0 {
      say(failure.description)
    }
    exit(failure.exitCode.rawValue)
  }

  /// Whether the arguments ask for the command that is meant where none is named.
  private static var isMeantToTrain: Bool {
    let first = CommandLine.arguments.dropFirst().first ?? "train"
    return first == "train" || first.hasPrefix("-")
  }

  /// The exit code of an error, and what is said.
  static func failure(of error: any Error) -> SharedFailure {
    if error is any DiagnosableError { return SharedFailure(error) }
    let parserCode = TransganDist.exitCode(for: error)
    if parserCode == .success {
      return SharedFailure(exitCode: .success, description: TransganDist.fullMessage(for: error))
    }
    if parserCode == .validationFailure {
      let message = TransganDist.message(for: error).split(whereSeparator: \.isNewline)
        .joined(separator: " ")
      return SharedFailure(
        exitCode: .usage,
        description: printable(message, limit: 500) + " (see `transgan-dist --help`)")
    }
    return SharedFailure(error)
  }
}
