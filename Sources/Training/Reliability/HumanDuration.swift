// Durations as people give them on the command line: 90, 90s, 45m, 3h30m, 1d12h.

import Diagnostics

/// A duration that is none.
public struct DurationError: DiagnosableError, Equatable {
  public let option: String
  public let text: String

  public var exitCode: ExitCode { .usage }
  public var description: String {
    "\(option) is \"\(printable(text))\", a duration such as 90s, 45m, 3h30m or 1d12h was expected"
  }
}

/// The seconds of a duration: whole numbers each followed by d, h, m or s, the largest unit first; a
/// number alone is seconds.
///
/// - Throws: `DurationError` (64) for anything else, and for less than a second or over a thousand days.
public func seconds(ofDuration text: String, option: String) throws(DurationError) -> Double {
  let error = DurationError(option: option, text: text)
  let units: [(letter: Character, seconds: Int)] = [
    ("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1),
  ]
  var total = 0
  var digits = ""
  var nextUnit = 0
  for letter in text {
    if letter.isASCII, letter.isNumber {
      digits.append(letter)
      continue
    }
    guard let unit = units[nextUnit...].firstIndex(where: { $0.letter == letter }),
      digits.count <= 9, let count = Int(digits)
    else { throw error }
    total += count * units[unit].seconds
    digits = ""
    nextUnit = unit + 1
  }
  if !digits.isEmpty {
    guard nextUnit == 0, digits.count <= 9, let count = Int(digits) else { throw error }
    total = count
  }
  guard (1...86_400_000).contains(total) else { throw error }
  return Double(total)
}
