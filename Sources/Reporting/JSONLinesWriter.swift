// stats.jsonl: one JSON object a line, appended as training goes, cut back when a run resumes at an
// earlier step.
// Not here: what a record holds (`MetricsRecord`).
import Glibc
import Logging

/// Appends metrics records to a file of JSON lines.
///
/// A line is one `write(2)` on a file opened with `O_APPEND`, so a killed process leaves whole lines,
/// and a failing disk costs lines, gives one warning, and never stops the training.  Lines are not
/// fsynced: after a power cut the last ones may be missing.
public final class JSONLinesWriter: Sendable {
  /// What a truncation did.
  public struct Truncation: Sendable, Equatable {
    /// Records kept: those of steps up to the given one.
    public var kept = 0
    /// Records dropped: those of later steps.
    public var dropped = 0
    /// Lines dropped because they are no record that this type wrote (a torn or damaged line).
    public var damaged = 0
  }

  private let file: BestEffortFile

  /// Opens `path` for appending, and makes it if it is missing.
  ///
  /// Call `truncate(afterStep:)` next when the file may hold records of an earlier run.
  ///
  /// - Throws: `ReportingError.cannotCreate`.
  public init(path: String, logger: Logger) throws(ReportingError) {
    file = try BestEffortFile(path: path, logger: logger)
  }

  /// Records that the disk did not take.
  public var lostRecords: Int { file.lostRecords }

  /// Appends `record` as one line; never throws (see the type).
  public func append(_ record: MetricsRecord) {
    file.append(Array((record.jsonObject + "\n").utf8))
  }

  /// Drops the records of steps beyond `step`, which a resumed run will write again, and lines that
  /// are no records: the kept lines go to a new file that takes the place of the old one in one
  /// `rename(2)`, so a kill at any point leaves the old file or the new.
  ///
  /// The file is not touched when there is nothing to drop.
  ///
  /// - Returns: what was kept and dropped; a caller should warn when `damaged` is not 0.
  /// - Throws: `ReportingError` when the file cannot be read or replaced; the old one is then whole.
  @discardableResult
  public func truncate(afterStep step: Int) throws(ReportingError) -> Truncation {
    var result = Truncation()
    try file.replace { () throws(ReportingError) in
      let bytes = try readFile(file.path)
      var kept = [UInt8]()
      kept.reserveCapacity(bytes.count)
      for line in bytes.split(separator: UInt8(ascii: "\n")) {
        guard let lineStep = recordStep(line), line.endIndex < bytes.endIndex else {
          result.damaged += 1
          continue
        }
        guard lineStep <= step else {
          result.dropped += 1
          continue
        }
        result.kept += 1
        kept += line
        kept.append(UInt8(ascii: "\n"))
      }
      if kept.count != bytes.count { try writeAtomically(kept, to: file.path) }
    }
    return result
  }
}

/// The step of a line in the form that `MetricsRecord.jsonObject` gives, nil for any other line.
private func recordStep(_ line: ArraySlice<UInt8>) -> Int? {
  let prefix = Array("{\"step\":".utf8)
  guard line.starts(with: prefix), line.last == UInt8(ascii: "}") else { return nil }
  let rest = line.dropFirst(prefix.count)
  let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
  let next = rest.dropFirst(digits.count).first
  guard next == UInt8(ascii: ",") || next == UInt8(ascii: "}") else { return nil }
  return Int(String(decoding: digits, as: UTF8.self))
}
