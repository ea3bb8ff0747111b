// Where the process starts, and the one place where an error becomes a sentence and an exit code.
// Not here: what any subcommand does.
import ArgumentParser
import Diagnostics
import Foundation

@main
enum Program {
  static func main() {
    do {
      var command = try TransganDist.parseAsRoot()
      try command.run()
    } catch {
      end(with: error)
    }
  }

  /// Ends the process with the code of an error; one rank says the sentence.
  private static func end(with error: any Error) -> Never {
    let (code, text) = outcome(of: error)
    let rank = LaunchRank.current
    if code == .success {
      if rank == 0 { print(text) }
      exit(code.rawValue)
    }
    if rank == 0 {
      write("transgan-dist: \(text)\n")
    } else {
      // Rank 0 fails with the same words, and its exit ends this process too: mpirun kills the
      // others within two seconds.  Whoever lives longer failed alone and must say so.
      sleep(4)
      write("transgan-dist: rank \(rank): \(text)\n")
    }
    exit(code.rawValue)
  }

  /// The exit code of an error, and what is said.
  private static func outcome(of error: any Error) -> (code: Diagnostics.ExitCode, text: String) {
    if let error = error as? any DiagnosableError { return (error.exitCode, error.description) }
    let parserCode = TransganDist.exitCode(for: error)
    if parserCode == .success { return (.success, TransganDist.fullMessage(for: error)) }
    if parserCode == .validationFailure {
      let message = TransganDist.message(for: error).split(whereSeparator: \.isNewline)
        .joined(separator: " ")
      return (.usage, printable(message, limit: 500) + " (see `transgan-dist --help`)")
    }
    return (.internalError, "a fault of the program, please report it: \(error)")
  }

  private static func write(_ text: String) {
    FileHandle.standardError.write(Data(text.utf8))
  }
}
