// A program for the tests: started under mpirun, it checks one aspect of the work between ranks against
// closed forms, and ends with 0 or with the exit code of what went wrong.
// Not here: which aspects are run at how many ranks (see DataParallelTests/LaunchedTests.swift).
import DataParallel
import Diagnostics
import Foundation

/// What a check found wrong.
struct CheckFailure: DiagnosableError {
  let description: String
  var exitCode: ExitCode { .internalError }
}

func require(_ condition: Bool, _ what: @autoclosure () -> String) throws {
  if !condition { throw CheckFailure(description: what()) }
}

func run(_ aspect: String, _ arguments: [String], _ group: ProcessGroup) throws {
  switch aspect {
  case "communicator": try checkCommunicator(group)
  case "group": try checkGroup(group)
  case "reduce": try checkReduction(group)
  case "abort": try abortWith(code: Int32(arguments.first ?? "") ?? 0, group)
  case "stall": try stall(group)
  case "swap": try swapPhases(group)
  case "disagree": try group.compareAcrossRanks([("seed", "\(group.rank)")])
  case "forget": try forgetMessage(group)
  case "abandon": try abandonReceive(group)
  case "size": FileHandle.standardOutput.write(Data("\(group.size)\n".utf8))
  default: throw CheckFailure(description: "no aspect \(aspect)")
  }
}

func describe(_ error: any Error) -> (text: String, code: ExitCode) {
  guard let error = error as? any DiagnosableError else { return ("\(error)", .internalError) }
  return (error.description, error.exitCode)
}

let arguments = Array(CommandLine.arguments.dropFirst())
do {
  let group = try ProcessGroup.start()
  do {
    try run(arguments.first ?? "", Array(arguments.dropFirst()), group)
    try group.finalize()
  } catch {
    let (text, code) = describe(error)
    FileHandle.standardError.write(Data("rank \(group.rank): \(text)\n".utf8))
    group.abort(code)
  }
} catch {
  let (text, code) = describe(error)
  FileHandle.standardError.write(Data("\(text)\n".utf8))
  exit(code.rawValue)
}
