// Whether all ranks could read their command line and configuration: the first thing that they exchange.
// With it an error of usage is said once, and one rank's own error reaches all.

import DataParallel
import Diagnostics

/// An error that all ranks know, said once by rank 0.
public struct SharedFailure: DiagnosableError {
  public let exitCode: ExitCode
  public let description: String

  public init(exitCode: ExitCode, description: String) {
    self.exitCode = exitCode
    self.description = description
  }

  /// What any error says of itself.
  public init(_ error: any Error) {
    if let error = error as? any DiagnosableError {
      self.init(exitCode: error.exitCode, description: error.description)
    } else {
      self.init(
        exitCode: .internalError,
        description:
          "a fault of the program, please report it: \(printable("\(error)", limit: 500))")
    }
  }
}

extension ProcessGroup {
  /// What `body` returns on this rank, where it succeeds on all of them.
  ///
  /// - Throws: `SharedFailure`, the same on all ranks, when it fails on one; see `agreeOnStart`.
  func agree<Value>(_ body: () throws -> Value) throws -> Value {
    let outcome = Result { try body() }
    switch outcome {
    case .success(let value):
      try agreeOnStart(nil)
      return value
    case .failure(let error):
      let failure = SharedFailure(error)
      try agreeOnStart(failure)
      throw failure
    }
  }

  /// Tells all ranks what went wrong on this one before they met, if anything did.
  ///
  /// - Throws: `SharedFailure`, the same on all ranks, when something went wrong on one: its words, and
  ///   which ranks they come from unless it is all.
  public func agreeOnStart(_ failure: SharedFailure?) throws {
    let own = failure.map { [UInt8($0.exitCode.rawValue)] + Array($0.description.utf8) } ?? []
    let all = try allGather(own, phase: "start")
    guard let first = all.first(where: { !$0.isEmpty }) else { return }
    let ranks = all.indices.filter { all[$0] == first }.map(String.init)
    let prefix =
      ranks.count == size ? "" : "on rank \(ranks.joined(separator: ", ")) of \(size): "
    throw SharedFailure(
      exitCode: ExitCode(rawValue: Int32(first[0])) ?? .internalError,
      description: prefix + String(decoding: first.dropFirst(), as: UTF8.self))
  }
}
