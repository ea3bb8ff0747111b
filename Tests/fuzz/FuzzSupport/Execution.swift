// One execution of a parser: within its limits, and ending in a value or in an error that a user can
// be shown.  Not here: what the limits are (`Limits.swift`), and the parsers.

import Diagnostics

/// Calls `parse` with a copy of an input, within the limits, and `check` with what it returns.  The process
/// ends, which is a finding, where an error is not a `DiagnosableError` of wrong usage or of damaged or
/// missing input, or its text is not one line.
///
/// Every other finding ends the process by itself: a trap, what address sanitizer sees, a limit.
public func execute<Value>(
  _ data: UnsafePointer<UInt8>?, _ count: Int, parse: ([UInt8]) throws -> Value,
  check: (Value) throws -> Void
) -> CInt {
  let input = [UInt8](UnsafeBufferPointer(start: data, count: count))
  do {
    try check(try Limits.hold(inputBytes: count) { try parse(input) })
  } catch let error as any DiagnosableError {
    let isInputs = [ExitCode.usage, .damagedInput, .missingInput].contains(error.exitCode)
    precondition(isInputs, "exit code \(error.exitCode.rawValue): \(error.description)")
    precondition(isOneLine(error.description), "not one short line: \(error.description)")
  } catch {
    preconditionFailure("not an error that a user is shown: \(error)")
  }
  return 0
}

/// Whether a text is not empty, at most 4000 bytes, and without control characters.
private func isOneLine(_ text: String) -> Bool {
  (1...4000).contains(text.utf8.count)
    && text.unicodeScalars.allSatisfy { scalar in
      scalar.value >= 0x20 && !(0x7F...0x9F).contains(scalar.value)
    }
}
