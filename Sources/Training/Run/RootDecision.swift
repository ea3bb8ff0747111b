// Work that only rank 0 does, and whose outcome all ranks share.

import DataParallel
import Diagnostics

/// An error of rank 0 as the other ranks see it: they end with the same code.
public struct RootFailure: DiagnosableError {
  public let exitCode: ExitCode
  public let description: String
}

extension ProcessGroup {
  /// What `body` returns on rank 0, on every rank.
  ///
  /// - Throws: on rank 0 what `body` throws, on the others `RootFailure` with the same code and words.
  func decideAtRoot(_ body: () throws -> [UInt8]) throws -> [UInt8] {
    guard isRoot else {
      let bytes = try broadcast([], phase: "decision")
      return try Self.decode(bytes)
    }
    do {
      let result = try body()
      _ = try broadcast([0] + result, phase: "decision")
      return result
    } catch {
      let code = (error as? any DiagnosableError)?.exitCode ?? .internalError
      _ = try broadcast([UInt8(code.rawValue)] + Array("\(error)".utf8), phase: "decision")
      throw error
    }
  }

  private static func decode(_ bytes: [UInt8]) throws -> [UInt8] {
    let payload = Array(bytes.dropFirst())
    guard let first = bytes.first, first != 0 else { return payload }
    throw RootFailure(
      exitCode: ExitCode(rawValue: Int32(first)) ?? .internalError,
      description: String(decoding: payload, as: UTF8.self))
  }
}
