// The log of a run: plain lines with time to log.txt and to standard error, behind swift-log's API.
// Not here: numbers for machines (`JSONLinesWriter`); which level is shown is the caller's choice.
import Diagnostics
import Glibc
import Logging
import Synchronization

/// Where the log's lines go.  Make one a run, and `logger(label:)` for everything that logs.
///
/// In the file a line is `2026-11-24T07:04:51+01:00 warning data: text key=value`, on a terminal
/// `07:04:51 warning: text key=value` in local time, elsewhere the file's form.  A message of several
/// lines is indented from its second line on, and control characters are written as `\u{..}`, so that
/// no message can forge a line.  A failing log disk is said once on standard error, a console that
/// takes nothing (closed, full, stopped) once in the file; neither stops the training.
public final class RunLog: Sendable {
  private let console: Console
  private let file: BestEffortFile?
  private let now: @Sendable () -> Double
  private let consoleComplained = Mutex(false)

  /// - Parameters:
  ///   - path: log.txt, appended to and made if missing; nil logs to the console alone.
  ///   - now: seconds since 1970.
  /// - Throws: `ReportingError.cannotCreate`.
  public init(
    console: Console, path: String?, now: @escaping @Sendable () -> Double = secondsSince1970
  ) throws(ReportingError) {
    self.console = console
    self.now = now
    if let path {
      let complaint = Logger(label: "log") { _ in ConsoleComplaint(console: console, now: now) }
      file = try BestEffortFile(path: path, logger: complaint)
    } else {
      file = nil
    }
  }

  /// A logger whose lines go here; it needs no `LoggingSystem.bootstrap`.
  public func logger(label: String, level: Logger.Level = .info) -> Logger {
    var logger = Logger(label: label) { RunLogHandler(label: $0, log: self) }
    logger.logLevel = level
    return logger
  }

  fileprivate func write(label: String, level: Logger.Level, text: String) {
    let line = LogLine(time: now(), label: label, level: level, text: text)
    file?.append(line.fileBytes)
    guard !line.write(to: console) else { return }
    let first = consoleComplained.withLock { complained in
      defer { complained = true }
      return !complained
    }
    guard first else { return }
    let complaint = LogLine(
      time: now(), label: "log", level: .warning,
      text:
        "standard error does not take lines (closed, full or stopped); the training goes on, and"
        + " this file has all lines, said only once")
    file?.append(complaint.fileBytes)
  }
}

/// swift-log's side of `RunLog`.
struct RunLogHandler: LogHandler {
  var logLevel: Logger.Level = .info
  var metadata: Logger.Metadata = [:]
  private let label: String
  private let log: RunLog

  init(label: String, log: RunLog) {
    self.label = label
    self.log = log
  }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    let merged = metadata.merging(event.metadata ?? [:]) { _, new in new }
    let pairs = merged.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
    log.write(label: label, level: event.level, text: "\(event.message)\(pairs)")
  }
}

/// Says on the console alone that the log's own file fails.
private struct ConsoleComplaint: LogHandler {
  let console: Console
  let now: @Sendable () -> Double
  var logLevel: Logger.Level = .warning
  var metadata: Logger.Metadata = [:]

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    let line = LogLine(time: now(), label: "log", level: event.level, text: "\(event.message)")
    _ = line.write(to: console)
  }
}

/// One line of the log in its two forms.
struct LogLine {
  let time: Double
  let label: String
  let level: Logger.Level
  let text: String

  var fileBytes: [UInt8] { Array((full + "\n").utf8) }

  /// Writes the form that suits the console; false when it was not taken.
  func write(to console: Console) -> Bool {
    console.writeLine(console.terminal.map { short(colour: $0.colour) } ?? full)
  }

  /// `2026-11-24T07:04:51+01:00 info train: text`, ISO 8601 with the local offset.
  var full: String {
    let offset = Int(local.tm_gmtoff) / 60
    let zone = "\(offset < 0 ? "-" : "+")\(two(abs(offset) / 60)):\(two(abs(offset) % 60))"
    let date =
      "\(1900 + Int(local.tm_year))-\(two(Int(local.tm_mon) + 1))-\(two(Int(local.tm_mday)))"
    return "\(date)T\(clock)\(zone) \(level) \(printable(label)): \(body)"
  }

  /// `07:04:51 text`, with the level before the text from warning on.
  func short(colour: Bool) -> String {
    let (dim, end) = colour ? ("\u{1B}[2m", "\u{1B}[0m") : ("", "")
    let prefix = "\(dim)\(clock)\(end) "
    guard level >= .warning else { return prefix + body }
    let warn = colour ? (level == .warning ? "\u{1B}[33m" : "\u{1B}[31m") : ""
    return prefix + "\(warn)\(level):\(end) " + body
  }

  private var clock: String {
    "\(two(Int(local.tm_hour))):\(two(Int(local.tm_min))):\(two(Int(local.tm_sec)))"
  }

  private var local: tm {
    var seconds = time_t(time.rounded(.down))
    var result = tm()
    localtime_r(&seconds, &result)
    return result
  }

  /// The text with its later lines indented and nothing in it that moves a cursor.
  private var body: String {
    text.split(separator: "\n", omittingEmptySubsequences: false)
      .map { printable(String($0), limit: 4000) }.joined(separator: "\n    ")
  }

  private func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
