// What every error that reaches a user can do: name its exit code and say itself in one sentence.
// Not here: the errors themselves, which live with the code that throws them.

/// An error that a user may see.
///
/// `description` is one sentence that says what was found, what was expected, where (file, line,
/// rank, step), and what to do.  Text that comes from a file goes through `printable(_:)` first.
public protocol DiagnosableError: Error, CustomStringConvertible, Sendable {
  /// The code with which the process ends if nobody handles the error.
  var exitCode: ExitCode { get }
}

/// The text with control characters, line breaks and other invisible scalars written as `\u{..}`, cut
/// at `limit` characters, so that hostile file content can neither move a terminal's cursor nor
/// forge a log line.
public func printable(_ text: String, limit: Int = 200) -> String {
  var result = ""
  var count = 0
  for scalar in text.unicodeScalars {
    guard count < limit else { return result + "..." }
    count += 1
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse,
      .unassigned:
      result += "\\u{" + String(scalar.value, radix: 16) + "}"
    default:
      result.unicodeScalars.append(scalar)
    }
  }
  return result
}
