// Work that only rank 0 does, and whose outcome all ranks share.

import DataParallel
import Diagnostics

extension ProcessGroup {
  /// What `body` returns on rank 0, on every rank.
  ///
  /// - Throws: on every rank `SharedFailure` with the code and the words of what `body` throws.
  func decideAtRoot(_ body: () throws -> [UInt8]) throws -> [UInt8] {
    guard isRoot else {
      let bytes = try broadcast([], phase: "decision")
      return try Self.decode(bytes)
    }
    let outcome = Result { try body() }
    switch outcome {
    case .success(let result):
      _ = try broadcast([0] + result, phase: "decision")
      return result
    case .failure(let error):
      let failure = SharedFailure(error)
      _ = try broadcast(
        [UInt8(failure.exitCode.rawValue)] + Array(failure.description.utf8), phase: "decision")
      throw failure
    }
  }

  private static func decode(_ bytes: [UInt8]) throws -> [UInt8] {
    let payload = Array(bytes.dropFirst())
    guard let first = bytes.first, first != 0 else { return payload }
    throw SharedFailure(
      exitCode: ExitCode(rawValue: Int32(first)) ?? .internalError,
      description: String(decoding: payload, as: UTF8.self))
  }
}
