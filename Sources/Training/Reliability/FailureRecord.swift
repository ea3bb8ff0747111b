// The reason of a run's end, in a file: what a rank writes to standard error may be lost when all end.

import Diagnostics
import Foundation

/// What `failure.json` says.
struct FailureRecord: Codable, Equatable {
  var code: Int32
  var rank: Int
  var host: String
  var step: Int
  var phase: String
  var sentence: String
  /// Seconds since 1970.
  var time: Double

  /// Writes the record under `path` unless there is one: the first rank to fail has the reason, and
  /// others fail because of it.
  ///
  /// - Returns: whether this record is the one; false also where it cannot be written, since the
  ///   sentence has been said elsewhere and nothing more can be done.
  @discardableResult
  func write(to path: String) -> Bool {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(self) else { return false }
    let temporary = "\(path).rank-\(rank)"
    unlink(temporary)
    defer { unlink(temporary) }
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { return false }
    let bytes = Array(data) + [UInt8(ascii: "\n")]
    let isWritten = Glibc.write(descriptor, bytes, bytes.count) == bytes.count
    close(descriptor)
    // A link, unlike a rename, does not replace what another rank wrote.
    return isWritten && link(temporary, path) == 0
  }
}

/// This host's name.
func ownHostName() -> String {
  var name = [CChar](repeating: 0, count: 256)
  guard gethostname(&name, name.count - 1) == 0 else { return "unknown" }
  return String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
}
